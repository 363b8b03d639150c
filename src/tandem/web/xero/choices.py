"""Approve a part of a preview: tick, see what it comes to, then let exactly that go ahead."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.web.answers import form_page, sent
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero.choice_form import ChoiceForm
from tandem.xero import facade
from tandem.xero.facade import ChoiceOutcome

CHANGED = "The ticks are others than those that were counted. Look at the new count, then approve."


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def run_choose(request: Request, run_id: UUID) -> HttpResponse:
    """Choose what of a preview may go ahead; nothing does before its count was shown."""
    slug = request.account.slug
    try:
        page = facade.choice_page(request.actor, run_id)
    except facade.RunMoved as error:
        messages.error(request, error.public_message)
        return redirect("run-detail", account=slug, run_id=run_id)
    form = ChoiceForm(sent(request), page=page)
    is_counted = form.is_bound and form.is_valid()
    counts = facade.choice_outcome(page.planned, form.choice) if is_counted else None
    if counts and request.POST.get("do") == "approve" and _approved(request, form, run_id):
        return redirect("run-detail", account=slug, run_id=run_id)
    context = {
        "counts": _in_words(counts) if counts else [],
        "going": counts.going if counts else 0,
        "digest": form.digest if counts else "",
        "is_automatic": facade.is_automatic(request.actor),
        "back_url": reverse("run-detail", args=[slug, run_id]),
        "is_long": not page.lines,
    }
    return form_page(request, "xero/run_choose.html", form, context)


def _approved(request: Request, form: ChoiceForm, run_id: UUID) -> bool:
    """Let what was counted go ahead; say on the form why not."""
    if form.cleaned_data["seen"] != form.digest:
        form.add_error(None, CHANGED)
        return False
    try:
        facade.approve_part(request.actor, run_id, form.choice)
    except TandemError as error:
        form.add_error(None, error.public_message)
        return False
    return True


def _in_words(counts: ChoiceOutcome) -> list[dict[str, object]]:
    """Return what a choice comes to as tiles."""
    found = (
        (counts.whole, "good", "go ahead whole"),
        (counts.part, "warn", "go ahead in part"),
        (counts.left, "idle", "left out"),
    )
    return [{"value": value, "tone": tone, "label": label} for value, tone, label in found if value]
