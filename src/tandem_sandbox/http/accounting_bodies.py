"""What an app sends to Accounting 2.0: one record, a list of them, or a list under its name; names in any case."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import Response

from tandem_sandbox.http import errors
from tandem_sandbox.http.bodies import Unreadable, read_json
from tandem_sandbox.http.xml_bodies import LISTS, read_xml, sent_as_xml

READ_ONLY = frozenset({"IsDeleted", "IsArchived", "IsActive"})


class _NoData(Exception):
    """A body without a record."""


def read_records(name: str, *, elements: Collection[str]) -> list[Mapping[str, Any]] | Response:
    """Read the records of a write, or answer 400 as Accounting does; `elements` gives the case that is kept."""
    try:
        return _records(_body(name, elements=elements), name)
    except Unreadable:
        return unreadable()
    except _NoData:
        text = f"No data has been processed: this endpoint expects {name} in the body of the request."
        return errors.exception("NoDataProcessedException", text, number=17)


def unreadable() -> Response:
    """Answer 400 to a body that is none, or whose values are of the wrong kind."""
    return errors.unreadable("XML" if sent_as_xml() else "JSON")


def _body(name: str, *, elements: Collection[str]) -> object:
    if not sent_as_xml():
        return _cased(read_json(), {element.lower(): element for element in (*elements, name)})
    body = read_xml(roots=(name, LISTS[name]))
    _check_elements(body, known=frozenset(elements) | READ_ONLY)
    return body


def _check_elements(value: object, *, known: Collection[str]) -> None:
    """Refuse what has no place or another case: recorded for XML only (pyxero leaves HasValidationErrors out for it)."""
    if isinstance(value, list):
        for item in value:
            _check_elements(item, known=known)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in known:
                raise Unreadable(f"{name} is not recognised")
            _check_elements(inner, known=known)


def _records(body: object, name: str) -> list[Mapping[str, Any]]:
    found = body[name] if isinstance(body, dict) and isinstance(body.get(name), list) and len(body) == 1 else body
    records = found if isinstance(found, list) else [found]
    if not records or any(record in ({}, None) for record in records):
        raise _NoData
    if not all(isinstance(record, dict) for record in records):
        raise Unreadable("not an object")
    return [record for record in records if isinstance(record, dict)]


def _cased(value: Any, cases: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_cased(item, cases) for item in value]
    if not isinstance(value, dict):
        return value
    return {cases.get(name.lower(), name): _cased(item, cases) for name, item in value.items()}
