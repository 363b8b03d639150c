"""Hire, edit, terminate, reinstate, delete and restore. One transaction each; the timeline gets field names, never values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped
from tandem.people import rules
from tandem.people.errors import ChangedMeanwhile, EmployeeNotFound, NumberTaken
from tandem.people.models import Branch, Employee
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, EmployeeStatus, TerminationReason
from tandem.people.selectors import BranchRecord, as_record, employees_of, seen_by
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event

#: What a change came through: a person at a screen, the daily job, or "xero run <id>".
ON_SCREEN = "screen"
NIGHTLY = "nightly"

ADDRESS_COLUMNS = {f"home_{item.name}": item.name for item in fields(Address)}
ASSIGNED_NUMBER = re.compile(r"^E[0-9]{5}$")


@scoped
def hire_employee(actor: Actor, *, details: EmployeeDetails, via: str = ON_SCREEN) -> EmployeeRecord:
    """Add an employee; a blank employee ID gets the next free one."""
    actor.require(Permission.EDIT_EMPLOYEES)
    _raise_if(rules.check_details(details, today=_today(actor)))
    _check_branch(actor, details.branch_id)
    columns = _columns({item.name: getattr(details, item.name) for item in fields(EmployeeDetails)})
    columns["employee_number"] = columns["employee_number"] or _next_number(actor)
    employee = Employee(account_id=actor.account_id, **columns)
    _stamp(employee, actor, via)
    try:
        with transaction.atomic():
            employee.save(force_insert=True)
    except IntegrityError as error:
        raise _explained(error, employee) from error
    record(actor, Event.EMPLOYEE_HIRED, subject_kind="employee", subject_id=employee.employee_id, facts={"via": via})
    return as_record(employee)


@scoped
def edit_employee(
    actor: Actor,
    *,
    employee_id: UUID,
    changes: Mapping[str, object],
    via: str = ON_SCREEN,
    seen_revision: int | None = None,
) -> EmployeeRecord:
    """Save the fields that really change; with `seen_revision`, raise ChangedMeanwhile when the record moved on."""
    actor.require(Permission.EDIT_EMPLOYEES)
    employee = _locked(actor, employee_id)
    before = as_record(employee)
    if seen_revision is not None and seen_revision != before.revision:
        raise ChangedMeanwhile
    wanted = {name: value for name, value in changes.items() if getattr(before, name) != value}
    if not wanted:
        return seen_by(actor, employee)
    _raise_if(rules.check_changes(before, wanted, today=_today(actor)))
    _check_branch(actor, wanted.get("branch_id"))
    _save(employee, _columns(wanted), actor, via)
    record(
        actor,
        Event.EMPLOYEE_EDITED,
        subject_kind="employee",
        subject_id=employee_id,
        facts={"fields": sorted(wanted), "via": via},
    )
    return seen_by(actor, employee)


@scoped
def terminate_employee(
    actor: Actor,
    *,
    employee_id: UUID,
    termination_on: date,
    reason: TerminationReason | None,
    is_private: bool = False,
    via: str = ON_SCREEN,
) -> EmployeeRecord:
    """End the employment on a day: Terminating while that day is still worked, Terminated after it.

    A person must give the reason; an old record in Xero may lack one, and is taken as it is. `is_private` keeps it from
    everybody who may not see the record, from Xero, and from the one whom it is about.
    """
    actor.require(Permission.TERMINATE_EMPLOYEES)
    _refuse_own(actor, employee_id)
    employee = _locked(actor, employee_id)
    before = as_record(employee)
    problems = rules.check_termination(before, termination_on=termination_on, reason=reason)
    _raise_if(problem for problem in problems if via == ON_SCREEN or problem.field != "termination_reason")
    status = rules.status_on(termination_on, _today(actor))
    columns = {
        "status": status.value,
        "termination_on": termination_on,
        "termination_reason": reason.value if reason else "",
        "termination_is_private": is_private,
    }
    if all(getattr(employee, name) == value for name, value in columns.items()):
        return before
    _save(employee, columns, actor, via)
    event = Event.EMPLOYEE_EDITED if _is_secret(employee) else EVENT_OF[status]
    record(actor, event, subject_kind="employee", subject_id=employee_id, facts={"via": via})
    return as_record(employee)


@scoped
def reinstate_employee(actor: Actor, *, employee_id: UUID, via: str = ON_SCREEN) -> EmployeeRecord:
    """Make a leaver current again; the termination date and reason are cleared."""
    actor.require(Permission.TERMINATE_EMPLOYEES)
    _refuse_own(actor, employee_id)
    employee = _locked(actor, employee_id)
    if employee.status == EmployeeStatus.CURRENT.value:
        return as_record(employee)
    columns = {
        "status": EmployeeStatus.CURRENT.value,
        "termination_on": None,
        "termination_reason": "",
        "termination_is_private": False,
    }
    event = Event.EMPLOYEE_EDITED if _is_secret(employee) else Event.EMPLOYEE_REINSTATED
    _save(employee, columns, actor, via)
    record(actor, event, subject_kind="employee", subject_id=employee_id, facts={"via": via})
    return as_record(employee)


@scoped
def set_contract_end(
    actor: Actor, *, employee_id: UUID, contract_ends_on: date | None, via: str = ON_SCREEN
) -> EmployeeRecord:
    """Say on which day a fixed-term contract ends; None takes it back. The employment itself goes on until terminated."""
    actor.require(Permission.EDIT_EMPLOYEES)
    employee = _locked(actor, employee_id)
    before = as_record(employee)
    _raise_if(rules.check_contract_end(before, contract_ends_on=contract_ends_on))
    if before.contract_ends_on == contract_ends_on:
        return seen_by(actor, employee)
    _save(employee, {"contract_ends_on": contract_ends_on}, actor, via)
    record(
        actor,
        Event.EMPLOYEE_EDITED,
        subject_kind="employee",
        subject_id=employee_id,
        facts={"fields": ["contract_ends_on"], "via": via},
    )
    return seen_by(actor, employee)


def touch(actor: Actor, *, employee_id: UUID, via: str = ON_SCREEN) -> int:
    """Move a record's revision on where something that belongs to it changed, and return it. Inside the account's scope.

    Its history says when, by whom and through what.
    """
    employee = _locked(actor, employee_id)
    _save(employee, {}, actor, via)
    return employee.revision


@scoped
def delete_employee(actor: Actor, *, employee_id: UUID, via: str = ON_SCREEN) -> EmployeeRecord:
    """Put a record into the recycle bin: out of every list, to be restored until it is purged."""
    actor.require(Permission.TERMINATE_EMPLOYEES)
    _refuse_own(actor, employee_id)
    employee = _locked(actor, employee_id)
    _save(employee, {"deleted_at": clock.now()}, actor, via)
    record(actor, Event.EMPLOYEE_DELETED, subject_kind="employee", subject_id=employee_id, facts={"via": via})
    return as_record(employee)


@scoped
def restore_employee(actor: Actor, *, employee_id: UUID, via: str = ON_SCREEN) -> EmployeeRecord:
    """Take a record out of the recycle bin, as it was."""
    actor.require(Permission.TERMINATE_EMPLOYEES)
    rows = Employee.objects.select_for_update(of=("self",)).filter(account_id=actor.account_id)
    employee = rows.filter(employee_id=employee_id, deleted_at__isnull=False).first()
    if employee is None:
        raise EmployeeNotFound
    _save(employee, {"deleted_at": None}, actor, via)
    record(actor, Event.EMPLOYEE_RESTORED, subject_kind="employee", subject_id=employee_id, facts={"via": via})
    return as_record(employee)


def complete_due_terminations(account: AccountRecord) -> list[UUID]:
    """Turn Terminating into Terminated where the last day is over in the account's time zone; return who.

    Running it twice, or a day late, changes nothing more.
    """
    actor = Actor.system(account.account_id, because=NIGHTLY)
    today = clock.today_in(account.time_zone)
    with scope(account.account_id):
        due = (
            employees_of(actor)
            .select_for_update()
            .filter(status=EmployeeStatus.TERMINATING.value, termination_on__lt=today)
        )
        left = [row for row in due.order_by("employee_id") if rules.is_termination_due(as_record(row), today)]
        for employee in left:
            _save(employee, {"status": EmployeeStatus.TERMINATED.value}, actor, NIGHTLY)
            record(
                actor,
                Event.EMPLOYEE_TERMINATED,
                subject_kind="employee",
                subject_id=employee.employee_id,
                facts={"via": NIGHTLY},
            )
        return [employee.employee_id for employee in left]


@scoped
def ensure_branch(
    actor: Actor,
    *,
    name: str,
    is_legal_entity: bool = False,
    parent_id: UUID | None = None,
    integration_api_key: str = "",
) -> BranchRecord:
    """Return the branch of this name, making it when there is none."""
    actor.require(Permission.EDIT_EMPLOYEES)
    row, _ = Branch.objects.get_or_create(
        account_id=actor.account_id,
        name=name,
        defaults={
            "is_legal_entity": is_legal_entity,
            "parent_id": parent_id,
            "integration_api_key": integration_api_key,
        },
    )
    return BranchRecord(row.branch_id, row.name, row.integration_api_key)


EVENT_OF = {
    EmployeeStatus.TERMINATING: Event.EMPLOYEE_TERMINATING,
    EmployeeStatus.TERMINATED: Event.EMPLOYEE_TERMINATED,
}


def _is_secret(employee: Employee) -> bool:
    """Say whether the timeline, which the leaver may read or export too, must not know of this termination yet."""
    return employee.termination_is_private and employee.status == EmployeeStatus.TERMINATING.value


def _today(actor: Actor) -> date:
    return clock.today_in(get_account(actor.account_id).time_zone)


def _refuse_own(actor: Actor, employee_id: UUID) -> None:
    """Refuse to let people end, or take back, their own employment: a private one would tell them of itself."""
    if actor.employee_id == employee_id:
        raise Invalid(Problem("", "This is your own record. Ask somebody else who may terminate employees."))


def _locked(actor: Actor, employee_id: UUID) -> Employee:
    employee = employees_of(actor).select_for_update(of=("self",)).filter(employee_id=employee_id).first()
    if employee is None:
        raise EmployeeNotFound
    return employee


def _columns(values: Mapping[str, object]) -> dict[str, object]:
    """Return field values as column values; the address becomes its six columns."""
    columns = {name: value for name, value in values.items() if name != "home_address"}
    address = values.get("home_address")
    if isinstance(address, Address):
        columns |= {column: getattr(address, part) for column, part in ADDRESS_COLUMNS.items()}
    return columns


def _stamp(employee: Employee, actor: Actor, via: str) -> None:
    employee.changed_at, employee.changed_by_id, employee.changed_via = clock.now(), actor.user_id, via


def _save(employee: Employee, columns: Mapping[str, object], actor: Actor, via: str) -> None:
    for name, value in columns.items():
        setattr(employee, name, value)
    employee.revision += 1
    _stamp(employee, actor, via)
    names = [*columns, "revision", "changed_at", "changed_by_id", "changed_via"]
    try:
        with transaction.atomic():
            employee.save(update_fields=names)
    except IntegrityError as error:
        raise _explained(error, employee) from error


def _explained(error: IntegrityError, employee: Employee) -> Exception:
    cause = error.__cause__
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", "")
    return NumberTaken(employee.employee_number) if constraint == "people_employee_number" else error


def _raise_if(problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise Invalid(*found)


def _check_branch(actor: Actor, branch_id: object) -> None:
    if not isinstance(branch_id, UUID):
        return
    if not Branch.objects.filter(account_id=actor.account_id, branch_id=branch_id).exists():
        raise Invalid(Problem("branch_id", "This branch is gone. Choose another."))


def _next_number(actor: Actor) -> str:
    """Return the next free number; an advisory lock keeps two hires at once from getting the same one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"employee number {actor.account_id}"])
    newest = (
        Employee.objects.filter(account_id=actor.account_id)
        .filter(employee_number__gte="E00000", employee_number__lte="E99999")
        .filter(employee_number__regex=ASSIGNED_NUMBER.pattern)
        .order_by("-employee_number")
        .values_list("employee_number", flat=True)
        .first()
    )
    return f"E{int(newest[1:]) + 1 if newest else 1:05d}"
