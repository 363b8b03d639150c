"""Enter candidates, change them, hire them, join them to the record they already have, or remove them for good."""

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.people.actions import NIGHTLY, edit_employee, hire_employee
from tandem.people.candidate_rules import (
    CandidateDetails,
    CandidateRecord,
    Lookalikes,
    Person,
    check_candidate,
    employee_details,
    find_lookalikes,
    taken_over,
)
from tandem.people.doubles import list_identities
from tandem.people.errors import ChangedMeanwhile
from tandem.people.models import Candidate
from tandem.people.records import EmployeeRecord
from tandem.people.selectors import get_employee, list_by_id
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event

VIA = "candidate"
GONE = "This candidate was hired or removed already. Nothing was changed."


@scoped
def enter_candidate(actor: Actor, *, details: CandidateDetails) -> UUID:
    """Put somebody who may be hired on the list; return their id."""
    actor.require(Permission.EDIT_EMPLOYEES)
    _refuse(actor, details)
    row = Candidate.objects.create(
        account_id=actor.account_id, entered_at=clock.now(), entered_by_id=actor.user_id, **asdict(details)
    )
    _say(actor, Event.CANDIDATE_ENTERED, row)
    return row.candidate_id


@scoped
def change_candidate(
    actor: Actor, candidate_id: UUID, *, details: CandidateDetails, seen_revision: int | None = None
) -> bool:
    """Change what is known of a candidate; say whether anything was different.

    Raise Invalid; with `seen_revision`, raise ChangedMeanwhile where somebody else changed it since.
    """
    actor.require(Permission.EDIT_EMPLOYEES)
    row = _open_one(actor, candidate_id)
    if _details(row) == details:
        return False
    if seen_revision is not None and seen_revision != row.revision:
        raise ChangedMeanwhile
    _refuse(actor, details)
    for name, value in asdict(details).items():
        setattr(row, name, value)
    row.revision += 1
    row.save()
    _say(actor, Event.CANDIDATE_CHANGED, row)
    return True


@scoped_part
def find_candidate(actor: Actor, candidate_id: UUID) -> CandidateRecord:
    """Return an open candidate; raise NotFound."""
    actor.require(Permission.EDIT_EMPLOYEES)
    row = _open_rows(actor).filter(candidate_id=candidate_id).first()
    if row is None:
        raise NotFound(GONE)
    return CandidateRecord(row.candidate_id, _details(row), row.entered_at, row.revision)


@scoped
def hire_candidate(actor: Actor, candidate_id: UUID) -> EmployeeRecord:
    """Add the candidate as an employee; whoever is in Xero already is matched by the next run, as every employee is."""
    actor.require(Permission.EDIT_EMPLOYEES)
    row = _open_one(actor, candidate_id)
    employee = hire_employee(actor, details=employee_details(_details(row)), via=VIA)
    _close(actor, row, employee.employee_id, Event.CANDIDATE_HIRED)
    return employee


@scoped
def join_candidate(actor: Actor, candidate_id: UUID, *, employee_id: UUID) -> EmployeeRecord:
    """Say that a candidate is an employee on record already, who takes over what their record lacks."""
    actor.require(Permission.EDIT_EMPLOYEES)
    row = _open_one(actor, candidate_id)
    before = get_employee(actor, employee_id=employee_id)
    changes = taken_over(_details(row), before)
    after = edit_employee(actor, employee_id=employee_id, changes=changes, via=VIA, seen_revision=before.revision)
    _close(actor, row, employee_id, Event.CANDIDATE_JOINED)
    return after


@scoped
def join_certain(actor: Actor) -> int:
    """Join every candidate who is an employee for certain; return how many. One whose values are refused waits."""
    joined = 0
    for candidate_id, employee_id in _lookalikes(actor, _listed(actor)).certain.items():
        try:
            join_candidate(actor, candidate_id, employee_id=employee_id)
        except Invalid:
            continue
        joined += 1
    return joined


@scoped
def remove_candidate(actor: Actor, candidate_id: UUID) -> None:
    """Remove a candidate for good, with everything that was known of them."""
    actor.require(Permission.EDIT_EMPLOYEES)
    row = _open_one(actor, candidate_id)
    _say(actor, Event.CANDIDATE_REMOVED, row)
    row.delete()


def purge_candidates(account: AccountRecord, *, kept_for: timedelta) -> int:
    """Remove what was known of everybody who was entered so long ago, hired or not; return of how many."""
    with scope(account.account_id):
        actor = Actor.system(account.account_id, because=NIGHTLY)
        rows = Candidate.objects.filter(account_id=actor.account_id, entered_at__lt=clock.now() - kept_for)
        count, _ = rows.delete()
        if count:
            facts = {"count": count}
            record(actor, Event.CANDIDATES_PURGED, subject_kind="account", subject_id=actor.account_id, facts=facts)
        return count


@scoped_part
def list_candidates(actor: Actor) -> list[tuple[CandidateRecord, tuple[EmployeeRecord, ...]]]:
    """Return the open candidates, the newest first, each with the employees who may be them."""
    actor.require(Permission.EDIT_EMPLOYEES)
    listed = _listed(actor)
    found = _lookalikes(actor, listed)
    alike = {one: (employee,) for one, employee in found.certain.items()} | dict(found.doubtful)
    wanted = {employee for some in alike.values() for employee in some}
    records = {one.employee_id: one for one in list_by_id(actor, employee_ids=wanted)}
    return [(one, tuple(records[who] for who in alike.get(one.candidate_id, ()))) for one in listed]


def _refuse(actor: Actor, details: CandidateDetails) -> None:
    problems = check_candidate(details, today=clock.today_in(get_account(actor.account_id).time_zone))
    if problems:
        raise Invalid(*problems)


def _listed(actor: Actor) -> list[CandidateRecord]:
    rows = _open_rows(actor).order_by("-entered_at", "candidate_id")
    return [CandidateRecord(row.candidate_id, _details(row), row.entered_at, row.revision) for row in rows]


def _lookalikes(actor: Actor, listed: list[CandidateRecord]) -> Lookalikes:
    if not listed:
        return Lookalikes()
    people = (
        Person(one.employee_id, one.first_name, one.last_name, one.date_of_birth) for one in list_identities(actor)
    )
    return find_lookalikes(listed, people)


def _open_rows(actor: Actor) -> QuerySet[Candidate]:
    return Candidate.objects.filter(account_id=actor.account_id, closed_at__isnull=True)


def _open_one(actor: Actor, candidate_id: UUID) -> Candidate:
    row = _open_rows(actor).select_for_update().filter(candidate_id=candidate_id).first()
    if row is None:
        raise NotFound(GONE)
    return row


def _details(row: Candidate) -> CandidateDetails:
    return CandidateDetails(row.first_name, row.last_name, row.date_of_birth, row.email, row.mobile, row.job_title)


def _close(actor: Actor, row: Candidate, employee_id: UUID, event: Event) -> None:
    row.employee_id, row.closed_at = employee_id, clock.now()
    row.save(update_fields=["employee", "closed_at"])
    record(actor, event, subject_kind="employee", subject_id=employee_id, facts={"candidate": str(row.candidate_id)})


def _say(actor: Actor, event: Event, row: Candidate) -> None:
    record(actor, event, subject_kind="candidate", subject_id=row.candidate_id)
