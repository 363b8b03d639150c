"""Save the records of one request: judged each by its rules, all or some kept (xero.md 3.4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tandem_sandbox.world.switches import Switches

Row = dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """One record of a request: the row it became or would become, or why it was refused."""

    sent: Mapping[str, Any]
    row_id: str
    row: Row | None
    errors: tuple[str, ...] = ()


Judge = Callable[[Mapping[str, Any]], Saved]


def save(
    records: Sequence[Mapping[str, Any]], *, judge: Judge, commit: Callable[[Row], Row], switches: Switches
) -> list[Saved]:
    """Keep every record that may be kept; with a bad one among them the switch decides about the good ones."""
    judged = [judge(record) for record in records]
    if any(item.errors for item in judged) and switches["batch_with_bad_record"] == "all_rejected":
        return judged
    return [_settled(item, judge=judge, commit=commit) for item in judged]


def _settled(item: Saved, *, judge: Judge, commit: Callable[[Row], Row]) -> Saved:
    again = judge(item.sent)  # a record before this one may stand in its way by now
    if again.errors or again.row is None:
        return again
    return replace(again, row=commit(again.row))
