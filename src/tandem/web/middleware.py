"""Builds the actor from the sign-in and the account in the address; turns our errors into pages."""

from collections.abc import Callable
from http import HTTPStatus
from zoneinfo import ZoneInfo

import structlog
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import sync_only_middleware

from tandem.access.selectors import find_actor
from tandem.kernel.errors import NotFound, NotPermitted, TandemError
from tandem.tenancy.selectors import find_account_of
from tandem.web import errors
from tandem.web.requests import Request

Handler = Callable[[Request], HttpResponse]


@sync_only_middleware
class ActorMiddleware:
    """Nobody reaches a view below /a/<account>/ without an actor for it; others get the same 404 as nowhere."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        structlog.contextvars.clear_contextvars()
        timezone.deactivate()
        response = self.get_response(request)
        return errors.only_a_button(request) if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED else response

    def process_view(
        self, request: Request, _view: object, _args: tuple[object, ...], kwargs: dict[str, str]
    ) -> HttpResponse | None:
        slug = kwargs.pop("account", None)
        if slug is None:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("front"))
        account = find_account_of(request.user.id, slug=slug)
        actor = find_actor(request.user, account=account) if account else None
        if account is None or actor is None:
            return errors.not_found(request, NotFound())
        request.account, request.actor = account, actor
        timezone.activate(ZoneInfo(account.time_zone))
        structlog.contextvars.bind_contextvars(account_id=str(account.account_id), user_id=str(request.user.id))
        return None

    def process_exception(self, request: Request, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotPermitted):
            return errors.forbidden(request, error)
        if isinstance(error, NotFound):
            return errors.not_found(request, error)
        if isinstance(error, TandemError):
            return errors.problem(request, error)
        return None


actor_middleware = ActorMiddleware
