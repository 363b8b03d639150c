"""Recommended settings: what each does, what it would change, and the way back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present
from tandem.xero import facade
from tandem.xero.facade import Preset

MOST_DIGITS = 9


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def integration_presets(request: Request) -> HttpResponse:
    """Show the recommended sets as differences; apply one, or go back to what was before it."""
    if request.method == "POST":
        return _change(request)
    page = facade.list_presets(request.actor)
    context = {
        "version": page.version,
        "presets": [
            {
                "name": one.preset.value,
                "title": one.preset.heading,
                "sentence": one.preset.sentence,
                "rows": [present.recommended(difference) for difference in one.differences],
            }
            for one in page.presets
        ],
        "before": [present.recommended(difference) for difference in page.before],
        "back_url": reverse("integration-settings", args=[request.account.slug]),
    }
    return render(request, "xero/presets.html", context)


def _change(request: Request) -> HttpResponse:
    slug, name = request.account.slug, request.POST.get("preset", "")
    try:
        if name == "back":
            facade.put_back_preset(request.actor)
            messages.success(request, "The settings are as they were before the recommended ones.")
        elif name in set(Preset):
            facade.apply_preset(request.actor, Preset(name), seen_version=_version(request))
            messages.success(request, "The recommended settings are in force. You can put back those from before.")
        return redirect("integration-presets" if name in set(Preset) else "integration-settings", account=slug)
    except TandemError as error:
        messages.error(request, error.public_message)
        return redirect("integration-presets", account=slug)


def _version(request: Request) -> int:
    text = request.POST.get("version", "")[:MOST_DIGITS]
    return int(text) if text.isdecimal() else -1
