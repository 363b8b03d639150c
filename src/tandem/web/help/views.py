"""The help article, with the reader's own connection and buttons in it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tandem.kernel.permissions import Permission
from tandem.web.requests import Request, needs
from tandem.web.xero import present
from tandem.xero import facade


@needs(Permission.VIEW_SELF)
def reconnect(request: Request) -> HttpResponse:
    """Show how to reconnect; buttons only for those who may press them."""
    context: dict[str, object] = {"causes": [_article(entry) for entry in facade.CAUSES.values()]}
    if request.actor.may(Permission.VIEW_INTEGRATION):
        context |= _mine(request)
    if request.actor.may(Permission.MANAGE_INTEGRATION):
        context |= _buttons(request.account.slug)
    return render(request, "help/reconnect.html", context)


def _article(entry: facade.CauseEntry) -> dict[str, object]:
    """Return what the article says of one cause, as the one table has it."""
    return {
        "anchor": entry.next_step.help_anchor,
        "title": entry.title,
        "signature": entry.signature,
        "remedy": entry.remedy,
    }


def _mine(request: Request) -> dict[str, object]:
    summary = facade.connection_summary(request.actor)
    panel = present.cause(summary.health, slug=request.account.slug, may_act=False)
    return {
        "connection": {"state": summary.health.state.value, "state_text": present.state_text(summary.health)},
        "cause_text": panel["title"] if panel else "",
        "connection_url": reverse("xero-connection", args=[request.account.slug]),
    }


def _buttons(slug: str) -> dict[str, object]:
    return {
        "reconnect_url": reverse("xero-reconnect", args=[slug]),
        "disconnect_url": reverse("xero-disconnect", args=[slug]),
        "integration_url": reverse("integration-settings", args=[slug]),
        "restore_url": reverse("xero-restore", args=[slug]),
        "gap_url": reverse("gap-report", args=[slug]),
        "standby_url": reverse("xero-standby", args=[slug]),
        "handover_url": reverse("handover-list", args=[slug]),
    }
