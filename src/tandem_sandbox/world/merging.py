"""How an update meets what is there: partial at the top, nested parts replaced or merged (xero.md 3.4)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tandem_sandbox.world import bank_accounts

Row = Mapping[str, Any]
KEYS: dict[str, Callable[[Row], object]] = {
    "BankAccounts": bank_accounts.key,
    "SuperMemberships": lambda membership: membership.get("SuperFundID"),
}


def merged(before: Mapping[str, Any], sent: Mapping[str, Any], *, deeply: bool) -> dict[str, Any]:
    """Return the record as it would become; nothing and empty text clear an element."""
    fields = dict(before)
    for name, value in sent.items():
        if value is None or value == "":
            fields.pop(name, None)
        elif isinstance(value, dict):
            whole = {**(before.get(name) or {}), **value} if deeply else value
            fields[name] = {part: given for part, given in whole.items() if given is not None}
        elif deeply and name in KEYS:
            fields[name] = _joined(before.get(name) or (), value, key=KEYS[name])
        else:
            fields[name] = value
    if not fields.get("TerminationDate"):
        fields.pop("TerminationReason", None)
    return fields


def _joined(before: Sequence[Row], sent: Sequence[Row], *, key: Callable[[Row], object]) -> list[dict[str, Any]]:
    rows = {key(row): dict(row) for row in before}
    for row in sent:
        rows[key(row)] = {**rows.get(key(row), {}), **row}
    return list(rows.values())
