"""What Xero held of each person when it was read last: sealed rows, kept so that a run reads only what changed."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest

from tandem.kernel import clock
from tandem.people.payroll_records import PayrollDetails
from tandem.tenancy import vault
from tandem.xero.client.wire import TERMINATED
from tandem.xero.mapping.employee import XeroEmployee, theirs_value
from tandem.xero.mapping.fields import DETAIL_FIELDS, PAYROLL_FIELDS, SharedField, fields_of
from tandem.xero.mapping.oddities import Oddity
from tandem.xero.mapping.values import value_as_json, value_from_json
from tandem.xero.models import Binding, Connection, XeroPerson

COLUMN = "xero_person.record"
STORED = ["record", "updated_at", "listed_at", "read_at", "wants_detail", "missing_since", "unreadable"]


def person_as_json(person: XeroEmployee) -> dict[str, object]:
    """Return a Xero person as plain JSON; payroll details are there where they were read."""
    return {
        "id": str(person.xero_employee_id),
        "values": {field.value: value_as_json(theirs_value(person, field)) for field in fields_of(person.payroll)},
        "has_payroll": person.payroll is not None,
        "status": person.status,
        "group": person.employee_group,
        "updated_at": person.updated_at.isoformat() if person.updated_at else None,
        "unread": sorted(field.value for field in person.unread),
        "oddities": [[oddity.field.value, oddity.sentence, oddity.is_usable] for oddity in person.oddities],
    }


def person_from_json(raw: Mapping[str, Any]) -> XeroEmployee:
    """Return the person that `person_as_json` wrote."""
    return XeroEmployee(
        xero_employee_id=UUID(raw["id"]),
        **_values(raw, DETAIL_FIELDS),
        payroll=PayrollDetails(**_values(raw, PAYROLL_FIELDS)) if raw.get("has_payroll") else None,
        status=raw["status"],
        employee_group=raw["group"],
        updated_at=datetime.fromisoformat(raw["updated_at"]) if raw["updated_at"] else None,
        unread=frozenset(SharedField(name) for name in raw["unread"]),
        oddities=tuple(
            Oddity(SharedField(name), sentence, is_usable=usable) for name, sentence, usable in raw["oddities"]
        ),
    )


def _values(raw: Mapping[str, Any], fields: Iterable[SharedField]) -> dict[str, Any]:
    found = {field.value: value_from_json(field, raw["values"].get(field.value)) for field in fields}
    return {name: value for name, value in found.items() if value is not None}


def load(
    account_id: UUID, connection_id: UUID, *, only: Iterable[UUID] | None = None
) -> list[tuple[XeroPerson, XeroEmployee]]:
    """Return everybody known in Xero who is not missing there, as row and record. Inside the account's scope."""
    rows = XeroPerson.objects.filter(
        account_id=account_id, connection_id=connection_id, missing_since__isnull=True, record__isnull=False
    )
    if only is not None:
        rows = rows.filter(xero_employee_id__in=list(only))
    return [(row, read(row)) for row in rows.order_by("xero_employee_id")]


def find(account_id: UUID, connection_id: UUID, xero_employee_id: UUID) -> XeroEmployee:
    """Return one person as Xero held them last, blank but for the id where that is not known. Inside the scope."""
    known = load(account_id, connection_id, only=[xero_employee_id])
    return known[0][1] if known else XeroEmployee(xero_employee_id)


def read(row: XeroPerson) -> XeroEmployee:
    """Return a row's record."""
    if row.record is None:
        return XeroEmployee(row.xero_employee_id)
    return person_from_json(json.loads(vault.unseal(row.account_id, row.record, column=COLUMN, row_id=row.person_id)))


def seal(account_id: UUID, connection_id: UUID, person: XeroEmployee) -> bytes:
    """Return the record sealed into its row."""
    place = XeroPerson.row_id(connection_id, person.xero_employee_id)
    return vault.seal(account_id, json.dumps(person_as_json(person)), column=COLUMN, row_id=place)


def store(rows: Iterable[XeroPerson]) -> None:
    """Write rows, new or known. Inside the account's scope."""
    XeroPerson.objects.bulk_create(
        list(rows), update_conflicts=True, unique_fields=["person_id"], update_fields=STORED, batch_size=500
    )


def store_detail(account_id: UUID, connection_id: UUID, people: Collection[XeroEmployee]) -> None:
    """Write people just read in full. Inside the account's scope."""
    now = clock.now()
    _expect_fewer(account_id, connection_id, [one for one in people if one.status == TERMINATED])
    store(
        XeroPerson(
            person_id=XeroPerson.row_id(connection_id, person.xero_employee_id),
            account_id=account_id,
            connection_id=connection_id,
            xero_employee_id=person.xero_employee_id,
            record=seal(account_id, connection_id, person),
            updated_at=person.updated_at,
            listed_at=now,
            read_at=now,
        )
        for person in people
    )


def _expect_fewer(account_id: UUID, connection_id: UUID, ended: Collection[XeroEmployee]) -> None:
    """Let the next list of active people be shorter by those who were among them and are known to have ended."""
    if not ended:
        return
    known = load(account_id, connection_id, only=[one.xero_employee_id for one in ended])
    left = sum(before.status != TERMINATED for _, before in known)
    if left:
        Connection.objects.filter(
            account_id=account_id, connection_id=connection_id, listed_people__isnull=False
        ).update(listed_people=Greatest(F("listed_people") - left, 0))


def take_list_row(row: XeroPerson, listed: XeroEmployee, *, now: datetime) -> bool:
    """Bring a row up to date with a row of Xero's list; say whether the record itself was replaced.

    A person whose UpdatedDateUTC did not move is not read again.
    """
    row.listed_at, row.missing_since = now, None
    is_same = (
        row.record is not None
        and listed.updated_at is not None
        and row.updated_at is not None
        and listed.updated_at <= row.updated_at
    )
    if is_same and not row.unreadable:
        return False
    row.record = seal(row.account_id, row.connection_id, listed)
    row.updated_at, row.read_at, row.unreadable = listed.updated_at, None, ""
    return True


def want(account_id: UUID, connection_id: UUID, xero_employee_id: UUID) -> None:
    """Ask the next reading for a person's details. Inside the account's scope."""
    XeroPerson.objects.filter(
        account_id=account_id, connection_id=connection_id, xero_employee_id=xero_employee_id
    ).update(wants_detail=True)


def unlinked(account_id: UUID, connection_id: UUID) -> set[UUID]:
    """Return the people in Xero who are linked to none of ours. Inside the account's scope."""
    linked = Binding.objects.filter(account_id=account_id, connection_id=connection_id)
    rows = XeroPerson.objects.filter(account_id=account_id, connection_id=connection_id, missing_since__isnull=True)
    return set(
        rows.exclude(xero_employee_id__in=linked.values("xero_employee_id")).values_list("xero_employee_id", flat=True)
    )
