"""The calls about leave applications (xero.md 4.2). Each is a value, not yet sent; rows stay raw until something maps them.

The list is that of the second version, which holds leave in every status. Xero has no call that deletes leave.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from tandem.xero.client.errors import AnswerClass, NoSuchRecord, RequestKind, ValidationFailed
from tandem.xero.client.moments import modified_since as written_since
from tandem.xero.client.payroll_au import JsonObject, payroll_url
from tandem.xero.client.problems import read_rejections
from tandem.xero.client.transport import Request, as_json
from tandem.xero.client.wire import UnreadablePayload, rows_of

COLLECTION = "LeaveApplications"
Row = Mapping[str, object]


def list_leave(*, page: int, modified_since: datetime | None = None) -> Request[list[object]]:
    """Ask for one page of leave, changed since a time where one is given."""
    headers = {"If-Modified-Since": written_since(modified_since)} if modified_since else {}
    return Request(
        "GET",
        payroll_url(f"{COLLECTION}/v2"),
        RequestKind.READ,
        "leave",
        lambda body: rows_of(as_json(body), COLLECTION),
        params={"page": str(page)},
        headers=headers,
    )


def get_leave(application_id: UUID) -> Request[object]:
    """Ask for one application."""
    return Request("GET", payroll_url(f"{COLLECTION}/{application_id}"), RequestKind.READ, "leave", _the_one)


def create_leave(body: JsonObject, *, idempotency_key: str) -> Request[object]:
    """Send new leave, as the list of one that Payroll AU takes."""
    return _write(COLLECTION, [body], idempotency_key)


def update_leave(application_id: UUID, body: JsonObject, *, idempotency_key: str) -> Request[object]:
    """Send other days, another type or other words."""
    return _write(f"{COLLECTION}/{application_id}", [body], idempotency_key)


def decide_leave(application_id: UUID, *, approve: bool, idempotency_key: str) -> Request[object]:
    """Approve or reject leave that was requested in Xero; there is no body."""
    return _write(f"{COLLECTION}/{application_id}/{'approve' if approve else 'reject'}", None, idempotency_key)


def _write(path: str, body: object, idempotency_key: str) -> Request[object]:
    headers = {"Idempotency-Key": idempotency_key}
    return Request("POST", payroll_url(path), RequestKind.WRITE, "leave", _written, headers=headers, body=body)


def _the_one(body: bytes) -> object:
    rows = rows_of(as_json(body), COLLECTION)
    if not rows:
        raise NoSuchRecord(AnswerClass.NOT_FOUND, status=200)
    return rows[0]


def _written(body: bytes) -> object:
    rejections = read_rejections(body)
    if rejections:
        raise ValidationFailed(status=200, detail="", correlation_id="", rejections=rejections)
    rows = rows_of(as_json(body), COLLECTION)
    if not rows:
        message = "no leave in the answer to a write"
        raise UnreadablePayload(message)
    return rows[0]
