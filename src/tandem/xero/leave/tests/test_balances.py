"""Balances of every leave type come with each full read of a person, and at a press; they are never sent."""

from decimal import Decimal

import pytest

from tandem.access.roles import Role
from tandem.kernel import clock
from tandem.kernel.errors import NotFound, NotPermitted
from tandem.testing.cast import Cast, Player, join
from tandem.xero import facade
from tandem.xero.sync.tests.office import Office
from tandem_sandbox.world import leave_balances, seed

pytestmark = pytest.mark.usefixtures("real_db")


def take_leave_in_xero(office: Office, name: str, *, units: float) -> None:
    """Take units from a person's first balance, as a posted pay run does, without the time of the record moving."""
    simulator = office.sandbox.simulator
    organisation = simulator.world.organisation_named(office.organisation_id)
    assert organisation
    person = seed.people_of(simulator.world, organisation)[office.theirs()[name]["EmployeeID"]]
    first = person.fields["LeaveBalances"][0]["LeaveTypeID"]
    leave_balances.move(organisation, person, {first: -units}, bumps=False, now=clock.now())


def test_an_import_brings_the_balances_of_whoever_it_reads_for_those_who_may_see_them(
    cast: Cast, at_work: Office, ken: Player
) -> None:
    person = at_work.someone().employee_id
    found = facade.find_balances(ken.actor, employee_id=person)
    assert found is not None
    theirs = at_work.theirs()["Alice Lang"]["LeaveBalances"]
    assert {one.name: one.units for one in found.balances} == {
        row["LeaveName"]: Decimal(str(row["NumberOfUnits"])) for row in theirs
    }
    with pytest.raises(NotPermitted):
        facade.find_balances(cast.bob.actor, employee_id=person)
    own = join(cast.alice.account, "Ada Lang", Role.SELF_SERVICE, employee=at_work.someone())
    assert facade.find_balances(own.actor, employee_id=person) == found
    with pytest.raises(NotPermitted):
        facade.read_balances_now(own.actor, employee_id=person)


def test_a_press_reads_one_person_anew_in_one_call(at_work: Office, ken: Player) -> None:
    person = at_work.someone().employee_id
    before = facade.find_balances(ken.actor, employee_id=person)
    take_leave_in_xero(at_work, "Alice Lang", units=1000)
    at_work.clock.advance(hours=1)
    at_work.forget_calls()
    facade.read_balances_now(ken.actor, employee_id=person)
    assert len(at_work.calls()) == 1
    found = facade.find_balances(ken.actor, employee_id=person)
    assert before is not None
    assert found is not None
    assert found.read_at > before.read_at
    assert min(one.units for one in found.balances) < 0


def test_whoever_is_not_linked_has_none(cast: Cast, at_work: Office, ken: Player) -> None:
    del at_work
    assert facade.find_balances(ken.actor, employee_id=cast.dana_record.employee_id) is None
    with pytest.raises(NotFound, match="not linked"):
        facade.read_balances_now(ken.actor, employee_id=cast.dana_record.employee_id)
