"""Answers that arrive spoilt: cut, compressed, mislabelled, or holding what nobody expects (9a item 28)."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tandem_sandbox.faults import Kind
from tandem_sandbox.world.wire import dumps

UNHEARD_OF = "SOMETHINGNEW"
LISTS_OF_VALUES = frozenset(
    (
        "Status", "Gender", "TerminationReason", "IncomeType", "EmploymentType", "EmploymentBasis", "TFNExemptionType",
        "ResidencyStatus", "TaxScaleType", "CalendarType", "PayRunStatus", "LeavePeriodStatus", "RateType",
        "EarningsType", "AllowanceType", "DeductionCategory", "ContributionType", "CalculationType", "TypeOfUnits",
        "EntitlementFinalPayPayoutType", "Type", "OrganisationRole", "OrganisationType", "tenantType", "status",
    )
)  # fmt: skip

ASIDE = ("pagination", "problem")


@dataclass(frozen=True)
class Reply:
    """An answer held back until the faults have had their say."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def damaged(reply: Reply, kind: Kind) -> Reply:
    """Spoil an answer as the fault says; what the fault cannot be done to stays whole."""
    if kind is Kind.TRUNCATED:
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    if kind is Kind.BROKEN_JSON:
        return _with_body(reply, reply.body[: len(reply.body) // 2])
    if kind is Kind.WRONG_CONTENT_TYPE:
        return _with_header(reply, "Content-Type", "text/html; charset=utf-8")
    if kind is Kind.GZIP:
        return _with_header(_with_body(reply, gzip.compress(reply.body, mtime=0)), "Content-Encoding", "gzip")
    if kind in REWRITES and reply.status.startswith("200"):
        return _rewritten(reply, REWRITES[kind])
    return reply


def _with_header(reply: Reply, name: str, value: str) -> Reply:
    kept = [(key, old) for key, old in reply.headers if key.lower() != name.lower()]
    return replace(reply, headers=[*kept, (name, value)])


def _with_body(reply: Reply, body: bytes) -> Reply:
    return replace(_with_header(reply, "Content-Length", str(len(body))), body=body)


def _rewritten(reply: Reply, change: Callable[[Any], Any]) -> Reply:
    try:
        document = json.loads(reply.body)
    except ValueError:
        return reply
    return _with_body(reply, dumps(change(document)).encode())


def _records(document: Any) -> Iterator[dict[str, Any]]:
    named = enumerate(document) if isinstance(document, list) else document.items()
    for name, value in named:
        if name in ASIDE:
            continue
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, dict))
        elif isinstance(value, dict):
            yield value


def _unknown_enum(document: Any) -> Any:
    first = next(_records(document), None)
    if first:
        _put_unheard_of(first)
    return document


def _put_unheard_of(value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        for name, inner in item.items():
            if name in LISTS_OF_VALUES and isinstance(inner, str):
                item[name] = UNHEARD_OF
            else:
                _put_unheard_of(inner)


def _extra_field(document: Any) -> Any:
    added = {"TandemUnknown": {"Code": "A1", "Weight": 0.5, "Since": None}}
    for record in _records(document):
        record.update(added)
    return {**document, **added} if isinstance(document, dict) else document


def _null_list(document: Any) -> Any:
    emptied = [_null_inside(record) for record in _records(document)]
    if any(emptied) or not isinstance(document, dict):
        return document
    return {name: None if isinstance(value, list) else value for name, value in document.items()}


def _null_inside(record: dict[str, Any]) -> bool:
    found = [name for name, value in record.items() if isinstance(value, list)]
    record.update(dict.fromkeys(found))
    inner = [_null_inside(value) for value in record.values() if isinstance(value, dict)]
    return bool(found) or any(inner)


REWRITES: dict[Kind, Callable[[Any], Any]] = {
    Kind.UNKNOWN_ENUM: _unknown_enum,
    Kind.EXTRA_FIELD: _extra_field,
    Kind.NULL_LIST: _null_list,
}
