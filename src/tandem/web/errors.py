"""Error pages: a sentence and a way on; never a trace."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from tandem.kernel.errors import NotFound, NotPermitted, TandemError


def _page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    return render(request, f"errors/{status}.html", {"message": message}, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 with the reason."""
    message = exception.public_message if isinstance(exception, TandemError) else NotPermitted.public_message
    return _page(request, 403, message)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404 with the same words whether the thing never was or belongs to another account."""
    message = exception.public_message if isinstance(exception, TandemError) else NotFound.public_message
    return _page(request, 404, message)


def only_a_button(request: HttpRequest) -> HttpResponse:
    """Answer 405 with a page: somebody opened an address that only a button sends to."""
    message = (
        "This address answers only to a button on a page. Nothing was changed. Go back and press the button there."
    )
    return render(request, "errors/404.html", {"message": message}, status=405)


def problem(request: HttpRequest, error: TandemError) -> HttpResponse:
    """Answer 503 for a fault that has a sentence of its own."""
    return _page(request, 503, error.public_message)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer 500 without touching the database: no request, so no session and no sign-in is read."""
    return HttpResponse(render_to_string("errors/500.html", {"message": TandemError.public_message}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer 403 when a form's token is stale, and say how to go on."""
    return _page(
        request,
        403,
        "This form was open too long or came from another page, so nothing was saved. "
        "Go back, reload the page and send it again.",
    )
