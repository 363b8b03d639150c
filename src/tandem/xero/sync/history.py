"""What runs did, to whom, on which side and when: one line for each person a run dealt with, newest first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.people.errors import EmployeeNotFound
from tandem.people.records import EmployeeStatus
from tandem.people.selectors import get_employee, names_of
from tandem.xero.mapping.fields import SharedField
from tandem.xero.models import Step
from tandem.xero.sync import items, words
from tandem.xero.sync.pages import ChangeLine, HistoryFilter, HistoryLine, HistoryPage, ItemKind, StepStatus
from tandem.xero.sync.plan import Verb
from tandem.xero.sync.selectors import change_lines, item_outcome, item_sentence, run_title, what_was_said
from tandem.xero.sync.sight import Sight
from tandem.xero.sync.stored import step_from_json

PAGE_SIZE = 50
CHUNK = 500
SHOWN = (ItemKind.STEP.value, ItemKind.BIND.value)
NEWEST_FIRST = ("-outcome_at", "-step_id")
LEAVING = (Verb.TERMINATE.value, Verb.REINSTATE.value)
NO_LONGER_ON_RECORD = "Somebody no longer on record"


@scoped_part
def list_history(actor: Actor, *, wanted: HistoryFilter, page: int = 1, size: int = PAGE_SIZE) -> HistoryPage:
    """Return one page, newest first; raise EmployeeNotFound for a person whom the actor may not see."""
    _admit(actor, wanted)
    found = _found(actor, wanted)
    total = found.count()
    pages = max(1, -(-total // size))
    number = min(max(1, page), pages)
    start = (number - 1) * size
    lines = _lines(actor, list(found.order_by(*NEWEST_FIRST)[start : start + size]), wanted.field)
    return HistoryPage(lines, number, pages, total, first=start + 1 if lines else 0, last=start + len(lines))


def iter_history(actor: Actor, *, wanted: HistoryFilter) -> Iterator[tuple[HistoryLine, ...]]:
    """Give every line, newest first, in chunks that each are one transaction; refuse before the first is asked for."""
    _admit(actor, wanted)
    return _chunks(actor, wanted)


def _chunks(actor: Actor, wanted: HistoryFilter) -> Iterator[tuple[HistoryLine, ...]]:
    after: HistoryLine | None = None
    while chunk := _chunk(actor, wanted=wanted, after=after):
        yield chunk
        after = chunk[-1]


@scoped_part
def _chunk(actor: Actor, *, wanted: HistoryFilter, after: HistoryLine | None) -> tuple[HistoryLine, ...]:
    found = _found(actor, wanted)
    if after is not None:
        found = found.filter(Q(outcome_at__lt=after.at) | Q(outcome_at=after.at, step_id__lt=after.step_id))
    return _lines(actor, list(found.order_by(*NEWEST_FIRST)[:CHUNK]), wanted.field)


def _admit(actor: Actor, wanted: HistoryFilter) -> None:
    actor.require(Permission.VIEW_INTEGRATION)
    if wanted.employee_id is not None:
        get_employee(actor, employee_id=wanted.employee_id)


def _found(actor: Actor, wanted: HistoryFilter) -> QuerySet[Step]:
    rows = Step.objects.select_related("run").filter(
        account_id=actor.account_id, item__in=SHOWN, outcome_at__isnull=False
    )
    rows = _without_own_leaving(actor, rows)
    if wanted.employee_id is not None:
        rows = rows.filter(employee_id=wanted.employee_id)
    if wanted.since is not None:
        rows = rows.filter(outcome_at__gte=wanted.since)
    if wanted.before is not None:
        rows = rows.filter(outcome_at__lt=wanted.before)
    if wanted.target:
        rows = rows.filter(target=wanted.target)
    if wanted.field:
        rows = rows.filter(fields__contains=[wanted.field])
    return rows.filter(status=wanted.status.value) if wanted.status is not None else rows


def _without_own_leaving(actor: Actor, rows: QuerySet[Step]) -> QuerySet[Step]:
    """Keep a termination that is not public from the one whom it is about, as the history of the record does."""
    if actor.employee_id is None:
        return rows
    try:
        status = get_employee(actor, employee_id=actor.employee_id).status
    except EmployeeNotFound:
        return rows
    if status is not EmployeeStatus.CURRENT:
        return rows
    leaving = Q(verb__in=LEAVING) | Q(fields__contains=[SharedField.TERMINATION.value])
    return rows.exclude(leaving & Q(employee_id=actor.employee_id))


def _lines(actor: Actor, rows: Sequence[Step], field: str) -> tuple[HistoryLine, ...]:
    reader = Sight.of(actor)
    ids = [row.employee_id for row in rows if row.employee_id]
    names = names_of(actor, employee_ids=ids) if reader.sees_people else {}
    return tuple(_line(row, names, reader, field) for row in rows)


def _line(row: Step, names: Mapping[UUID, str], reader: Sight, field: str) -> HistoryLine:
    payload = items.payload_of(row)
    run = row.run
    return HistoryLine(
        step_id=row.step_id,
        at=row.outcome_at or run.created_at,
        employee_id=row.employee_id if row.employee_id in names else None,
        person=_person(row, names, payload) if reader.sees_people else words.HIDDEN,
        target=row.target,
        sentence=item_sentence(row, payload),
        fields=tuple(row.fields),
        changes=_changes(payload, reader, field),
        values_are_gone=row.payload is None and row.item == ItemKind.STEP.value,
        status=StepStatus(row.status),
        outcome=_outcome(row, payload, reader),
        run_id=run.run_id,
        run_title=run_title(run),
        by_user_id=run.approved_by_user_id or run.by_user_id,
    )


def _person(row: Step, names: Mapping[UUID, str], payload: Mapping[str, Any]) -> str:
    now = names.get(row.employee_id) if row.employee_id else None
    return now or str(payload.get("person") or NO_LONGER_ON_RECORD)


def _changes(payload: Mapping[str, Any], reader: Sight, field: str) -> tuple[ChangeLine, ...]:
    if "step" not in payload:
        return ()
    wanted = (one for one in step_from_json(payload["step"]).changes if field in ("", one.field.value))
    return change_lines(wanted, reader)


def _outcome(row: Step, payload: Mapping[str, Any], reader: Sight) -> str:
    """Say how it ended; what a side answered only to those who may see people."""
    return item_outcome(row, StepStatus(row.status), what_was_said(row, payload) if reader.sees_people else "")
