"""Bank, super and tax of a person: who may see and change them, what is refused, and what the vault gives away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tandem.access.roles import Role
from tandem.flows import payroll as flows
from tandem.flows.people import do_nightly_work
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.crypto import Unreadable
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.people import actions, bank_changes, tax_numbers
from tandem.people.bank_changes import BankChangeOutcome
from tandem.people.errors import EmployeeNotFound
from tandem.people.models import PayBankAccount, PayBankChange, PayTaxNumber
from tandem.people.payroll import get_payroll
from tandem.people.payroll_records import (
    BankAccount,
    EmploymentBasis,
    Fund,
    FundKind,
    IncomeType,
    PayrollDetails,
    Residency,
    SuperMembership,
    TaxFileNumber,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
)
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.people.tax_numbers import RevealReason
from tandem.tenancy import vault
from tandem.testing.cast import Cast, Player, join
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries

TFN = "123456782"
WAGES = BankAccount("Dana Okafor", "000-000", "12 345 678", takes_remainder=True)
SAVINGS = BankAccount("Dana Okafor", "000000", "87654321", amount=Decimal("50.00"))
CLEAN_WAGES = replace(WAGES, bsb="000000", account_number="12345678")
FUND = Fund(FundKind.SELF_MANAGED, abn="51824753556", name="Okafor Family Super")
DECLARED = PayrollDetails(
    income_type=IncomeType.SALARY_AND_WAGES,
    employment_basis=EmploymentBasis.FULL_TIME,
    residency=Residency.AUSTRALIAN,
    tax_scale=TaxScaleChoice(TaxScale.REGULAR),
    tax_free_threshold=True,
    extra_withholding=Decimal("12.50"),
)


@pytest.fixture
def ken(cast: Cast) -> Player:
    return join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)


@pytest.fixture
def pia(cast: Cast) -> Player:
    return join(cast.alice.account, "Pia Wood", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)


def _ask(cast: Cast, by: Player, *accounts: BankAccount) -> bank_changes.BankChangeRecord:
    flows.ask_bank_change(by.actor, employee_id=cast.dana_record.employee_id, accounts=accounts)
    found = bank_changes.find_bank_change(by.actor, employee_id=cast.dana_record.employee_id)
    assert found is not None
    return found


def _keep(cast: Cast, by: Player, digits: str = TFN, exemption: TfnExemption | None = None) -> bool:
    employee_id = cast.dana_record.employee_id
    return flows.save_tax(by.actor, employee_id=employee_id, details=DECLARED, exemption=exemption, digits=digits)


def _reveal(cast: Cast, actor: Actor, *, age: timedelta = timedelta(0)) -> str:
    return tax_numbers.reveal_tax_file_number(
        actor,
        employee_id=cast.dana_record.employee_id,
        reason=RevealReason.COMPARE,
        second_factor_at=clock.now() - age,
    )


def _said(cast: Cast) -> list[str]:
    with scope(cast.alice.account.account_id):
        return [entry.event for entry in list_entries(cast.alice.actor, subject_id=cast.dana_record.employee_id)]


def test_neither_an_administrator_nor_a_manager_sees_payroll_details_without_the_role(cast: Cast) -> None:
    for player in (cast.alice, cast.bob):
        with pytest.raises(NotPermitted):
            get_payroll(player.actor, employee_id=cast.dana_record.employee_id)


def test_the_role_alone_shows_nobody_whose_record_no_other_role_shows(cast: Cast) -> None:
    only_payroll = join(cast.alice.account, "Lee Fox", Role.PAYROLL_TAB)
    with pytest.raises(NotPermitted):
        get_payroll(only_payroll.actor, employee_id=cast.dana_record.employee_id)


def test_people_see_their_own_and_ask_for_bank_accounts_but_put_nothing_in_force(cast: Cast, ken: Player) -> None:
    employee_id = cast.dana_record.employee_id
    asked = _ask(cast, cast.dana, WAGES)
    assert get_payroll(cast.dana.actor, employee_id=employee_id).bank_accounts == ()
    with pytest.raises(NotPermitted):
        bank_changes.approve_bank_change(cast.dana.actor, employee_id=employee_id, change_id=asked.change_id)
    with pytest.raises(NotPermitted):
        tax_numbers.remove_tax_file_number(cast.dana.actor, employee_id=employee_id)
    with pytest.raises(NotPermitted):
        flows.save_super(cast.dana.actor, employee_id=employee_id, memberships=[])
    with pytest.raises(NotPermitted):
        _keep(cast, cast.dana)
    bank_changes.approve_bank_change(ken.actor, employee_id=employee_id, change_id=asked.change_id)
    assert get_payroll(cast.dana.actor, employee_id=employee_id).bank_accounts == (CLEAN_WAGES,)


def test_people_take_their_own_request_back_and_refuse_nobody_elses(cast: Cast, ken: Player) -> None:
    employee_id = cast.dana_record.employee_id
    asked = _ask(cast, ken, WAGES)
    with pytest.raises(NotPermitted):
        bank_changes.end_bank_change(cast.dana.actor, employee_id=employee_id, change_id=asked.change_id)
    mine = _ask(cast, cast.dana, SAVINGS, WAGES)
    ended = bank_changes.end_bank_change(cast.dana.actor, employee_id=employee_id, change_id=mine.change_id)
    assert ended is BankChangeOutcome.WITHDRAWN


def test_people_are_no_party_to_somebody_elses_payroll(cast: Cast) -> None:
    other = actions.hire_employee(cast.bob.actor, details=EmployeeDetails(first_name="Ada", last_name="Byron"))
    with pytest.raises(NotPermitted):
        get_payroll(cast.dana.actor, employee_id=other.employee_id)
    with pytest.raises(NotPermitted):
        flows.ask_bank_change(cast.dana.actor, employee_id=other.employee_id, accounts=[WAGES])


def test_another_account_finds_nobody(cast: Cast, ken: Player) -> None:
    stranger = replace(ken.actor, account_id=cast.charlie.account.account_id)
    with pytest.raises(EmployeeNotFound):
        get_payroll(stranger, employee_id=cast.dana_record.employee_id)
    assert bank_changes.list_bank_changes(stranger) == []


def test_every_problem_of_the_bank_accounts_is_named_at_once(cast: Cast, ken: Player) -> None:
    with pytest.raises(Invalid) as refused:
        _ask(cast, ken, replace(SAVINGS, bsb="12"), replace(SAVINGS, amount=None))
    assert {problem.field for problem in refused.value.problems} == {
        "bank_accounts",
        "bank_accounts.1.bsb",
        "bank_accounts.2.amount",
    }


def test_a_change_of_bank_accounts_waits_for_a_second_person(cast: Cast, ken: Player, pia: Player) -> None:
    employee_id = cast.dana_record.employee_id
    asked = _ask(cast, ken, SAVINGS, WAGES)
    assert get_payroll(ken.actor, employee_id=employee_id).bank_accounts == ()
    with pytest.raises(Invalid, match="Somebody else with the Payroll Tab role"):
        bank_changes.approve_bank_change(ken.actor, employee_id=employee_id, change_id=asked.change_id)
    bank_changes.approve_bank_change(pia.actor, employee_id=employee_id, change_id=asked.change_id)
    assert get_payroll(ken.actor, employee_id=employee_id).bank_accounts == (SAVINGS, CLEAN_WAGES)
    assert bank_changes.list_bank_changes(pia.actor) == []
    with pytest.raises(NotFound):
        bank_changes.approve_bank_change(pia.actor, employee_id=employee_id, change_id=asked.change_id)
    assert Event.BANK_CHANGE_APPROVED in _said(cast)


def test_nobody_approves_a_change_of_their_own_pay(cast: Cast, ken: Player, pia: Player) -> None:
    asked = _ask(cast, ken, WAGES)
    herself = replace(pia.actor, employee_id=cast.dana_record.employee_id)
    with pytest.raises(Invalid, match="your own bank accounts"):
        bank_changes.approve_bank_change(herself, employee_id=cast.dana_record.employee_id, change_id=asked.change_id)


def test_no_job_and_no_program_asks_for_or_approves_bank_accounts(cast: Cast, ken: Player) -> None:
    system = Actor.system(cast.alice.account.account_id, because="test")
    asked = _ask(cast, ken, WAGES)
    with pytest.raises(NotPermitted):
        bank_changes.approve_bank_change(system, employee_id=cast.dana_record.employee_id, change_id=asked.change_id)


def test_a_proposal_dies_with_its_decision_and_a_newer_one_takes_its_place(
    cast: Cast, ken: Player, pia: Player
) -> None:
    first, second = _ask(cast, ken, WAGES), _ask(cast, ken, SAVINGS, WAGES)
    employee_id = cast.dana_record.employee_id
    with pytest.raises(NotFound, match="does not wait any more"):
        bank_changes.approve_bank_change(pia.actor, employee_id=employee_id, change_id=first.change_id)
    ended = bank_changes.end_bank_change(pia.actor, employee_id=employee_id, change_id=second.change_id)
    third = _ask(cast, ken, WAGES)
    withdrawn = bank_changes.end_bank_change(ken.actor, employee_id=employee_id, change_id=third.change_id)
    assert (ended, withdrawn) == (BankChangeOutcome.REFUSED, BankChangeOutcome.WITHDRAWN)
    with scope(cast.alice.account.account_id):
        assert set(PayBankChange.objects.values_list("sealed_accounts", flat=True)) == {None}


def test_asking_for_what_is_in_force_asks_nobody(cast: Cast, ken: Player, pia: Player) -> None:
    employee_id = cast.dana_record.employee_id
    asked = _ask(cast, ken, WAGES)
    bank_changes.approve_bank_change(pia.actor, employee_id=employee_id, change_id=asked.change_id)
    assert not flows.ask_bank_change(ken.actor, employee_id=employee_id, accounts=[WAGES])


def test_numbers_rest_sealed_and_the_timeline_has_none_of_them(cast: Cast, ken: Player, pia: Player) -> None:
    asked = _ask(cast, ken, WAGES)
    with scope(cast.alice.account.account_id):
        waiting = bytes(PayBankChange.objects.values_list("sealed_accounts", flat=True).get() or b"")
    bank_changes.approve_bank_change(pia.actor, employee_id=cast.dana_record.employee_id, change_id=asked.change_id)
    _keep(cast, ken)
    _reveal(cast, ken.actor)
    with scope(cast.alice.account.account_id):
        at_rest = waiting + b"".join(bytes(row.sealed_numbers) for row in PayBankAccount.objects.all())
        at_rest += b"".join(bytes(row.sealed_digits or b"") for row in PayTaxNumber.objects.all())
        said = " ".join(str(entry.facts) for entry in list_entries(cast.alice.actor))
    assert b"12345678" not in at_rest
    assert TFN not in said
    assert "12345678" not in said


def test_super_memberships_are_checked_saved_in_order_and_left_alone_when_nothing_changed(
    cast: Cast, ken: Player
) -> None:
    employee_id = cast.dana_record.employee_id
    regulated = SuperMembership(Fund(usi="STA0100AU", name="Station Super"), "M-1")
    both = (SuperMembership(FUND, "1"), regulated)
    with pytest.raises(Invalid) as refused:
        flows.save_super(ken.actor, employee_id=employee_id, memberships=[SuperMembership(replace(FUND, abn="1"), "")])
    assert [problem.field for problem in refused.value.problems] == [
        "super_memberships.1.abn",
        "super_memberships.1.member_number",
    ]
    assert flows.save_super(ken.actor, employee_id=employee_id, memberships=both)
    assert not flows.save_super(ken.actor, employee_id=employee_id, memberships=both)
    assert get_payroll(ken.actor, employee_id=employee_id).super_memberships == both


def test_every_problem_of_a_declaration_is_named_at_once_and_nothing_is_saved(cast: Cast, ken: Player) -> None:
    employee_id = cast.dana_record.employee_id
    wrong = replace(DECLARED, income_type=IncomeType.WORKING_HOLIDAY_MAKER, extra_withholding=Decimal(-1))
    with pytest.raises(Invalid) as refused:
        flows.save_tax(ken.actor, employee_id=employee_id, details=wrong, exemption=None, digits="123456789")
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"tax_file_number", "country_of_residence", "tax_scale", "extra_withholding"}
    assert get_payroll(ken.actor, employee_id=employee_id) == PayrollDetails()


def test_a_declaration_comes_back_as_it_was_saved_with_the_number_by_its_end_alone(cast: Cast, ken: Player) -> None:
    assert _keep(cast, ken)
    found = get_payroll(ken.actor, employee_id=cast.dana_record.employee_id)
    assert isinstance(found.tax_file_number, TaxFileNumber)
    assert found.tax_file_number.ending == "782"
    assert replace(found, tax_file_number=None) == DECLARED
    assert not _keep(cast, ken)


@pytest.mark.parametrize("typed", ["*** *** 782", "•••••• 782", "782", "000000000", "12345678٢"])
def test_a_mask_an_end_or_a_code_never_takes_the_place_of_a_whole_number(cast: Cast, ken: Player, typed: str) -> None:
    _keep(cast, ken)
    with pytest.raises(Invalid) as refused:
        _keep(cast, ken, typed)
    assert typed not in str(refused.value)
    with pytest.raises(Invalid):
        tax_numbers.keep_tax_answer(ken.actor, employee_id=cast.dana_record.employee_id, digits=typed)
    assert _reveal(cast, ken.actor) == TFN


def test_an_empty_field_leaves_the_number_and_a_reason_for_none_ends_it(cast: Cast, ken: Player) -> None:
    employee_id = cast.dana_record.employee_id
    _keep(cast, ken)
    _keep(cast, ken, digits="")
    assert _reveal(cast, ken.actor) == TFN
    _keep(cast, ken, digits="", exemption=TfnExemption.NOT_QUOTED)
    assert get_payroll(ken.actor, employee_id=employee_id).tax_file_number is TfnExemption.NOT_QUOTED
    with pytest.raises(NotFound):
        _reveal(cast, ken.actor)


def test_a_whole_number_is_shown_only_after_a_fresh_second_factor_and_it_is_kept_who_looked(
    cast: Cast, ken: Player
) -> None:
    _keep(cast, ken)
    with pytest.raises(NotPermitted):
        _reveal(cast, ken.actor, age=timedelta(minutes=6))
    with pytest.raises(NotPermitted):
        tax_numbers.reveal_tax_file_number(
            ken.actor,
            employee_id=cast.dana_record.employee_id,
            reason=RevealReason.REPORT,
            second_factor_at=None,
        )
    assert Event.TAX_NUMBER_SHOWN not in _said(cast)
    assert _reveal(cast, ken.actor, age=timedelta(minutes=4)) == TFN
    assert _reveal(cast, ken.actor) == TFN
    assert _said(cast).count(Event.TAX_NUMBER_SHOWN) == 2


def test_nobody_without_the_role_and_no_job_is_shown_a_number(cast: Cast, ken: Player) -> None:
    _keep(cast, ken)
    for actor in (
        cast.alice.actor,
        cast.bob.actor,
        cast.dana.actor,
        Actor.system(cast.alice.account.account_id, because="test"),
    ):
        with pytest.raises(NotPermitted):
            _reveal(cast, actor)


def test_the_key_of_the_vault_opens_nothing_else_and_no_other_key_opens_the_vault(cast: Cast, ken: Player) -> None:
    _keep(cast, ken)
    account_id = cast.alice.account.account_id
    with scope(account_id):
        row = PayTaxNumber.objects.get()
        sealed = bytes(row.sealed_digits or b"")
        with pytest.raises(Unreadable):
            vault.unseal(account_id, sealed, column=tax_numbers.COLUMN, row_id=row.number_id)
        with pytest.raises(Unreadable):
            vault.unseal(account_id, sealed, column=tax_numbers.COLUMN, row_id=uuid4(), purpose=tax_numbers.PURPOSE)


def test_a_number_that_was_collected_by_mistake_goes_at_once(cast: Cast, ken: Player) -> None:
    _keep(cast, ken)
    tax_numbers.remove_tax_file_number(ken.actor, employee_id=cast.dana_record.employee_id)
    assert get_payroll(ken.actor, employee_id=cast.dana_record.employee_id).tax_file_number is None
    with pytest.raises(NotFound):
        tax_numbers.remove_tax_file_number(ken.actor, employee_id=cast.dana_record.employee_id)
    with scope(cast.alice.account.account_id):
        assert not PayTaxNumber.objects.exists()


@pytest.mark.parametrize(
    ("left", "last"), [(date(2020, 2, 29), date(2027, 2, 28)), (date(2019, 6, 1), date(2026, 6, 1))]
)
def test_a_number_is_kept_for_seven_years_to_the_day(left: date, last: date) -> None:
    assert tax_numbers.kept_until(left, years=7) == last


def test_the_night_after_its_time_removes_the_number_and_no_other(cast: Cast, ken: Player) -> None:
    _keep(cast, ken)
    employee_id = cast.dana_record.employee_id
    actions.terminate_employee(
        cast.bob.actor, employee_id=employee_id, termination_on=date(2019, 11, 20), reason=TerminationReason.VOLUNTARY
    )
    with clock.frozen_at(datetime(2026, 11, 20, 0, 0, tzinfo=UTC)):
        do_nightly_work(cast.alice.account)
        assert _reveal(cast, ken.actor) == TFN
    with clock.frozen_at(datetime(2026, 11, 20, 20, 0, tzinfo=UTC)):
        do_nightly_work(cast.alice.account)
        assert get_payroll(ken.actor, employee_id=employee_id).tax_file_number is None
