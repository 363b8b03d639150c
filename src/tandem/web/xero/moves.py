"""Move to another organisation: ask, approve or refuse, go to Xero; and the organisations of before."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.errors import Invalid
from tandem.kernel.permissions import Permission
from tandem.web.answers import attempt, sent
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import consent, present_moves
from tandem.web.xero.move_forms import MoveForm
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose, MoveRecord, MoveStanding


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_move(request: Request) -> HttpResponse:
    """Say what a move does and take the request, or show where the open one stands."""
    summary, slug = facade.connection_summary(request.actor), request.account.slug
    if not summary.organisation_name:
        messages.info(request, "Connect Xero first. Only then is there something to move.")
        return redirect("xero-connection", account=slug)
    move = facade.find_move(request.actor)
    if move is not None and move.standing.is_open:
        return _open(request, move)
    form = MoveForm(sent(request), present=summary.organisation_name, initial=_target(request))
    if attempt(form, lambda: _ask(request, form)):
        messages.success(request, "The other administrators were asked. One of them has to approve.")
        return redirect("xero-move", account=slug)
    return render(
        request,
        "xero/move.html",
        {
            "form": form,
            "organisation": summary.organisation_name,
            "points": present_moves.points(facade.sync_summary(request.actor).linked_people),
            "last": _shown(request, move) if move else None,
            **_ways_out(slug),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


def _target(request: Request) -> dict[str, object]:
    """Return the organisation to go back to, where one was chosen from the list."""
    asked = request.GET.get("back", "")
    known = {str(one.connection_id): one for one in facade.list_earlier(request.actor)} if asked else {}
    one = known.get(asked)
    return {"to_name": one.name, "back_to": one.connection_id} if one else {}


def _ask(request: Request, form: MoveForm) -> MoveRecord:
    typed = form.cleaned_data
    return facade.ask_to_move(
        request.actor,
        to_name=typed["to_name"],
        confirmed=typed["confirmed"],
        reason=typed["reason"],
        back_to=typed["back_to"],
    )


def _open(request: Request, move: MoveRecord) -> HttpResponse:
    slug, is_asker = request.account.slug, move.asked_by_user_id == request.actor.user_id
    waits = move.standing is MoveStanding.WAITING
    context = {
        "organisation": move.from_name,
        "points": present_moves.points(facade.sync_summary(request.actor).linked_people),
        "move": _shown(request, move),
        "waits_for_others": waits and is_asker,
        "approve_url": reverse("xero-move-approve", args=[slug]) if waits and not is_asker else "",
        "refuse_url": reverse("xero-move-refuse", args=[slug]) if waits and not is_asker else "",
        "go_url": "" if waits else reverse("xero-move-go", args=[slug]),
        "withdraw_url": reverse("xero-move-withdraw", args=[slug]),
        **_ways_out(slug),
    }
    return render(request, "xero/move.html", context)


def _shown(request: Request, move: MoveRecord) -> dict[str, object]:
    people: list[UUID] = [one for one in (move.asked_by_user_id, move.decided_by_user_id) if one]
    names = names_of(request.actor, user_ids=people)
    return {"to_name": move.to_name, "facts": present_moves.request_facts(move, names), **present_moves.pill(move)}


def _ways_out(slug: str) -> dict[str, str]:
    return {
        "earlier_url": reverse("xero-earlier", args=[slug]),
        "back_url": reverse("xero-connection", args=[slug]),
    }


def _decide(request: Request, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except Invalid as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("xero-move", account=request.account.slug)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_move_approve(request: Request) -> HttpResponse:
    """Approve what somebody else asked for."""
    said = "You approved the move. It is made when somebody allows that organisation at Xero, within a day."
    return _decide(request, lambda: facade.approve_move(request.actor), said)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_move_refuse(request: Request) -> HttpResponse:
    """Refuse what somebody else asked for."""
    return _decide(request, lambda: facade.refuse_move(request.actor), "You refused the move. Nothing was changed.")


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_move_withdraw(request: Request) -> HttpResponse:
    """Take the request back."""
    return _decide(
        request, lambda: facade.withdraw_move(request.actor), "The request was taken back. Nothing was changed."
    )


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_move_go(request: Request) -> HttpResponse:
    """Go to Xero to allow the organisation that was approved."""
    return consent.start(request, ConsentPurpose.MOVE, back_to="xero-move")


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def xero_earlier(request: Request) -> HttpResponse:
    """List the organisations of before, with what is kept of each."""
    slug, may_act = request.account.slug, request.actor.may(Permission.MANAGE_INTEGRATION)
    rows = [present_moves.earlier_row(one, slug=slug, may_act=may_act) for one in facade.list_earlier(request.actor)]
    return render(
        request, "xero/earlier.html", {"rows": rows, "connection_url": reverse("xero-connection", args=[slug])}
    )
