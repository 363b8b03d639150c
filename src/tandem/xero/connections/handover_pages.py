"""Hand-over tasks as people may see them: why, and who leaves, only for those who may know of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tandem.access.records import MemberRecord
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.people.prospects import ProspectKind
from tandem.people.selectors import knows_of_leaving
from tandem.xero.connections import assembling, handover
from tandem.xero.connections.evidence import Evidence
from tandem.xero.connections.holders import ROLES
from tandem.xero.models import Connection, Grant, HandoverReason, HandoverTask

#: What an administrator of users did; the record does not show it.
OF_ACCESS = frozenset({ProspectKind.LOCK.value, ProspectKind.ROLE_CHANGE.value})
CLOSED_SHOWN = 20


@dataclass(frozen=True)
class ReasonRecord:
    """Why a hand-over is needed."""

    kind: ProspectKind
    last_safe_on: date
    is_private: bool
    noted_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class HandoverRecord:
    """One hand-over task. Whose it is and why are blank for those who may not know: the day alone is left."""

    task_id: UUID
    grant_id: UUID | None
    employee_id: UUID | None
    role: str
    last_safe_on: date
    writes_stop_on: date | None
    opened_at: datetime
    owner_user_id: UUID | None
    put_off_until: date | None
    closed_at: datetime | None
    closed_because: str
    reasons: tuple[ReasonRecord, ...]
    holder_name: str
    second_name: str

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to act."""
        return self.closed_at is None

    @property
    def may_know_why(self) -> bool:
        """Say whether the reasons, and with them the person, are shown."""
        return bool(self.reasons)


@dataclass(frozen=True)
class HandoverPage:
    """One task with its proof: who else authorised, what of it is proved, and who could still do it."""

    task: HandoverRecord
    second_authorised_at: datetime | None
    second_proved_at: datetime | None
    second_is_refused: bool
    retired_at: datetime | None
    candidates: tuple[MemberRecord, ...]


@scoped_part
def list_handovers(actor: Actor) -> list[HandoverRecord]:
    """Return the open tasks, the most pressing first."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = HandoverTask.objects.filter(account_id=actor.account_id, closed_at__isnull=True)
    return _records(actor, list(rows.select_related("grant").order_by("last_safe_on", "opened_at")))


@scoped_part
def list_closed_handovers(actor: Actor) -> list[HandoverRecord]:
    """Return the tasks that were closed last, the newest first."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = HandoverTask.objects.filter(account_id=actor.account_id, closed_at__isnull=False)
    return _records(actor, list(rows.select_related("grant").order_by("-closed_at")[:CLOSED_SHOWN]))


@scoped_part
def find_open_handover(actor: Actor, *, employee_id: UUID) -> UUID | None:
    """Return the open task about somebody's grant, for the way on from the form that opened it."""
    rows = HandoverTask.objects.filter(account_id=actor.account_id, closed_at__isnull=True, employee_id=employee_id)
    return rows.order_by("last_safe_on").values_list("task_id", flat=True).first()


@scoped_part
def get_handover(actor: Actor, *, task_id: UUID) -> HandoverPage:
    """Return one task, open or closed; raise NotFound."""
    actor.require(Permission.VIEW_INTEGRATION)
    row = HandoverTask.objects.select_related("grant").filter(account_id=actor.account_id, task_id=task_id).first()
    if row is None:
        raise NotFound
    (task,) = _records(actor, [row])
    may_act = actor.may(Permission.MANAGE_INTEGRATION)
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    live = list(Grant.objects.filter(account_id=actor.account_id, role__in=ROLES).order_by("role"))
    second = _second(row.grant, live) if task.may_know_why else None
    facts = _facts_of(assembling.assemble(connection, account_id=actor.account_id), second)
    return HandoverPage(
        task=task,
        second_authorised_at=second.authorised_at if second else None,
        second_proved_at=facts[0],
        second_is_refused=facts[1],
        retired_at=row.grant.retired_at if task.may_know_why else None,
        candidates=tuple(handover.who_stays(actor)) if task.may_know_why and may_act else (),
    )


def knows_why(actor: Actor, row: HandoverTask) -> bool:
    """Say whether the actor may know why a task is there. Inside the account's scope."""
    (task,) = _records(actor, [row])
    return task.may_know_why


def _second(going: Grant, live: list[Grant]) -> Grant | None:
    """Return the grant of another person that can carry on: the one in place now, or the standby."""
    others = (one for one in live if one.xero_userid != going.xero_userid)
    return next(others, None)


def _facts_of(evidence: Evidence, grant: Grant | None) -> tuple[datetime | None, bool]:
    """Return when a grant read payroll last, and whether Xero refuses it."""
    known = [one for one in (evidence.primary, evidence.standby) if one and grant and one.grant_id == grant.grant_id]
    if not known:
        return None, False
    facts = known[0]
    return facts.payroll.ok_at, facts.payroll.is_refused or facts.token.is_refused


def _records(actor: Actor, rows: list[HandoverTask]) -> list[HandoverRecord]:
    reasons: dict[UUID, list[HandoverReason]] = {row.task_id: [] for row in rows}
    known = HandoverReason.objects.filter(account_id=actor.account_id, task_id__in=list(reasons))
    for reason in known.order_by("last_safe_on", "kind"):
        reasons[reason.task_id].append(reason)
    live = list(Grant.objects.filter(account_id=actor.account_id, role__in=ROLES).order_by("role"))
    return [_record(actor, row, reasons[row.task_id], _second(row.grant, live)) for row in rows]


def _record(actor: Actor, row: HandoverTask, reasons: list[HandoverReason], second: Grant | None) -> HandoverRecord:
    seen = [one for one in reasons if _may_know(actor, one, row.employee_id)]
    standing = [one for one in seen if one.ended_at is None] or (seen if row.closed_at else [])
    return HandoverRecord(
        task_id=row.task_id,
        grant_id=row.grant_id if standing else None,
        employee_id=row.employee_id if standing else None,
        role=row.grant.role if standing else "",
        last_safe_on=row.last_safe_on,
        writes_stop_on=row.writes_stop_on if standing else None,
        opened_at=row.opened_at,
        owner_user_id=row.owner_user_id,
        put_off_until=row.put_off_until,
        closed_at=row.closed_at,
        closed_because=row.closed_because,
        reasons=tuple(
            ReasonRecord(ProspectKind(one.kind), one.last_safe_on, one.is_private, one.noted_at, one.ended_at)
            for one in standing
        ),
        holder_name=row.grant.holder_name if standing else "",
        second_name=second.holder_name if second and standing else "",
    )


def _may_know(actor: Actor, reason: HandoverReason, employee_id: UUID | None) -> bool:
    """Say whether the actor may know of a reason: whoever sees the record, and for access whoever manages users."""
    if reason.kind in OF_ACCESS:
        return actor.may(Permission.MANAGE_USERS)
    if not actor.may(Permission.VIEW_EMPLOYEES):
        return False
    return not reason.is_private or employee_id is None or knows_of_leaving(actor, employee_id=employee_id)
