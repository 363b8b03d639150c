"""Pages of 100, and what goes wrong between two of them (xero.md 3.3)."""

from collections.abc import Sequence
from typing import TypeVar

from tandem_sandbox.http.access import context

PAGE_SIZE = 100
Row = TypeVar("Row")


def page_of(rows: Sequence[Row], page: int, *, size: int = PAGE_SIZE) -> Sequence[Row]:
    """Return one page, counted from 1; a fault may shift it, as a record added or removed meanwhile would."""
    start = (page - 1) * size + (context().page_shift if page > 1 else 0)
    return rows[start : start + size]
