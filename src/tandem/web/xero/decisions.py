"""What only a person may decide: fields that both sides changed. Who is who stands in `matches`."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

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
from tandem.xero.facade import ConflictPage, Side

SIDES = {"tandem": Side.HR, "xero": Side.XERO}


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
            decided += said(request, decide)
    if decided:
        messages.success(
            request, f"{counted(decided, 'decision was,decisions were')} saved. The next run applies them."
        )
    return redirect("conflict-list", account=request.account.slug)


def said(request: Request, do: Callable[[], None]) -> bool:
    """Do it, or say why it could not be done."""
    try:
        do()
    except TandemError as error:
        messages.error(request, error.public_message)
        return False
    return True
