"""Fields that both sides changed: kept until a person decides, and applied by the next run."""

import json
import uuid
from collections.abc import Iterable
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.matching.matching import Side
from tandem.xero.models import IN_USE
from tandem.xero.models import Conflict as ConflictRow
from tandem.xero.sync.plan import Conflict
from tandem.xero.sync.snapshots import CONFLICT_COLUMN
from tandem.xero.sync.stored import conflict_as_json


def note(actor: Actor, connection_id: UUID, run_id: UUID, found: Iterable[Conflict]) -> None:
    """Open what is new and bring what is open up to date; a decision holds only for the values it was made on."""
    open_rows = ConflictRow.objects.filter(
        account_id=actor.account_id, connection_id=connection_id, closed_at__isnull=True
    )
    known = {(row.employee_id, row.field): row for row in open_rows.select_for_update()}
    for conflict in found:
        text = json.dumps(conflict_as_json(conflict), sort_keys=True)
        digest = vault.fingerprint(actor.account_id, text, purpose="conflict")
        row = known.get((conflict.employee_id, conflict.field.value))
        if row is None:
            _open(actor, connection_id, run_id, conflict, text, digest)
        elif row.values_digest != digest:
            row.values_sealed = _sealed(actor.account_id, row.conflict_id, text)
            row.values_digest, row.run_id = digest, run_id
            row.decision, row.decided_at, row.decided_by_user_id = "", None, None
            row.save()


def _open(actor: Actor, connection_id: UUID, run_id: UUID, conflict: Conflict, text: str, digest: str) -> None:
    conflict_id = uuid.uuid4()
    ConflictRow.objects.create(
        conflict_id=conflict_id,
        account_id=actor.account_id,
        connection_id=connection_id,
        run_id=run_id,
        employee_id=conflict.employee_id,
        field=conflict.field.value,
        values_sealed=_sealed(actor.account_id, conflict_id, text),
        values_digest=digest,
        opened_at=clock.now(),
    )
    record(
        actor,
        Event.CONFLICT_OPENED,
        subject_kind="employee",
        subject_id=conflict.employee_id,
        facts={"field": conflict.field.value, "run": str(run_id)},
    )


def _sealed(account_id: UUID, conflict_id: UUID, text: str) -> bytes:
    return vault.seal(account_id, text, column=CONFLICT_COLUMN, row_id=conflict_id)


def settle(account_id: UUID, connection_id: UUID, employee_id: UUID, fields: Iterable[str]) -> None:
    """Close the conflicts about fields on which both sides agree now; their values go. Inside the account's scope."""
    now = clock.now()
    rows = ConflictRow.objects.filter(
        account_id=account_id,
        connection_id=connection_id,
        employee_id=employee_id,
        field__in=list(fields),
        closed_at__isnull=True,
    )
    rows.exclude(decision="").update(applied_at=now, closed_at=now, values_sealed=None)
    rows.update(closed_at=now, values_sealed=None)


@scoped
def decide_conflict(actor: Actor, conflict_id: UUID, *, keep: Side) -> None:
    """Say which side's value is right; the next run writes it to the other."""
    actor.require(Permission.MANAGE_INTEGRATION)
    row = (
        ConflictRow.objects.select_for_update(of=("self",))
        .filter(account_id=actor.account_id, conflict_id=conflict_id, closed_at__isnull=True, **IN_USE)
        .first()
    )
    if row is None:
        raise NotFound(
            "This conflict is no longer open: both sides agree, or a run has applied a decision. Nothing was changed."
        )
    write_decision(actor, row, keep=Side(keep))


def write_decision(actor: Actor, row: ConflictRow, *, keep: Side) -> None:
    """Store and journal which value of one open conflict is right. Inside the account's scope, with the row locked."""
    row.decision, row.decided_at, row.decided_by_user_id = keep.value, clock.now(), actor.user_id
    row.save(update_fields=["decision", "decided_at", "decided_by_user_id"])
    record(
        actor,
        Event.CONFLICT_DECIDED,
        subject_kind="employee",
        subject_id=row.employee_id,
        facts={"field": row.field, "keep": row.decision},
    )
