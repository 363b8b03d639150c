"""What every payroll resource shares: how a list is asked for, how a body is read, how a record is refused.

A resource module states its `Resource`, and for each operation a thin function: read, call the world, answer.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import Response, request

from tandem_sandbox.http import envelope, errors
from tandem_sandbox.http.access import Visit, instance
from tandem_sandbox.http.bodies import Unreadable, read_json
from tandem_sandbox.http.paging import page_of
from tandem_sandbox.http.xml_bodies import read_xml, sent_as_xml
from tandem_sandbox.world import query, wire
from tandem_sandbox.world.batch import Saved
from tandem_sandbox.world.state import ZERO_ID
from tandem_sandbox.world.switches import Switches

ROOT = "/payroll.xro/1.0"
LISTS_KEPT = 8
Row = TypeVar("Row")


@dataclass(frozen=True)
class Resource:
    """How Payroll AU names a kind of record, and which properties `where` and `order` may name."""

    collection: str
    type_name: str
    id_name: str
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Ask:
    """What a list call asked for."""

    since: datetime | None
    where: query.Where | None
    order: Callable[[list[query.Record]], list[query.Record]] | None
    page: int
    key: tuple[object, ...] = ()

    def names(self, name: str) -> bool:
        """Say whether the filter names a property."""
        return self.where is not None and name in self.where.names

    def pick(
        self,
        rows: Iterable[Row],
        *,
        record: Callable[[Row], query.Record],
        updated: Callable[[Row], datetime],
        kept: dict[Hashable, list[Row]] | None = None,
    ) -> list[Row]:
        """Return the page of rows that were asked for; `record` shows a row as the filter sees it.

        `kept` remembers what was found for the same question, so that a sweep filters once and not on every page;
        whoever changes a row empties it.
        """
        found = None if kept is None else kept.get(self.key)
        if found is None:
            found = self._select(rows, record=record, updated=updated)
            if kept is not None:
                if len(kept) >= LISTS_KEPT:
                    del kept[next(iter(kept))]
                kept[self.key] = found
        return list(page_of(found, self.page))

    def _select(
        self, rows: Iterable[Row], *, record: Callable[[Row], query.Record], updated: Callable[[Row], datetime]
    ) -> list[Row]:
        since, where = self.since, self.where
        if since is not None:
            rows = [row for row in rows if updated(row) >= since]
        if where is not None:
            rows = [row for row in rows if where.test(record(row))]
        if self.order is not None:
            rows = [found["row"] for found in self.order([{**record(row), "row": row} for row in rows])]
        return list(rows)


@dataclass(frozen=True)
class Echo:
    """One record of a request as a refusal shows it again."""

    sent: Mapping[str, Any]
    record_id: str | None
    errors: Sequence[str] = ()


class _BadPage(Exception):
    """A page that is no page."""


class _BrokenSince(Exception):
    """An If-Modified-Since that Payroll AU answers 500 to."""


def read_ask(visit: Visit, resource: Resource) -> Ask | Response:
    """Read If-Modified-Since, where, order and page, or answer why they cannot be used (xero.md 3.3)."""
    kinds, type_name = resource.kinds, resource.type_name
    where, order = request.args.get("where"), request.args.get("order")
    try:
        return Ask(
            since=_since(visit),
            where=query.parse_where(where, kinds=kinds, type_name=type_name) if where else None,
            page=_page(),
            order=query.parse_order(order, kinds=kinds, type_name=type_name) if order else None,
            key=(request.headers.get("If-Modified-Since"), where, order),
        )
    except query.QueryParseError as error:
        return errors.exception("QueryParseException", str(error), number=16)
    except query.BadSince:
        return errors.answer("", status=412, content_type=errors.TEXT)
    except _BrokenSince:
        return errors.broken(instance(visit))
    except _BadPage:
        return bad_request()


def _since(visit: Visit) -> datetime | None:
    text = request.headers.get("If-Modified-Since")
    if not text:
        return None
    moment, fancy = query.parse_since(text)
    if fancy and visit.simulator.switches["modified_since_with_milliseconds"] == 500:
        raise _BrokenSince
    return moment


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < 1:
        raise _BadPage
    return int(text)


def read_array(resource: Resource, *, target: str | None) -> list[Mapping[str, Any]] | None:
    """Read a body that is an array of objects, as Payroll AU takes them even for one (xero.md 3.4).

    Where the path names its `target` there is one record. In XML a single record may stand alone.
    """
    body = _body(resource.collection, resource.type_name)
    records = [body] if sent_as_xml() and isinstance(body, dict) else body
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        return None
    return None if target is not None and len(records) > 1 else records


def read_object(root: str | None = None) -> Mapping[str, Any] | None:
    """Read a body that is one object; in XML only where its outermost element is named."""
    body = _body(*([root] if root else []))
    return body if isinstance(body, dict) else None


def _body(*roots: str) -> object:
    try:
        return read_xml(roots=roots) if roots and sent_as_xml() else read_json()
    except Unreadable:
        return None


def written(record: dict[str, Any], switches: Switches, *, nullable: Sequence[str] = ()) -> str:
    """Write a record as JSON text, with nulls and unknown elements where the switches say so."""
    if switches["null_fields"] == "null":
        record = {**dict.fromkeys(nullable), **record}
    if switches["unknown_fields"]:
        record = wire.with_unknown(record)
    return wire.dumps(record)


def refused(visit: Visit, resource: Resource, echoes: Sequence[Echo]) -> Response:
    """Answer 400 in the shape that the switch wants (xero.md 3.4)."""
    records = [_record(resource, echo) for echo in echoes]
    if visit.simulator.switches["validation_error_shape"] == "exception":
        return invalid([echo.errors for echo in echoes if echo.errors])
    return envelope.rejected(resource.collection, records)


def answer_saved(
    visit: Visit, resource: Resource, saved: Sequence[Saved], *, write: Callable[[dict[str, Any]], str]
) -> Response:
    """Answer what became of each record, or refuse with all of them where one is bad."""
    if any(item.errors for item in saved):
        return refused(visit, resource, [Echo(item.sent, item.row_id, item.errors) for item in saved])
    return envelope.collection(visit, resource.collection, [write(item.row) for item in saved if item.row])


def invalid(messages: Sequence[Sequence[str]]) -> Response:
    """Answer 400 as a ValidationException with the messages of each bad record."""
    elements: list[dict[str, object]] = [{"ValidationErrors": _messages(each)} for each in messages]
    return errors.exception("ValidationException", "A validation exception occurred", number=10, elements=elements)


def _record(resource: Resource, echo: Echo) -> dict[str, Any]:
    shown = {**echo.sent, resource.id_name: echo.record_id or ZERO_ID}
    return {**shown, "ValidationErrors": _messages(echo.errors)} if echo.errors else shown


def _messages(messages: Sequence[str]) -> list[dict[str, str]]:
    return [{"Message": message} for message in messages]


def bad_request() -> Response:
    """Answer 400: a page or a body that is none. For XML the recorded answer is another than for JSON."""
    if request.method != "GET" and sent_as_xml():
        return errors.unreadable("XML")
    return errors.exception("Error", "Bad request", number=0)


def not_found() -> Response:
    """Answer 404 as plain text (xero.md 3.2)."""
    text = "The resource you're looking for cannot be found"
    return errors.answer(text, status=404, content_type=errors.TEXT)
