"""Read employees and branches, always for an actor."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.people.errors import EmployeeNotFound
from tandem.people.models import Branch, Employee
from tandem.people.records import (
    Address,
    DeletedRecord,
    EmployeeRecord,
    EmployeeStatus,
    Gender,
    NamedRecord,
    TerminationReason,
    name_read_out,
)
from tandem.people.rules import without_private_leaving

PAGE_SIZE = 25
CHUNK = 500
HISTORY_LENGTH = 50

#: Columns as people know them: the address is one field in six columns.
FIELD_OF_COLUMN = {
    "employee_number": "employee_number",
    "title": "title",
    "first_name": "first_name",
    "middle_names": "middle_names",
    "last_name": "last_name",
    "preferred_name": "preferred_name",
    "date_of_birth": "date_of_birth",
    "gender": "gender",
    "home_line1": "home_address",
    "home_line2": "home_address",
    "home_suburb": "home_address",
    "home_state": "home_address",
    "home_postcode": "home_address",
    "home_country": "home_address",
    "phone": "phone",
    "mobile": "mobile",
    "work_email": "work_email",
    "home_email": "home_email",
    "job_title": "job_title",
    "start_on": "start_on",
    "branch_id": "branch_id",
    "status": "status",
    "termination_on": "termination_on",
    "termination_reason": "termination_reason",
    "termination_is_private": "termination_is_private",
    "contract_ends_on": "contract_ends_on",
    "deleted_at": "deleted_at",
}
#: A change that shows in none of the columns is one of what belongs to the record: bank, super and tax.
PAYROLL_DETAILS = "payroll_details"
#: What tells of a termination; while it is private, the one whom it is about sees none of it.
LEAVING = frozenset({"status", "termination_on", "termination_reason", "termination_is_private"})


@dataclass(frozen=True)
class Page:
    """One page of a list, and where it lies in the whole."""

    rows: tuple[EmployeeRecord, ...]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True)
class HistoryEntry:
    """Who changed which fields when; never the values."""

    at: datetime
    by_user_id: UUID | None
    via: str
    fields: tuple[str, ...]
    is_first: bool


@dataclass(frozen=True)
class BranchRecord:
    """A branch, as forms offer it."""

    branch_id: UUID
    name: str
    integration_api_key: str


def as_record(row: Employee) -> EmployeeRecord:
    """Return the row as a value."""
    return EmployeeRecord(
        employee_id=row.employee_id,
        employee_number=row.employee_number,
        title=row.title,
        first_name=row.first_name,
        middle_names=row.middle_names,
        last_name=row.last_name,
        preferred_name=row.preferred_name,
        date_of_birth=row.date_of_birth,
        gender=Gender(row.gender),
        home_address=Address(
            line1=row.home_line1,
            line2=row.home_line2,
            suburb=row.home_suburb,
            state=row.home_state,
            postcode=row.home_postcode,
            country=row.home_country,
        ),
        phone=row.phone,
        mobile=row.mobile,
        work_email=row.work_email,
        home_email=row.home_email,
        job_title=row.job_title,
        start_on=row.start_on,
        branch_id=row.branch_id,
        status=EmployeeStatus(row.status),
        termination_on=row.termination_on,
        termination_reason=TerminationReason(row.termination_reason) if row.termination_reason else None,
        revision=row.revision,
        changed_at=row.changed_at,
        termination_is_private=row.termination_is_private,
        contract_ends_on=row.contract_ends_on,
    )


def employees_of(actor: Actor) -> QuerySet[Employee]:
    """Return the rows of the actor's account that are not in the recycle bin; row-level security is the net below."""
    return Employee.objects.filter(account_id=actor.account_id, deleted_at__isnull=True)


def knows_of_leaving(actor: Actor, *, employee_id: UUID) -> bool:
    """Say whether the actor may know of a termination that is not public: never the one whom it is about."""
    return actor.may(Permission.VIEW_EMPLOYEES) and actor.employee_id != employee_id


def seen_by(actor: Actor, row: Employee) -> EmployeeRecord:
    """Return the row as the actor may see it."""
    record = as_record(row)
    return record if knows_of_leaving(actor, employee_id=row.employee_id) else without_private_leaving(record)


