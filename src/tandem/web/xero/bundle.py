"""The diagnostic bundle as a file, for the account's administrators."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tandem.kernel.permissions import Permission
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.xero import facade


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_bundle(request: Request) -> HttpResponse:
    """Hand out the bundle; where it is refused, say so on the connection page."""
    try:
        return as_file(facade.make_bundle(request.actor))
    except facade.BundleRefused as error:
        messages.error(request, error.public_message)
        return redirect("xero-connection", account=request.account.slug)


def as_file(bundle: dict[str, object]) -> HttpResponse:
    """Return the bundle as a download."""
    response = JsonResponse(bundle, json_dumps_params={"indent": 1, "sort_keys": True})
    response["Content-Disposition"] = 'attachment; filename="tandem-bundle.json"'
    return response
