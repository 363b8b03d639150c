"""Always for this field: one side kept for everybody, and the way back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.web.answers import attempt, form_page, sent
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero import present
from tandem.web.xero.forms import AlwaysForm
from tandem.xero import facade
from tandem.xero.facade import StandingField

MOST_DIGITS = 6


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def conflict_always(request: Request) -> HttpResponse:
    """Decide a field for everybody; how many open conflicts that would decide is said before."""
    found = facade.find_standing_field(request.actor, request.GET.get("field", ""))
    back = reverse("conflict-list", args=[request.account.slug])
    if found is None:
        return redirect(back)
    form = AlwaysForm(sent(request), open_conflicts=found.open_conflicts, initial={"keep": found.keep})
    decided = attempt(form, lambda: _decide(request, form, found))
    if decided is not None:
        with_it = f" {counted(decided, 'open conflict was,open conflicts were')} decided with it." if decided else ""
        messages.success(request, f"{found.label} is decided for everybody.{with_it} The next run applies it.")
        return redirect(back)
    context = {
        "label": found.label,
        "seen": found.open_conflicts,
        "open_text": counted(found.open_conflicts, "open conflict,open conflicts"),
        "now_kept": present.SIDES[found.keep] if found.keep else "",
        "back_url": back,
    }
    return form_page(request, "xero/conflict_always.html", form, context)


def _decide(request: Request, form: AlwaysForm, found: StandingField) -> int:
    """Decide as sent; the number of open conflicts goes along as it stood on the page, since more may have come."""
    seen = request.POST.get("seen", "")[:MOST_DIGITS]
    and_open = (int(seen) if seen.isdecimal() else 0) if form.takes_open else None
    return facade.decide_always(request.actor, found.field, keep=form.keep_side, why=form.why_code, and_open=and_open)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def conflict_always_back(request: Request) -> HttpResponse:
    """Take back what was decided for everybody; the field is asked about again."""
    try:
        facade.take_back_always(request.actor, request.POST.get("field", ""))
        messages.success(request, "It was taken back. What it had written stays; from now on you are asked again.")
    except TandemError as error:
        messages.error(request, error.public_message)
    return redirect("integration-settings", account=request.account.slug)


def standing_rows(request: Request) -> list[dict[str, object]]:
    """Return what is decided for everybody, as the settings show it."""
    decisions = facade.list_standing(request.actor)
    if not decisions:
        return []
    names = names_of(request.actor, user_ids=[one.by_user_id for one in decisions if one.by_user_id])
    return [
        {
            "field": one.field,
            "label": one.label,
            "kept": present.SIDES[one.keep],
            "why": one.why,
            "at": present.written(one.at) if one.at else "",
            "by": names.get(one.by_user_id, "") if one.by_user_id else "",
        }
        for one in decisions
    ]
