"""Who is who in the words of a page: pairs side by side, decisions, links."""

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero.present import written
from tandem.web.xero.present_runs import employee_url
from tandem.xero.facade import Agreement, DecidedPage, Likeness, MatchPage, ProposalPage, Unlinking

# How two values stand to each other -> the word of the style sheet that gives tone and icon, and what a person reads.
MARKS: Mapping[Agreement, tuple[str, str]] = {
    Agreement.SAME: ("agreed", "Same"),
    Agreement.DIFFERENT: ("conflict", "Differs"),
    Agreement.ONLY_HERE: ("idle", "Only in Tandem"),
    Agreement.ONLY_IN_XERO: ("idle", "Only in Xero"),
    Agreement.NOT_READ: ("idle", "Not read from Xero yet"),
}


def proposal(slug: str, found: ProposalPage) -> dict[str, object]:
    """Return one person in Xero with everybody here who may be them."""
    return {
        "name": f"proposal-{found.proposal_id}",
        "person": found.person,
        "why": found.reason,
        "is_one": len(found.candidates) == 1,
        "candidates": [_candidate(slug, one) for one in found.candidates],
    }


def _candidate(slug: str, found: Likeness) -> dict[str, object]:
    agreeing, differing = found.count(Agreement.SAME), found.count(Agreement.DIFFERENT)
    return {
        "employee_id": found.employee_id,
        "name": f"{found.person} {found.employee_number}".strip(),
        "url": employee_url(slug, found.employee_id),
        "obstacle": found.obstacle,
        "summary": f"{counted(agreeing, 'field,fields')} the same, {differing} different",
        "lines": [
            {
                "label": line.label,
                "ours": line.ours,
                "theirs": line.theirs,
                "is_unread": line.agreement is Agreement.NOT_READ,
                "mark": MARKS[line.agreement][0],
                "mark_text": MARKS[line.agreement][1],
            }
            for line in found.lines
        ],
    }


def decided(slug: str, found: DecidedPage, names: Mapping[UUID, str]) -> dict[str, object]:
    """Return one decision, with the way to take it back."""
    return {
        "person": found.person,
        "candidates": ", ".join(found.candidates),
        "text": found.sentence,
        "by": names.get(found.by_user_id, "Somebody who no longer has access") if found.by_user_id else "",
        "decided_at": found.decided_at,
        "again_url": reverse("match-again", args=[slug, found.proposal_id]),
    }


def match(slug: str, found: MatchPage) -> dict[str, object]:
    """Return one link."""
    return {
        "person": found.person,
        "url": employee_url(slug, found.employee_id),
        "by_text": found.sentence,
        "bound_at": found.bound_at,
        "undo_url": reverse("match-undo", args=[slug, found.binding_id]),
    }


def unlinking(slug: str, link: Unlinking) -> dict[str, object]:
    """Return the page that stands before a link is undone."""
    in_xero = f"{link.in_xero} in Xero" if link.in_xero else "an employee in Xero"
    return {
        "heading": "Undo a link",
        "title": f"{link.person} here, {in_xero}",
        "text": f"{link.how} Since {written(link.bound_at)}.".strip(),
        "points": _touches(link),
        "label": "Undo the link",
        "danger": True,
        "back_url": reverse("match-list", args=[slug]),
    }


def _touches(link: Unlinking) -> list[str]:
    points = [
        "Both records stay as they are: nothing is deleted, changed or put back on either side.",
        "Changes no longer flow between the two, and nobody is added on either side in their place.",
        "No run links them again by itself: they wait under Matches until somebody decides.",
        "What both sides last agreed on is forgotten. If the two are linked again, fields that differ are asked about, or "
        "follow your settings.",
    ]
    if link.open_conflicts:
        points.append(f"Closed with the link: {counted(link.open_conflicts, 'open conflict,open conflicts')}.")
    if link.waiting_writes:
        points.append(
            f"Left out of the run under way: {counted(link.waiting_writes, 'change,changes')} not written yet. "
            "What the run has written stays."
        )
    return points
