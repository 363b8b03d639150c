"""The front door: which account, and is the house standing."""

from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.shortcuts import redirect, render

from tandem.tenancy.selectors import list_accounts_of
from tandem.web.requests import Request, signed_in


@signed_in
def front(request: Request) -> HttpResponse:
    """Take a person to their account, let them choose among several, or say that they have none."""
    accounts = list_accounts_of(request.user.id)
    if len(accounts) == 1 and not request.user.is_support:
        return redirect("home", account=accounts[0].slug)
    if not accounts and request.user.is_support:
        return redirect("support-room")
    return render(request, "choose_account.html", {"accounts": accounts})


def healthz(request: Request) -> HttpResponse:  # noqa: ARG001  a view takes a request
    """Answer 200 while the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("The database does not answer.", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