@scoped_part
def get_employee(actor: Actor, *, employee_id: UUID) -> EmployeeRecord:
    """Return one employee; raise EmployeeNotFound. Without VIEW_EMPLOYEES a person sees only their own record."""
    if not actor.may(Permission.VIEW_EMPLOYEES) and actor.employee_id != employee_id:
        raise EmployeeNotFound
    row = employees_of(actor).filter(employee_id=employee_id).first()
    if row is None:
        raise EmployeeNotFound
    return seen_by(actor, row)


@dataclass(frozen=True)
class Leaving:
    """Whether and when somebody leaves, and whether that is nobody's business yet."""

    last_day_on: date | None
    is_terminated: bool
    is_private: bool


@scoped_part
def find_leaving(actor: Actor, *, employee_id: UUID) -> Leaving | None:
    """Return how somebody's leaving stands, for a diagnosis, which asks at every probe; None where nobody is on record."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = employees_of(actor).filter(employee_id=employee_id)
    found = rows.values_list("termination_on", "status", "termination_is_private").first()
    return Leaving(found[0], found[1] == EmployeeStatus.TERMINATED.value, found[2]) if found else None


@scoped_part
def list_names(actor: Actor) -> list[str]:
    """Return the name of everybody on record, for a check that none of them is handed out."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = Employee.objects.filter(account_id=actor.account_id).values_list("first_name", "last_name")
    return [f"{first} {last}" for first, last in rows]


