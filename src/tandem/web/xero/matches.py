"""Who is who: the review list, what was decided on it, the links, and the way back from each."""

import re
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero import present_matches as present
from tandem.web.xero.decisions import said
from tandem.web.xero.runs import page_number
from tandem.xero import facade
from tandem.xero.facade import ProposalDecision, ProposalPage

SHOWN = 200
PROPOSAL = "proposal-"
IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What a choice of the form begins with, where it is about one of several people.
SAME, APART = "same-", "apart-"
WHOLE = {"new": ProposalDecision.NEW_PERSON, "later": ProposalDecision.LEAVE}
WORDS = {SAME: ProposalDecision.MATCH, APART: ProposalDecision.APART}


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_list(request: Request) -> HttpResponse:
    """List the people who may be the same on both sides, what was decided about others, and those who are linked."""
    slug = request.account.slug
    review = facade.review_page(request.actor, page=page_number(request))
    linked = facade.list_matches(request.actor, limit=SHOWN)
    decided = facade.list_decided(request.actor)
    names = names_of(request.actor, user_ids=[one.by_user_id for one in decided if one.by_user_id])
    context = {
        "proposals": [present.proposal(slug, one) for one in review.proposals],
        "total": review.total,
        "page": review,
        "decided": [present.decided(slug, one, names) for one in decided],
        "matched": [present.match(slug, one) for one in linked],
        "is_cut": len(linked) == SHOWN,
        "action": f"{reverse('match-decide', args=[slug])}?page={review.number}",
        "duplicates_url": reverse("match-duplicates", args=[slug]),
    }
    return render(request, "xero/matches.html", context)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_decide(request: Request) -> HttpResponse:
    """Link, keep apart, add as somebody new, or leave for later; what was left open stays open."""
    sent = facade.list_proposals(request.actor, only=_sent_ids(request))
    decided = sum(_decide(request, proposal) for proposal in sent)
    if decided:
        messages.success(
            request, f"{counted(decided, 'decision was,decisions were')} saved. The next run applies them."
        )
    return redirect(f"{reverse('match-list', args=[request.account.slug])}?page={page_number(request)}")


def _sent_ids(request: Request) -> list[UUID]:
    """Return the proposals that the form is about, whatever page they stand on by now."""
    names = [name.removeprefix(PROPOSAL) for name in request.POST if name.startswith(PROPOSAL)]
    return [UUID(name) for name in names if IS_ID.fullmatch(name)]


def _decide(request: Request, proposal: ProposalPage) -> bool:
    chosen = _chosen(request.POST.get(f"{PROPOSAL}{proposal.proposal_id}", ""), proposal)
    if chosen is None:
        return False
    decision, employee_id = chosen
    return said(
        request,
        lambda: facade.decide_proposal(request.actor, proposal.proposal_id, decision=decision, employee_id=employee_id),
    )


def _chosen(choice: str, proposal: ProposalPage) -> tuple[ProposalDecision, UUID | None] | None:
    """Return what a choice of the form means; None for one that the form does not offer."""
    if choice in WHOLE:
        return WHOLE[choice], None
    for candidate in proposal.candidates:
        for word, decision in WORDS.items():
            if choice == f"{word}{candidate.employee_id}":
                return decision, candidate.employee_id
    return None


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_again(request: Request, proposal_id: UUID) -> HttpResponse:
    """Take a decision back; the people wait on the list again."""
    if said(request, lambda: facade.ask_again(request.actor, proposal_id)):
        messages.success(
            request, "The decision was taken back. The people wait for you below; nobody is added meanwhile."
        )
    return redirect("match-list", account=request.account.slug)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_undo(request: Request, binding_id: UUID) -> HttpResponse:
    """Say what undoing a link touches and what not; then unlink the pair. Nothing is deleted on either side."""
    slug = request.account.slug
    if request.method == "POST":
        if said(request, lambda: facade.undo_match(request.actor, binding_id)):
            messages.success(request, "The link was undone. Nothing was deleted; the pair waits for you below.")
        return redirect("match-list", account=slug)
    try:
        link = facade.find_unlinking(request.actor, binding_id)
    except NotFound as error:
        messages.error(request, error.public_message)
        return redirect("match-list", account=slug)
    return render(request, "xero/confirm.html", present.unlinking(slug, link))
