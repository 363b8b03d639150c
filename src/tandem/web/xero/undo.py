"""Undo of a run: the button begins a preview of its own; nothing is written before that is approved."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.xero import facade


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def run_undo(request: Request, run_id: UUID) -> HttpResponse:
    """Begin the preview of what takes a run back."""
    shown = run_id
    try:
        shown = facade.preview_undo(request.actor, run_id)
    except TandemError as error:
        messages.error(request, error.public_message)
    return redirect("run-detail", account=request.account.slug, run_id=shown)
