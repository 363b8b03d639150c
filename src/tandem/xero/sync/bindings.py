"""Confirmed pairs and what both sides agreed on last. Inside the account's scope."""

import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection as database
from django.db.models import Q

from tandem.kernel import clock
from tandem.tenancy import vault
from tandem.xero.mapping.fields import OF_PAYROLL, FieldValue, SharedField
from tandem.xero.models import Binding
from tandem.xero.sync.plan import FieldChange
from tandem.xero.sync.records import Base
from tandem.xero.sync.stored import base_as_json, base_from_json

CREATED_IN_HR = "created_in_hr"
CREATED_IN_XERO = "created_in_xero"
ADOPTED_IN_XERO = "adopted_in_xero"
PERSON = "person"
PAYROLL_COLUMN = "xero_binding.payroll_base"


class AlreadyLinked(Exception):
    """One of the two belongs to another pair already."""


def bind(
    account_id: UUID,
    connection_id: UUID,
    *,
    employee_id: UUID,
    xero_employee_id: UUID,
    matched_by: str,
    base: Mapping[SharedField, FieldValue] | None = None,
    seen_revision: int = 0,
) -> Binding:
    """Store a pair, or return it if it is stored already; raise AlreadyLinked if either is somebody else's."""
    known = Binding.objects.filter(account_id=account_id, connection_id=connection_id).filter(
        Q(employee_id=employee_id) | Q(xero_employee_id=xero_employee_id)
    )
    for row in known:
        if (row.employee_id, row.xero_employee_id) != (employee_id, xero_employee_id):
            raise AlreadyLinked
        return row
    row = Binding(
        account_id=account_id,
        connection_id=connection_id,
        employee_id=employee_id,
        xero_employee_id=xero_employee_id,
        matched_by=matched_by,
        bound_at=clock.now(),
        seen_revision=seen_revision,
    )
    put_base(row, base or {})
    row.save(force_insert=True)
    return row


def base_of(row: Binding) -> Base:
    """Return what both sides agreed on last, payroll details included."""
    sealed = row.payroll_base
    if sealed is None:
        return base_from_json(row.base)
    text = vault.unseal(row.account_id, sealed, column=PAYROLL_COLUMN, row_id=row.binding_id)
    return base_from_json({**row.base, **json.loads(text)})


def put_base(row: Binding, base: Base) -> None:
    """Put a whole base into a row, what is payroll's sealed; the caller saves it."""
    of_payroll = {field: value for field, value in base.items() if field in OF_PAYROLL}
    row.base = base_as_json({field: value for field, value in base.items() if field not in OF_PAYROLL})
    text = json.dumps(base_as_json(of_payroll))
    sealed = vault.seal(row.account_id, text, column=PAYROLL_COLUMN, row_id=row.binding_id) if of_payroll else None
    row.payroll_base = sealed


def agree(
    account_id: UUID, connection_id: UUID, *, employee_id: UUID, values: Mapping[SharedField, FieldValue]
) -> None:
    """Note that both sides hold these values now, which ends what an undo held and what was in doubt."""
    row = _locked(account_id, connection_id, employee_id)
    if row is None:
        return
    put_base(row, {**base_of(row), **values})
    agreed = {field.value for field in values}
    row.held = [name for name in row.held if name not in agreed]
    row.doubted = [name for name in row.doubted if name not in agreed]
    row.save(update_fields=["base", "payroll_base", "held", "doubted"])


def hold(account_id: UUID, connection_id: UUID, *, employee_id: UUID, changes: Iterable[FieldChange]) -> None:
    """Put the base back as it was before a run, and let these fields flow nowhere until a person has decided."""
    row = _locked(account_id, connection_id, employee_id)
    if row is None:
        return
    base = dict(base_of(row))
    for change in changes:
        base.pop(change.field, None)
        if change.has_base:
            base[change.field] = change.base
        row.held = sorted({*row.held, change.field.value})
    put_base(row, base)
    row.save(update_fields=["base", "payroll_base", "held"])


def doubt(account_id: UUID, connection_id: UUID, *, employee_id: UUID, fields: Iterable[SharedField]) -> None:
    """Let fields flow nowhere before a person has decided: Xero may hold a later edit of what Tandem wrote there."""
    row = _locked(account_id, connection_id, employee_id)
    if row is None:
        return
    row.doubted = sorted({*row.doubted, *(field.value for field in fields)})
    row.save(update_fields=["doubted"])


def held_fields(row: Binding) -> frozenset[SharedField]:
    """Return the fields of a pair that wait for a person since an undo."""
    return frozenset(field for field in SharedField if field.value in row.held)


def doubted_fields(row: Binding) -> frozenset[SharedField]:
    """Return the fields of a pair that wait for a person since a write that Xero never confirmed."""
    return frozenset(field for field in SharedField if field.value in row.doubted)


def _locked(account_id: UUID, connection_id: UUID, employee_id: UUID) -> Binding | None:
    rows = Binding.objects.select_for_update()
    return rows.filter(account_id=account_id, connection_id=connection_id, employee_id=employee_id).first()


def note_quiet(account_id: UUID, connection_id: UUID, revisions: Mapping[UUID, int]) -> None:
    """Note at which revision of ours nothing was left to tell Xero, so that pages need not compare again."""
    rows = Binding.objects.filter(
        account_id=account_id, connection_id=connection_id, employee_id__in=list(revisions)
    ).only("binding_id", "employee_id", "seen_revision")
    changed = [row for row in rows if row.seen_revision != revisions[row.employee_id]]
    for row in changed:
        row.seen_revision = revisions[row.employee_id]
    Binding.objects.bulk_update(changed, ["seen_revision"], batch_size=500)


def follow_import(account_id: UUID, connection_id: UUID, employee_id: UUID, *, before: int, after: int) -> None:
    """Keep somebody quiet whom an import alone has changed."""
    Binding.objects.filter(
        account_id=account_id, connection_id=connection_id, employee_id=employee_id, seen_revision=before
    ).update(seen_revision=after)


WITH_NEWS = """
SELECT e.employee_id FROM people_employee e
LEFT JOIN xero_binding b ON b.employee_id = e.employee_id AND b.connection_id = %(connection)s
WHERE e.account_id = %(account)s
  AND (%(employee)s::uuid IS NULL OR e.employee_id = %(employee)s)
  AND (b.seen_revision <> e.revision OR (b.employee_id IS NULL AND e.status <> 'terminated'))
"""


def with_news(account_id: UUID, connection_id: UUID, *, employee_id: UUID | None = None) -> list[UUID]:
    """Return ours who changed since nothing was left to tell Xero about them, and those linked to nobody there.

    Of everybody, or of one.
    """
    asked = {"account": account_id, "connection": connection_id, "employee": employee_id}
    with database.cursor() as cursor:
        cursor.execute(WITH_NEWS, asked)
        return [row[0] for row in cursor.fetchall()]


def is_linked(account_id: UUID, connection_id: UUID, employee_id: UUID) -> bool:
    """Say whether one of ours is linked."""
    return Binding.objects.filter(account_id=account_id, connection_id=connection_id, employee_id=employee_id).exists()


def linked_in_xero(account_id: UUID, connection_id: UUID, xero_employee_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of theirs are linked."""
    rows = Binding.objects.filter(
        account_id=account_id, connection_id=connection_id, xero_employee_id__in=list(xero_employee_ids)
    )
    return set(rows.values_list("xero_employee_id", flat=True))
