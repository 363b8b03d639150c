"""The request as our views see it, and the guards that stand before them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from tandem.access.models import User
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.tenancy.records import AccountRecord

P = ParamSpec("P")


class Request(HttpRequest):
    """A request after our middleware: `actor` and `account` are set below /a/<account>/."""

    user: User
    actor: Actor
    account: AccountRecord
    htmx: HtmxDetails


View = Callable[Concatenate[Request, P], HttpResponseBase]


def signed_in(view: View[P]) -> View[P]:
    """Send whoever is not signed in to the sign-in page."""
    return cast("View[P]", login_required(cast("Any", view)))


def needs(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Answer 403 unless the actor has the permission. The middleware has already seen to sign-in and account."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def run(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request.actor.require(permission)
            return view(request, *args, **kwargs)

        return run

    return guard


def needs_second_factor(view: View[P]) -> View[P]:
    """Keep the integration pages shut to a person without a second factor; the demo opens them and says so."""

    @wraps(view)
    def run(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if settings.TANDEM.demo or is_mfa_enabled(request.user):
            return view(request, *args, **kwargs)
        return render(request, "access/second_factor_needed.html", status=403)

    return run
