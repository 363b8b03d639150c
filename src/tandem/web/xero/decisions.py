"""What only a person may decide: conflicts and matches."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero.present_runs import employee_url
from tandem.xero import facade
from tandem.xero.facade import ConflictPage, MatchPage, ProposalDecision, ProposalPage, Side

SIDES = {"tandem": Side.HR, "xero": Side.XERO}
APART, NEW = "apart", "new"
SHOWN = 200


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def conflict_list(request: Request) -> HttpResponse:
    """List the fields that both sides changed."""
    conflicts = [_conflict(request, one) for one in facade.list_conflicts(request.actor)]
    action = reverse("conflict-decide", args=[request.account.slug])
    return render(request, "xero/conflicts.html", {"conflicts": conflicts, "action": action})


def _conflict(request: Request, conflict: ConflictPage) -> dict[str, object]:
    return {
        "name": f"conflict-{conflict.conflict_id}",
        "person": conflict.person,
        "url": employee_url(request.account.slug, conflict.employee_id),
        "field": conflict.label,
        "ours": conflict.ours,
        "theirs": conflict.theirs,
        "base": conflict.last_agreed,
        "why": conflict.reason,
        "always_url": _always_url(request, conflict.field),
        "kept": {Side.HR.value: "tandem", Side.XERO.value: "xero"}.get(conflict.decision, ""),
    }


def _always_url(request: Request, field: str) -> str:
    if not facade.may_stand(field):
        return ""
    return f"{reverse('conflict-always', args=[request.account.slug])}?{urlencode({'field': field})}"


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def conflict_decide(request: Request) -> HttpResponse:
    """Keep what was chosen for each conflict; what was left open stays open."""
    decided = 0
    for conflict in facade.list_conflicts(request.actor):
        side = SIDES.get(request.POST.get(f"conflict-{conflict.conflict_id}", ""))
        if side is not None and side.value != conflict.decision:
            decide = partial(facade.decide_conflict, request.actor, conflict.conflict_id, keep=side)
            decided += _said(request, decide)
    if decided:
        messages.success(
            request, f"{counted(decided, 'decision was,decisions were')} saved. The next run applies them."
        )
    return redirect("conflict-list", account=request.account.slug)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_list(request: Request) -> HttpResponse:
    """List the people who may be the same on both sides, and those who are linked."""
    slug = request.account.slug
    linked = facade.list_matches(request.actor, limit=SHOWN)
    context = {
        "proposals": [_proposal(one) for one in facade.list_proposals(request.actor)],
        "matched": [_match(slug, one) for one in linked],
        "is_cut": len(linked) == SHOWN,
        "action": reverse("match-decide", args=[slug]),
    }
    return render(request, "xero/matches.html", context)


def _proposal(proposal: ProposalPage) -> dict[str, object]:
    return {
        "name": f"proposal-{proposal.proposal_id}",
        "person": proposal.person,
        "detail": "In Xero",
        "why": proposal.reason,
        "candidates": [
            {
                "value": str(candidate.employee_id),
                "name": f"{candidate.person} {candidate.employee_number}".strip(),
                "lines": candidate.lines,
            }
            for candidate in proposal.candidates
        ],
    }


def _match(slug: str, match: MatchPage) -> dict[str, object]:
    return {
        "person": match.person,
        "url": employee_url(slug, match.employee_id),
        "by_text": match.sentence,
        "bound_at": match.bound_at,
        "undo_url": reverse("match-undo", args=[slug, match.binding_id]),
    }


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_decide(request: Request) -> HttpResponse:
    """Link, add as somebody new, or keep apart; what was left open stays open."""
    decided = sum(_decide(request, proposal) for proposal in facade.list_proposals(request.actor))
    if decided:
        messages.success(
            request, f"{counted(decided, 'decision was,decisions were')} saved. The next run applies them."
        )
    return redirect("match-list", account=request.account.slug)


def _decide(request: Request, proposal: ProposalPage) -> bool:
    chosen = request.POST.get(f"proposal-{proposal.proposal_id}", "")
    known = {str(candidate.employee_id): candidate.employee_id for candidate in proposal.candidates}
    if chosen not in (APART, NEW, *known):
        return False
    words = {APART: ProposalDecision.LEAVE, NEW: ProposalDecision.NEW_PERSON}
    decision = words.get(chosen, ProposalDecision.MATCH)
    return _said(
        request,
        lambda: facade.decide_proposal(
            request.actor, proposal.proposal_id, decision=decision, employee_id=known.get(chosen)
        ),
    )


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_undo(request: Request, binding_id: UUID) -> HttpResponse:
    """Unlink a pair; nothing is deleted on either side."""
    if _said(request, lambda: facade.undo_match(request.actor, binding_id)):
        messages.success(request, "The link was undone. Nothing was deleted; the pair waits for you below.")
    return redirect("match-list", account=request.account.slug)


def _said(request: Request, do: Callable[[], None]) -> bool:
    """Do it, or say why it could not be done."""
    try:
        do()
    except TandemError as error:
        messages.error(request, error.public_message)
        return False
    return True
