"""Notices: what is wrong and was, who was told and when, who is on it, and when each person wants to be told."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel import clock
from tandem.kernel.permissions import Permission
from tandem.notices import actions, choices, selectors
from tandem.notices.digest_rules import lines
from tandem.notices.rules import pressing_sentence
from tandem.web.answers import attempt, form_page, sent
from tandem.web.notices import present
from tandem.web.notices.forms import ChoicesForm
from tandem.web.requests import Request, needs
from tandem.xero import facade

PAGE = 50
BROKEN = "connection_broken"


@needs(Permission.VIEW_INTEGRATION)
def notice_list(request: Request) -> HttpResponse:
    """List what is open, and below it what is over, the latest first."""
    before = _moment(request.GET.get("before", ""))
    open_ones = [] if before else selectors.list_open(request.actor)
    over = selectors.list_closed(request.actor, limit=PAGE + 1, before=before)
    names = names_of(
        request.actor, user_ids=[one.acknowledged_by_user_id for one in open_ones if one.acknowledged_by_user_id]
    )
    shown = over[:PAGE]
    context = {
        "ran": list(lines(facade.run_digest.tally_of_last_day(request.actor))) if not before else [],
        "open": [present.row(one, names, may_act=True) for one in open_ones],
        "over": [present.row(one, names, may_act=False) for one in shown],
        "older": "?" + urlencode({"before": shown[-1].opened_at.isoformat()}) if len(over) > PAGE else "",
        "newer": "?" if before else "",
    }
    return render(request, "notices/notice_list.html", context)


def _moment(text: str) -> datetime | None:
    """Return the time that a page begins before, or None for anything that is no time."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is None or timezone.is_aware(at) else None


@needs(Permission.VIEW_INTEGRATION)
def notice_detail(request: Request, notice_id: UUID) -> HttpResponse:
    """Show one incident and who was told of it."""
    notice = selectors.get_notice(request.actor, notice_id=notice_id)
    told = selectors.list_tellings(request.actor, notice_id=notice_id)
    who = [one.user_id for one in told] + [notice.acknowledged_by_user_id]
    names = names_of(request.actor, user_ids=[user_id for user_id in who if user_id])
    context = {
        "notice": present.row(notice, names, may_act=notice.closed_at is None),
        "presses": _pressing(request) if notice.closed_at is None and notice.kind == BROKEN else "",
        "told": [present.telling(one, names) for one in told],
    }
    return render(request, "notices/notice.html", context)


def _pressing(request: Request) -> str:
    """Say what is not in Xero and when the pay run is, where either is known."""
    pressure = facade.read_pressure(request.actor)
    today = clock.today_in(request.account.time_zone)
    return pressing_sentence(people_waiting=pressure.people_waiting, pay_on=pressure.pay_on, today=today)


@require_POST
@needs(Permission.VIEW_INTEGRATION)
def notice_take(request: Request, notice_id: UUID) -> HttpResponse:
    """Say "I am on it"."""
    actions.acknowledge(request.actor, notice_id=notice_id)
    messages.success(request, "You are on it. Nobody else is told for a while.")
    return redirect("notice-detail", account=request.account.slug, notice_id=notice_id)


@require_POST
@needs(Permission.VIEW_INTEGRATION)
def notice_release(request: Request, notice_id: UUID) -> HttpResponse:
    """Take back "I am on it"."""
    actions.release(request.actor, notice_id=notice_id)
    messages.success(request, "Taken back. The next people are told as if you had not said it.")
    return redirect("notice-detail", account=request.account.slug, notice_id=notice_id)


@needs(Permission.VIEW_INTEGRATION)
def notice_choices(request: Request) -> HttpResponse:
    """Let somebody choose when they are told, and of what by mail."""
    form = ChoicesForm(sent(request), initial=vars(choices.get_choices(request.actor)))
    if attempt(form, lambda: _save(request, form)):
        messages.success(request, "Your choices were saved.")
        return redirect("notice-choices", account=request.account.slug)
    return form_page(request, "notices/choices.html", form, {"time_zone": request.account.time_zone})


def _save(request: Request, form: ChoicesForm) -> bool:
    choices.save_choices(request.actor, form.as_record)
    return True
