"""What a list read may ask: `where`, `order` and If-Modified-Since (xero.md 3.3)."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tandem_sandbox.world.where import QueryParseError, Record, Where, comparable, known_property, parse_where

__all__ = ["BadSince", "QueryParseError", "Record", "Where", "parse_order", "parse_since", "parse_where"]

_SINCE = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?\s*(Z|[+-]\d{2}:?\d{2})?$")


class BadSince(Exception):
    """An If-Modified-Since that is no date."""


def parse_order(text: str, *, kinds: Mapping[str, str], type_name: str) -> Callable[[list[Record]], list[Record]]:
    """Parse `Field ASC, Other DESC` into a sorting function; what is empty comes first."""
    keys: list[tuple[str, bool]] = []
    for part in text.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].upper() not in ("ASC", "DESC")):
            raise QueryParseError("Syntax error in the order parameter (at index 0)")
        name = known_property(words[0], kinds, type_name=type_name, at=0)
        keys.append((name, len(words) == 2 and words[1].upper() == "DESC"))

    def ordered(records: list[Record]) -> list[Record]:
        for name, descending in reversed(keys):
            records = sorted(records, key=_sort_key(name, kinds[name]), reverse=descending)
        return records

    return ordered


def _sort_key(name: str, kind: str) -> Callable[[Record], tuple[bool, Any]]:
    def key(record: Record) -> tuple[bool, Any]:
        value = comparable(record.get(name), kind)
        if value is None:
            return False, 0
        return True, value.casefold() if isinstance(value, str) else value

    return key


def parse_since(text: str) -> tuple[datetime, bool]:
    """Read an If-Modified-Since; say too whether it carried milliseconds and a zone."""
    found = _SINCE.match(text.strip())
    if not found:
        raise BadSince(text)
    zone = found[4] or ""
    offset = "+00:00" if zone in ("", "Z") else zone
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '')[:7]}{offset}")
        return moment.astimezone(UTC), bool(found[3] and zone)
    except (ValueError, OverflowError) as error:
        raise BadSince(text) from error