@scoped_part
def list_employees(
    actor: Actor, *, search: str = "", status: EmployeeStatus | None = None, page: int = 1, size: int = PAGE_SIZE
) -> Page:
    """Return one page by last name; every word of `search` must be in a name, the employee ID or an e-mail address."""
    actor.require(Permission.VIEW_EMPLOYEES)
    found = _matching(actor, search, status)
    total = found.count()
    number = min(max(1, page), max(1, -(-total // size)))
    rows = found.order_by("last_name", "first_name", "employee_id")[(number - 1) * size : number * size]
    return Page(rows=tuple(seen_by(actor, row) for row in rows), number=number, total=total, size=size)


def _matching(actor: Actor, search: str, status: EmployeeStatus | None) -> QuerySet[Employee]:
    found = employees_of(actor)
    if status is not None:
        found = found.alias(seen_status=_seen_status(actor)).filter(seen_status=status.value)
    for word in search.replace("\x00", "").split():
        found = found.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(preferred_name__icontains=word)
            | Q(employee_number__icontains=word)
            | Q(work_email__icontains=word)
            | Q(home_email__icontains=word)
        )
    return found


def _seen_status(actor: Actor) -> Case:
    """Return the status as the actor may see it, so that no filter and no count tells people of their own termination."""
    hidden = When(
        employee_id=actor.employee_id,
        termination_is_private=True,
        status=EmployeeStatus.TERMINATING.value,
        then=Value(EmployeeStatus.CURRENT.value),
    )
    return Case(hidden, default=F("status"), output_field=CharField())


@scoped_part
def count_by_status(actor: Actor) -> dict[EmployeeStatus, int]:
    """Return how many employees have each status."""
    actor.require(Permission.VIEW_EMPLOYEES)
    counts = dict.fromkeys(EmployeeStatus, 0)
    rows = employees_of(actor).order_by().annotate(seen_status=_seen_status(actor)).values_list("seen_status")
    for status, count in rows.annotate(Count("employee_id")):
        counts[EmployeeStatus(status)] = count
    return counts


@scoped_part
def list_named(actor: Actor) -> list[NamedRecord]:
    """Return everybody as a list to pick from needs them, in one query of four columns."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = employees_of(actor).values_list(
        "employee_id", "first_name", "preferred_name", "last_name", "employee_number"
    )
    return [
        NamedRecord(one, name_read_out(first, preferred, last), number) for one, first, preferred, last, number in rows
    ]


@scoped_part
def names_of(actor: Actor, *, employee_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return full names by id, for pages about runs and conflicts."""
    actor.require(Permission.VIEW_SELF)
    rows = employees_of(actor).filter(employee_id__in=set(employee_ids))
    return {row.employee_id: as_record(row).full_name for row in rows}


@scoped_part
def list_by_id(actor: Actor, *, employee_ids: Iterable[UUID]) -> list[EmployeeRecord]:
    """Return the employees with these ids that exist, in one query."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = employees_of(actor).filter(employee_id__in=list(employee_ids)).order_by("employee_id")
    return [seen_by(actor, row) for row in rows]


@scoped_part
def list_by_number(actor: Actor, *, numbers: Iterable[str]) -> dict[str, EmployeeRecord]:
    """Return employees by their employee ID, in one query."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = employees_of(actor).filter(employee_number__in=[number for number in numbers if number])
    return {row.employee_number: seen_by(actor, row) for row in rows}


@scoped_part
def list_changed_since(actor: Actor, *, since: datetime) -> list[EmployeeRecord]:
    """Return employees changed at or after `since`, oldest change first."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = employees_of(actor).filter(changed_at__gte=since).order_by("changed_at", "employee_id")
    return [seen_by(actor, row) for row in rows]


@scoped_part
def list_by_email(actor: Actor, *, email: str) -> list[EmployeeRecord]:
    """Return employees with this work or home e-mail address, for finding who a Xero user is here."""
    actor.require(Permission.VIEW_EMPLOYEES)
    if not email:
        return []
    rows = employees_of(actor).filter(Q(work_email__iexact=email) | Q(home_email__iexact=email)).order_by("employee_id")
    return [seen_by(actor, row) for row in rows]


def iter_employees(actor: Actor) -> Iterator[EmployeeRecord]:
    """Stream every employee by id, a chunk to a transaction, so that ten thousand never lie in memory at once."""
    actor.require(Permission.VIEW_EMPLOYEES)
    after: UUID | None = None
    while chunk := _chunk(actor, after=after):
        yield from chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1].employee_id


@scoped_part
def _chunk(actor: Actor, *, after: UUID | None) -> list[EmployeeRecord]:
    rows = employees_of(actor).order_by("employee_id")
    if after is not None:
        rows = rows.filter(employee_id__gt=after)
    return [seen_by(actor, row) for row in rows[:CHUNK]]


@scoped_part
def list_deleted(actor: Actor, *, limit: int = 100) -> list[DeletedRecord]:
    """Return what lies in the recycle bin, the newest first."""
    actor.require(Permission.TERMINATE_EMPLOYEES)
    rows = Employee.objects.filter(account_id=actor.account_id, deleted_at__isnull=False).order_by("-deleted_at")
    return [_in_bin(row) for row in rows[:limit]]


def _in_bin(row: Employee) -> DeletedRecord:
    return DeletedRecord(
        row.employee_id, as_record(row).full_name, row.employee_number, row.deleted_at or row.changed_at
    )


@scoped_part
def list_branches(actor: Actor) -> list[BranchRecord]:
    """Return the account's branches by name."""
    actor.require(Permission.VIEW_SELF)
    rows = Branch.objects.filter(account_id=actor.account_id).order_by("name")
    return [BranchRecord(row.branch_id, row.name, row.integration_api_key) for row in rows]


@scoped_part
def list_history(actor: Actor, *, employee_id: UUID) -> list[HistoryEntry]:
    """Return the newest changes of one record, newest first: when, who, through what, and the names of the fields."""
    record = get_employee(actor, employee_id=employee_id)
    rows: QuerySet[Any] = (
        apps.get_model("people", "EmployeeEvent")
        .objects.filter(account_id=actor.account_id, pgh_obj_id=employee_id)
        .order_by("-pgh_id")
    )
    newest = list(rows[: HISTORY_LENGTH + 1])
    entries = [_entry(new, old) for new, old in zip(newest, [*newest[1:], None], strict=True)]
    if not knows_of_leaving(actor, employee_id=employee_id) and record.status is EmployeeStatus.CURRENT:
        entries = [entry for entry in entries if entry.is_first or not LEAVING.issuperset(entry.fields)]
    return entries[:HISTORY_LENGTH]


def _entry(new: Any, old: Any | None) -> HistoryEntry:
    changed = (
        dict.fromkeys(
            field for column, field in FIELD_OF_COLUMN.items() if getattr(new, column) != getattr(old, column)
        )
        if old is not None
        else {}
    )
    return HistoryEntry(
        at=new.changed_at,
        by_user_id=new.changed_by_id,
        via=new.changed_via,
        fields=tuple(changed) or ((PAYROLL_DETAILS,) if old is not None else ()),
        is_first=old is None,
    )
