"""The bodies in which Xero says no: problem JSON in either casing, and the two shapes of a 400. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from tandem.xero.client.wire import as_identifier


@dataclass(frozen=True)
class ProblemBody:
    """A 401, 403 or 500 body; both `Title` and `title` come from Xero itself (xero.md 2.5)."""

    title: str = ""
    detail: str = ""
    instance: str = ""
    error: str = ""
    type: str = ""


@dataclass(frozen=True)
class Rejection:
    """One thing Xero said against one record; `message` is Xero's own text, shown verbatim where unknown."""

    message: str
    xero_employee_id: UUID | None = None
    index: int | None = None


def read_json(body: bytes) -> object:
    """Return a body's JSON, or None if it is something else: an edge answers HTML, limits answer text."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def read_problem(body: bytes) -> ProblemBody:
    """Return what a problem body says, whatever the case of its keys; anything else says nothing."""
    payload = read_json(body)
    if not isinstance(payload, Mapping):
        return ProblemBody()
    texts = {str(key).lower(): value for key, value in payload.items() if isinstance(value, str)}
    return ProblemBody(
        title=texts.get("title", ""),
        detail=texts.get("detail", ""),
        instance=texts.get("instance", ""),
        error=texts.get("error", ""),
        type=texts.get("type", ""),
    )


def read_rejections(body: bytes) -> tuple[Rejection, ...]:
    """Return what a 400 says, record by record: the collection echoed with errors, or an exception with elements."""
    payload = read_json(body)
    if not isinstance(payload, Mapping):
        return ()
    found = tuple(_record_rejections(payload))
    if found:
        return found
    message = payload.get("Message") or payload.get("Detail") or payload.get("detail")
    return (Rejection(message),) if isinstance(message, str) and message else ()


def _record_rejections(payload: Mapping[object, object]) -> Iterator[Rejection]:
    for rows in payload.values():
        if not isinstance(rows, list):
            continue
        for index, row in enumerate(rows):
            if isinstance(row, Mapping):
                yield from _row_rejections(row, index)


def _row_rejections(row: Mapping[object, object], index: int) -> Iterator[Rejection]:
    errors = row.get("ValidationErrors")
    identifier = as_identifier(row.get("EmployeeID"))
    for error in errors if isinstance(errors, list) else ():
        message = error.get("Message") if isinstance(error, Mapping) else error
        if isinstance(message, str) and message:
            yield Rejection(message, identifier, index)
