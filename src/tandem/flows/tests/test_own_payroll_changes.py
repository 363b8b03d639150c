"""People ask for changes of their own super and tax; payroll decides, and a tax file number rests sealed throughout."""

from uuid import UUID

import psycopg
import pytest

from tandem.access.roles import Role
from tandem.cli.stored import everything_stored
from tandem.flows import own_changes as flows
from tandem.kernel.actor import Actor
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotPermitted
from tandem.kernel.scoping import scope
from tandem.people import own_changes
from tandem.people.models import OwnChange
from tandem.people.own_change_records import OwnChangeKind, OwnChangeOutcome, OwnChangeRecord
from tandem.people.own_changes import LAPSES_AFTER, MOVED, lapse_own_changes
from tandem.people.payroll import get_payroll, save_declaration
from tandem.people.payroll_records import (
    Fund,
    IncomeType,
    PayrollDetails,
    Residency,
    SuperMembership,
    TaxFileNumber,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
)
from tandem.people.tax_numbers import digits_to_send, keep_tax_answer
from tandem.testing.cast import Cast, Player, join

TFN = "123456782"
MINE = SuperMembership(Fund(usi="ZZZ0000AU", name="New Super"), "77001")
DECLARED = PayrollDetails(
    residency=Residency.AUSTRALIAN, tax_scale=TaxScaleChoice(TaxScale.REGULAR), tax_free_threshold=True
)


@pytest.fixture
def person(cast: Cast) -> UUID:
    return cast.dana_record.employee_id


@pytest.fixture
def ken(cast: Cast) -> Player:
    return join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)


def _held(cast: Cast, person: UUID) -> PayrollDetails:
    return get_payroll(cast.dana.actor, employee_id=person)


def _waiting(ken: Player) -> OwnChangeRecord:
    (change,) = own_changes.list_waiting_own_changes(ken.actor)
    return own_changes.get_own_change(ken.actor, employee_id=change.employee_id, change_id=change.change_id)


def test_super_funds_are_asked_for_by_the_person_and_put_in_force_by_payroll_alone(
    cast: Cast, ken: Player, person: UUID
) -> None:
    with pytest.raises(Invalid):
        flows.ask_own_super(cast.dana.actor, memberships=[SuperMembership(Fund(), "")])
    assert flows.ask_own_super(cast.dana.actor, memberships=[MINE])
    assert _held(cast, person).super_memberships == ()
    change = _waiting(ken)
    assert own_changes.list_waiting_own_changes(cast.bob.actor) == []
    assert own_changes.list_own_changes(cast.bob.actor, employee_id=person) == []
    with pytest.raises(NotPermitted):
        flows.approve_own_change(cast.bob.actor, employee_id=person, change_id=change.change_id)
    flows.approve_own_change(ken.actor, employee_id=person, change_id=change.change_id)
    assert _held(cast, person).super_memberships == (MINE,)
    assert not flows.ask_own_super(cast.dana.actor, memberships=[MINE])


def test_a_tax_file_number_in_a_request_rests_sealed_is_seen_by_its_end_and_goes_into_the_vault(
    cast: Cast, ken: Player, person: UUID, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    assert flows.ask_own_tax(cast.dana.actor, details=DECLARED, exemption=None, digits="123 456 782")
    assert TFN not in everything_stored(superuser)
    change = _waiting(ken)
    assert change.after["tax_file_number"]["ending"] == "782"
    assert TFN not in repr(vars(change))
    assert _held(cast, person).tax_file_number is None
    flows.approve_own_change(ken.actor, employee_id=person, change_id=change.change_id)
    held = _held(cast, person)
    assert isinstance(held.tax_file_number, TaxFileNumber)
    assert (held.residency, held.tax_free_threshold) == (Residency.AUSTRALIAN, True)
    system = Actor.system(cast.alice.account.account_id, because="test")
    assert digits_to_send(system, employee_id=person) == TFN
    assert TFN not in everything_stored(superuser)


def test_not_provided_is_an_answer_and_what_the_employer_says_stays(cast: Cast, ken: Player, person: UUID) -> None:
    theirs = PayrollDetails(income_type=IncomeType.SALARY_AND_WAGES, leave_loading=True)
    save_declaration(ken.actor, employee_id=person, details=theirs)
    flows.ask_own_tax(cast.dana.actor, details=DECLARED, exemption=TfnExemption.NOT_QUOTED)
    flows.approve_own_change(ken.actor, employee_id=person, change_id=_waiting(ken).change_id)
    held = _held(cast, person)
    assert held.tax_file_number is TfnExemption.NOT_QUOTED
    assert (held.income_type, held.leave_loading) == (IncomeType.SALARY_AND_WAGES, True)
    assert held.tax_free_threshold


def test_what_is_wrong_with_ones_own_part_is_said_and_the_employers_part_is_not(cast: Cast) -> None:
    with pytest.raises(Invalid) as found:
        flows.ask_own_tax(cast.dana.actor, details=DECLARED, exemption=None, digits="123")
    assert {problem.field for problem in found.value.problems} == {"tax_file_number"}
    with pytest.raises(NotPermitted):
        flows.ask_own_tax(cast.alice.actor, details=DECLARED, exemption=TfnExemption.PENDING)


def test_an_answer_given_meanwhile_is_not_overwritten(cast: Cast, ken: Player, person: UUID) -> None:
    flows.ask_own_tax(cast.dana.actor, details=DECLARED, exemption=TfnExemption.PENDING)
    asked = _waiting(ken)
    keep_tax_answer(ken.actor, employee_id=person, digits=TFN)
    assert _waiting(ken).moved == ("tax_file_number",)
    with pytest.raises(Invalid, match=MOVED):
        flows.approve_own_change(ken.actor, employee_id=person, change_id=asked.change_id)


def test_a_request_that_nobody_decides_on_lapses_with_its_values(
    frozen: FrozenClock, cast: Cast, ken: Player, person: UUID
) -> None:
    flows.ask_own_tax(cast.dana.actor, details=DECLARED, exemption=None, digits=TFN)
    frozen.advance(days=LAPSES_AFTER.days)
    assert lapse_own_changes(cast.alice.account) == 0
    frozen.advance(seconds=1)
    assert lapse_own_changes(cast.alice.account) == 1
    (line,) = own_changes.list_own_changes(cast.dana.actor, employee_id=person)
    assert (line.kind, line.outcome, line.decided_by_id) == (OwnChangeKind.TAX, OwnChangeOutcome.LAPSED, None)
    with scope(cast.alice.account.account_id):
        assert OwnChange.objects.get().sealed_values is None
