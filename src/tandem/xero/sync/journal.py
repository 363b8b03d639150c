"""Every intent before its call, every outcome after it. Append-only; ids and codes, never a value."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client.errors import TimedOut, Unreachable
from tandem.xero.models import JournalEntry, Step
from tandem.xero.sync.pages import StepStatus

EVENTS = {
    "applied": Event.WRITE_APPLIED,
    "adopted": Event.WRITE_APPLIED,
    "rejected": Event.WRITE_REJECTED,
    "unknown": Event.WRITE_UNKNOWN,
}
#: After these nothing is repeated, so what was sent is no longer kept (safety.md).
FINAL = frozenset({"applied", "adopted", "rejected", "skipped", "given_up"})
#: The turn of an announced write never came, so nothing was sent.
STEPPED_BACK = "stepped_back"
#: An announced write ended in one of these before a connection to Xero stood.
NEVER_LEFT = frozenset({Unreachable.code, TimedOut.code})
STATUSES = {
    "intended": StepStatus.INTENDED,
    "applied": StepStatus.APPLIED,
    "adopted": StepStatus.APPLIED,
    "rejected": StepStatus.REJECTED,
    "unknown": StepStatus.UNKNOWN,
    "given_up": StepStatus.UNKNOWN,
    "skipped": StepStatus.SKIPPED,
}


def _nothing(name: str) -> None:
    """Do nothing; a crash test puts something worse in its place."""
    del name


#: Called at every journal boundary with its name, so that a test can stop the world exactly there.
at_boundary: Callable[[str], None] = _nothing


def write(
    row: Step, event: str, *, code: str = "", correlation_id: str = "", xero_employee_id: UUID | None = None
) -> None:
    """Append one entry and bring the row's own state up to date. Inside the account's scope."""
    now = clock.now()
    JournalEntry.objects.create(
        account_id=row.account_id,
        step=row,
        at=now,
        event=event,
        idempotency_key=row.idempotency_key,
        request_digest=digest(row),
        code=code[:60],
        correlation_id=correlation_id[:60],
        xero_employee_id=xero_employee_id or row.xero_employee_id,
    )
    if event in STATUSES:
        row.status = STATUSES[event].value
    if event == "intended":
        row.intended_at, row.attempts = now, row.attempts + 1
    elif event in STATUSES:
        row.outcome_code, row.outcome_at = code[:60], now
    if event in FINAL:
        row.request = None
    row.xero_employee_id = xero_employee_id or row.xero_employee_id
    row.save()
    if event in EVENTS:
        _tell(row, event)


def _tell(row: Step, event: str) -> None:
    """Put an outcome at Xero on the account's timeline."""
    record(
        Actor.system(row.account_id, because="sync"),
        EVENTS[event],
        subject_kind="step",
        subject_id=row.step_id,
        facts={"run": str(row.run_id), "verb": row.verb, "fields": list(row.fields), "code": row.outcome_code},
    )


def digest(row: Step) -> str:
    """Return a digest of the sealed request, which proves that a retry repeated it."""
    return hashlib.sha256(bytes(row.request)).hexdigest() if row.request else ""


def first_intent_at(row: Step, *, key: str = "") -> datetime | None:
    """Return when a write was first announced, or first under one key. Inside the account's scope."""
    entries = JournalEntry.objects.filter(account_id=row.account_id, step=row, event="intended")
    if key:
        entries = entries.filter(idempotency_key=key)
    return entries.order_by("entry_id").values_list("at", flat=True).first()


def may_have_left(row: Step) -> bool:
    """Say whether Xero may have got what was announced under a row's key; a worker that died counts as one that sent.

    Inside the account's scope.
    """
    entries = JournalEntry.objects.filter(account_id=row.account_id, step=row, idempotency_key=row.idempotency_key)
    told = list(entries.values_list("event", "code"))
    announced = sum(event == "intended" for event, _ in told)
    kept = sum(event == STEPPED_BACK or (event == "unknown" and code in NEVER_LEFT) for event, code in told)
    return announced > kept
