"""Errors as application/problem+json (RFC 9457): a stable code, what happened, and what to do next."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from ninja.errors import AuthenticationError, ValidationError

from tandem.kernel.errors import Invalid, NotFound, NotPermitted, Problem, TandemError

NO_KEY = "Send a living API key of this account: Authorization: Bearer tandem_... An administrator makes one under Settings > API keys."
STATUS: tuple[tuple[type[TandemError], HTTPStatus], ...] = (
    (NotPermitted, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TandemError, HTTPStatus.CONFLICT),
)


def problem(status: HTTPStatus, *, code: str, detail: str, problems: tuple[Problem, ...] = ()) -> JsonResponse:
    """Answer with a problem; `problems` names each field that needs fixing."""
    body: dict[str, object] = {"title": status.phrase, "status": status.value, "code": code, "detail": detail}
    if problems:
        body["problems"] = [{"field": one.field, "message": one.message} for one in problems]
    return JsonResponse(body, status=status.value, content_type="application/problem+json")


def of_tandem(_request: HttpRequest, error: TandemError) -> JsonResponse:
    """Answer for an error of ours."""
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    problems = error.problems if isinstance(error, Invalid) else ()
    return problem(status, code=error.code, detail=error.public_message, problems=tuple(problems))


def of_missing_key(_request: HttpRequest, _error: AuthenticationError) -> JsonResponse:
    """Answer for a call without a key that opens this account."""
    response = problem(HTTPStatus.UNAUTHORIZED, code="api_key_needed", detail=NO_KEY)
    response["WWW-Authenticate"] = "Bearer"
    return response


def of_validation(_request: HttpRequest, error: ValidationError) -> JsonResponse:
    """Answer for a body or a query that cannot be read; what was sent is not repeated."""
    found = tuple(Problem(".".join(str(part) for part in one["loc"][1:]), one["msg"]) for one in error.errors)
    detail = "Some of what was sent cannot be read. Each field is named under problems."
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code="invalid", detail=detail, problems=found)


def no_such_address(_request: HttpRequest, **_parts: str) -> JsonResponse:
    """Answer for an address that the API does not have."""
    detail = "The API has no such address. /api/v1/docs lists them."
    return problem(HTTPStatus.NOT_FOUND, code="not_found", detail=detail)
