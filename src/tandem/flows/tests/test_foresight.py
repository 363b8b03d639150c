"""Every way in which Tandem can know that a grant's holder loses access opens a task at once; taking it back closes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tandem.access.actions import ensure_user, grant_access
from tandem.access.records import MemberRecord
from tandem.access.roles import Role
from tandem.access.selectors import find_actor, find_user_of_employee, list_members
from tandem.flows import access as access_flows
from tandem.flows import people as flows
from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.people.absences import list_absences
from tandem.people.actions import edit_employee, hire_employee
from tandem.people.errors import EmployeeNotFound
from tandem.people.models import Employee
from tandem.people.positions import list_position_changes
from tandem.people.prospects import ProspectKind
from tandem.people.records import EmployeeDetails, EmployeeRecord, TerminationReason
from tandem.people.selectors import get_employee, list_deleted, list_employees
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, ROSA, Connect
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose, HandoverRecord, Match
from tandem.xero.models import Binding, Connection
from tandem.xero.schedule.actions import ensure_nightly, run_due
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@dataclass
class House:
    """An account whose connection rosa authorised; she has a record and a sign-in with payroll."""

    cast: Cast
    rosa: EmployeeRecord
    member: MemberRecord

    @property
    def tasks(self) -> list[HandoverRecord]:
        """Return the open tasks as alice sees them."""
        return facade.list_handovers(self.cast.alice.actor)


@pytest.fixture
def house(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> House:
    def move_in() -> tuple[EmployeeRecord, MemberRecord]:
        rosa = hire_employee(
            cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
        )
        user_id = ensure_user("rosa@harbourlane.example", name="Rosa Byrne")
        member = grant_access(cast.alice.actor, user_id=user_id, roles=[Role.PAYROLL_TAB], employee_id=rosa.employee_id)
        assert connected(cast.alice).is_success
        return rosa, member

    return House(cast, *connected.stand("rosa holds it and signs in", move_in))


def terminate(house: House) -> None:
    flows.terminate(
        house.cast.bob.actor,
        employee_id=house.rosa.employee_id,
        termination_on=TODAY + 10 * DAY,
        reason=TerminationReason.VOLUNTARY,
    )


def reinstate(house: House) -> None:
    flows.reinstate(house.cast.bob.actor, employee_id=house.rosa.employee_id)


def end_contract(house: House) -> None:
    flows.set_contract_end(house.cast.bob.actor, employee_id=house.rosa.employee_id, contract_ends_on=TODAY + 10 * DAY)


def extend_contract(house: House) -> None:
    flows.set_contract_end(house.cast.bob.actor, employee_id=house.rosa.employee_id, contract_ends_on=None)


def move_on(house: House) -> None:
    flows.plan_position_change(
        house.cast.bob.actor,
        employee_id=house.rosa.employee_id,
        from_on=TODAY + 11 * DAY,
        job_title="Baker",
        leaves_payroll=True,
    )


def stay_put(house: House) -> None:
    (change,) = list_position_changes(house.cast.bob.actor, employee_id=house.rosa.employee_id)
    flows.take_back_position_change(house.cast.bob.actor, change_id=change.change_id)


def go_away(house: House) -> None:
    flows.enter_absence(
        house.cast.bob.actor, employee_id=house.rosa.employee_id, from_on=TODAY + 11 * DAY, until_on=None
    )


def do_not_go(house: House) -> None:
    (absence,) = list_absences(house.cast.bob.actor, employee_id=house.rosa.employee_id)
    flows.take_back_absence(house.cast.bob.actor, absence_id=absence.absence_id)


def delete(house: House) -> None:
    flows.delete_record(house.cast.bob.actor, employee_id=house.rosa.employee_id)


def restore(house: House) -> None:
    flows.restore_record(house.cast.bob.actor, employee_id=house.rosa.employee_id)


def lock(house: House) -> None:
    access_flows.set_access(house.cast.alice.actor, membership_id=house.member.membership_id, is_active=False)


def unlock(house: House) -> None:
    access_flows.set_access(house.cast.alice.actor, membership_id=house.member.membership_id, is_active=True)


def _with_roles(house: House, *roles: Role) -> None:
    access_flows.change_member(
        house.cast.alice.actor,
        membership_id=house.member.membership_id,
        roles=roles,
        employee_id=house.rosa.employee_id,
    )


def take_payroll_away(house: House) -> None:
    _with_roles(house, Role.SELF_SERVICE)


def give_payroll_back(house: House) -> None:
    _with_roles(house, Role.PAYROLL_TAB)


Act = Callable[[House], None]
WAYS: dict[str, tuple[Act, Act, ProspectKind, date]] = {
    "a termination": (terminate, reinstate, ProspectKind.TERMINATION, TODAY + 10 * DAY),
    "an end of contract": (end_contract, extend_contract, ProspectKind.CONTRACT_END, TODAY + 10 * DAY),
    "a change of position": (move_on, stay_put, ProspectKind.POSITION_CHANGE, TODAY + 10 * DAY),
    "a long absence": (go_away, do_not_go, ProspectKind.ABSENCE, TODAY + 10 * DAY),
    "a deletion": (delete, restore, ProspectKind.DELETION, TODAY),
    "a lock": (lock, unlock, ProspectKind.LOCK, TODAY),
    "a change of roles": (take_payroll_away, give_payroll_back, ProspectKind.ROLE_CHANGE, TODAY + 7 * DAY),
}


@pytest.mark.parametrize(("act", "undo", "kind", "last_safe_on"), list(WAYS.values()), ids=list(WAYS))
def test_it_opens_a_task_at_once_and_taking_it_back_closes_it(
    house: House, act: Act, undo: Act, kind: ProspectKind, last_safe_on: date
) -> None:
    act(house)
    (task,) = house.tasks
    assert [(one.kind, one.last_safe_on) for one in task.reasons] == [(kind, last_safe_on)]
    assert (task.last_safe_on, task.employee_id) == (last_safe_on, house.rosa.employee_id)
    assert task.owner_user_id == house.cast.alice.user.id
    undo(house)
    assert house.tasks == []
    assert [one.closed_because for one in facade.list_closed_handovers(house.cast.alice.actor)] == ["taken_back"]


def test_nobody_elses_leaving_opens_a_task(house: House) -> None:
    dana = house.cast.dana_record.employee_id
    flows.enter_absence(house.cast.bob.actor, employee_id=dana, from_on=TODAY, until_on=None)
    flows.delete_record(house.cast.bob.actor, employee_id=dana)
    assert house.tasks == []


def test_several_reasons_make_one_task_that_lasts_until_the_last_of_them_is_gone(house: House) -> None:
    terminate(house)
    lock(house)
    (task,) = house.tasks
    assert (len(task.reasons), task.last_safe_on) == (2, TODAY)
    unlock(house)
    (task,) = house.tasks
    assert ([one.kind for one in task.reasons], task.last_safe_on) == (
        [ProspectKind.TERMINATION],
        TODAY + 10 * DAY,
    )
    reinstate(house)
    assert house.tasks == []


def test_an_absence_warns_and_stops_no_write_while_a_termination_does(house: House) -> None:
    go_away(house)
    assert [task.writes_stop_on for task in house.tasks] == [None]
    terminate(house)
    assert [task.writes_stop_on for task in house.tasks] == [TODAY + 10 * DAY]


def test_the_owner_is_never_the_leaver_even_when_she_enters_it_herself(house: House) -> None:
    _with_roles(house, Role.ACCOUNT_ADMIN)
    rosa = find_user_of_employee(house.cast.alice.actor, employee_id=house.rosa.employee_id)
    assert rosa is not None
    end_contract(house)
    (task,) = house.tasks
    assert task.owner_user_id == house.cast.alice.user.id
    with scope(house.cast.alice.account.account_id):
        assert rosa.email not in set(Letter.objects.values_list("to_address", flat=True))


def test_where_only_the_leaver_could_act_the_brands_support_is_told(house: House) -> None:
    _with_roles(house, Role.ACCOUNT_ADMIN)
    alice = house.cast.alice
    members = {one.user_id: one for one in _members(house)}
    access_flows.set_access(alice.actor, membership_id=members[alice.user.id].membership_id, is_active=False)
    terminate(house)
    with scope(alice.account.account_id):
        assert [letter.to_address for letter in Letter.objects.all()] == ["support@tandem.example"]


def _members(house: House) -> list[MemberRecord]:
    return list_members(house.cast.alice.actor)


def test_people_may_not_end_or_delete_their_own_employment(house: House) -> None:
    dana = house.cast.dana
    access_flows.change_member(
        house.cast.alice.actor,
        membership_id=next(one.membership_id for one in _members(house) if one.user_id == dana.user.id),
        roles=[Role.EMPLOYEE_MANAGEMENT],
        employee_id=house.cast.dana_record.employee_id,
    )
    manager = find_actor(dana.user, account=dana.account)
    assert manager is not None
    for act in (flows.delete_record, flows.reinstate):
        with pytest.raises(Invalid, match="your own record"):
            act(manager, employee_id=house.cast.dana_record.employee_id)


def test_a_deleted_record_is_in_no_list_and_comes_back_as_it_was(house: House) -> None:
    bob, rosa_id = house.cast.bob.actor, house.rosa.employee_id
    before = get_employee(bob, employee_id=rosa_id)
    delete(house)
    assert rosa_id not in [row.employee_id for row in list_employees(bob).rows]
    with pytest.raises(EmployeeNotFound):
        get_employee(bob, employee_id=rosa_id)
    with pytest.raises(EmployeeNotFound):
        edit_employee(bob, employee_id=rosa_id, changes={"mobile": "0491 570 006"})
    assert [row.employee_id for row in list_deleted(bob)] == [rosa_id]
    assert not _may_sign_in(house)
    restore(house)
    after = get_employee(bob, employee_id=rosa_id)
    assert (after.full_name, after.work_email, after.status) == (before.full_name, before.work_email, before.status)
    assert _may_sign_in(house)
    with pytest.raises(EmployeeNotFound):
        restore(house)


def _may_sign_in(house: House) -> bool:
    member = find_user_of_employee(house.cast.alice.actor, employee_id=house.rosa.employee_id)
    return member is not None and member.is_active


def test_a_deleted_employee_id_is_not_given_to_somebody_else(house: House) -> None:
    delete(house)
    hired = hire_employee(house.cast.bob.actor, details=EmployeeDetails(first_name="Ada", last_name="Byron"))
    assert hired.employee_number != house.rosa.employee_number


def test_the_bin_is_emptied_after_its_time_but_for_holders_and_linked_people(house: House, frozen: FrozenClock) -> None:
    ada, dana = (
        hire_employee(house.cast.bob.actor, details=EmployeeDetails(first_name="Ada", last_name="Byron")),
        house.cast.dana_record,
    )
    ensure_nightly()
    for one in (ada, dana, house.rosa):
        flows.delete_record(house.cast.bob.actor, employee_id=one.employee_id)
    with scope(house.cast.alice.account.account_id):
        Binding.objects.create(
            account_id=house.cast.alice.account.account_id,
            connection=Connection.objects.get(),
            employee_id=dana.employee_id,
            xero_employee_id=UUID(int=5),
            matched_by="person",
            bound_at=clock.now(),
        )
    frozen.advance(days=89)
    _night(house)
    assert len(list_deleted(house.cast.bob.actor)) == 3
    frozen.advance(days=2)
    _night(house)
    kept = {row.employee_id for row in list_deleted(house.cast.bob.actor)}
    assert kept == {dana.employee_id, house.rosa.employee_id}
    with scope(house.cast.alice.account.account_id):
        assert not Employee.objects.filter(employee_id=ada.employee_id).exists()
    (task,) = house.tasks
    assert [one.kind for one in task.reasons] == [ProspectKind.DELETION]


def _night(house: House) -> None:
    flows.do_nightly_work(house.cast.alice.account)


def test_the_nightly_job_writes_the_new_title_and_says_when_an_absence_is_over(
    house: House, frozen: FrozenClock
) -> None:
    bob, rosa_id = house.cast.bob.actor, house.rosa.employee_id
    flows.plan_position_change(
        bob, employee_id=rosa_id, from_on=TODAY + 2 * DAY, job_title="Baker", leaves_payroll=False
    )
    flows.enter_absence(bob, employee_id=rosa_id, from_on=TODAY, until_on=TODAY + 40 * DAY)
    assert len(house.tasks) == 1
    ensure_nightly()
    frozen.advance(days=1)
    run_due()
    assert get_employee(bob, employee_id=rosa_id).job_title == ""
    frozen.advance(days=1)
    run_due()
    assert get_employee(bob, employee_id=rosa_id).job_title == "Baker"
    frozen.advance(days=39)
    _night(house)
    assert house.tasks == []


def test_a_position_that_begins_today_is_written_at_once(house: House) -> None:
    bob, rosa_id = house.cast.bob.actor, house.rosa.employee_id
    flows.plan_position_change(bob, employee_id=rosa_id, from_on=TODAY, job_title="Baker", leaves_payroll=False)
    assert get_employee(bob, employee_id=rosa_id).job_title == "Baker"


def test_what_does_not_exist_cannot_be_taken_back(house: House) -> None:
    with pytest.raises(NotFound):
        flows.take_back_absence(house.cast.bob.actor, absence_id=UUID(int=1))
    with pytest.raises(NotFound):
        flows.take_back_position_change(house.cast.bob.actor, change_id=UUID(int=1))


def test_an_absence_taken_back_twice_changes_nothing(house: House) -> None:
    go_away(house)
    do_not_go(house)
    do_not_go(house)
    events = [entry.event for entry in list_entries(house.cast.alice.actor)]
    assert events.count("employee.absence_taken_back") == 1


def test_somebody_imported_after_the_connection_is_found_when_it_matters(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    rosa = hire_employee(cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne"))
    holder = facade.find_holder(cast.alice.actor, employee_id=rosa.employee_id)
    assert holder is not None
    assert (holder.match, holder.is_certain) == (Match.NAME, False)
    edit_employee(cast.alice.actor, employee_id=rosa.employee_id, changes={"work_email": ROSA})
    holder = facade.find_holder(cast.alice.actor, employee_id=rosa.employee_id)
    assert holder is not None
    assert (holder.match, holder.is_certain) == (Match.EMAIL, True)


def test_a_record_found_by_its_name_and_then_deleted_is_still_the_holders(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_employee(cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne"))
    connected(cast.alice)
    flows.delete_record(cast.bob.actor, employee_id=rosa.employee_id)
    assert len(facade.list_handovers(cast.alice.actor)) == 1


def test_an_administrator_says_who_the_xero_user_is_and_that_counts_at_once(house: House) -> None:
    alice, dana = house.cast.alice.actor, house.cast.dana_record
    terminate(house)
    (task,) = house.tasks
    assert task.grant_id is not None
    access_flows.assign_holder(alice, grant_id=task.grant_id, employee_id=dana.employee_id)
    assert house.tasks == []
    flows.set_contract_end(house.cast.bob.actor, employee_id=dana.employee_id, contract_ends_on=TODAY)
    assert [one.employee_id for one in house.tasks] == [dana.employee_id]
    access_flows.assign_holder(alice, grant_id=task.grant_id, employee_id=None)
    assert house.tasks == []
    assert facade.find_holder(alice, employee_id=house.rosa.employee_id) is None


def test_only_whoever_manages_the_integration_says_who_a_xero_user_is(house: House) -> None:
    terminate(house)
    grant_id = house.tasks[0].grant_id
    assert grant_id is not None
    with pytest.raises(NotPermitted):
        access_flows.assign_holder(house.cast.bob.actor, grant_id=grant_id, employee_id=None)
    with pytest.raises(NotFound):
        access_flows.assign_holder(house.cast.charlie.actor, grant_id=grant_id, employee_id=None)
    with pytest.raises(EmployeeNotFound):
        access_flows.assign_holder(house.cast.alice.actor, grant_id=grant_id, employee_id=UUID(int=1))


def test_a_sign_in_without_a_record_is_foreseen_by_its_address(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    member = grant_access(cast.alice.actor, user_id=ensure_user(ROSA, name="Rosa Byrne"), roles=[Role.ACCOUNT_ADMIN])
    access_flows.set_access(cast.alice.actor, membership_id=member.membership_id, is_active=False)
    (task,) = facade.list_handovers(cast.alice.actor)
    assert [one.kind for one in task.reasons] == [ProspectKind.LOCK]
    holder = facade.find_holder_with_sign_in(cast.alice.actor, membership_id=member.membership_id)
    assert holder is not None
    assert holder.employee_id is None


def test_a_standby_who_leaves_has_a_task_too(house: House, connected: Connect) -> None:
    bob = house.cast.bob.actor
    amir = hire_employee(bob, details=EmployeeDetails(first_name="Amir", last_name="Lim", work_email=AMIR))
    assert connected(house.cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    flows.set_contract_end(bob, employee_id=amir.employee_id, contract_ends_on=TODAY + 10 * DAY)
    assert [(task.role, task.employee_id) for task in house.tasks] == [("standby", amir.employee_id)]


def test_running_the_night_twice_changes_nothing_more(house: House) -> None:
    terminate(house)
    _night(house)
    before = [entry.sequence for entry in list_entries(house.cast.alice.actor, limit=1)]
    _night(house)
    assert [entry.sequence for entry in list_entries(house.cast.alice.actor, limit=1)] == before


def test_the_clock_of_the_account_says_which_day_it_is(house: House, frozen: FrozenClock) -> None:
    frozen.move_to(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    lock(house)
    assert [task.last_safe_on for task in house.tasks] == [date(2026, 11, 24)]
