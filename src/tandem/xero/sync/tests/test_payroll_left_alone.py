"""What a plan leaves of payroll where it is, and why; pure."""

from dataclasses import replace
from typing import Any

import pytest

from tandem.people.payroll_records import BankAccount, PayrollDetails, TaxFileNumber, TfnExemption
from tandem.xero.mapping.fields import SharedField
from tandem.xero.mapping.tests.payroll_values import ADAS, BRANCHES, FAMILY, LISTS, REST, WAGES, WHOLE_TFN
from tandem.xero.matching.matching import Side
from tandem.xero.sync.groups import withheld
from tandem.xero.sync.items import COUNTED_ONLY
from tandem.xero.sync.pages import ChangeLine
from tandem.xero.sync.payroll_notes import with_payroll_notes
from tandem.xero.sync.plan import FieldChange, Plan, SkipReason, Step, Verb
from tandem.xero.sync.preferences import Authority, Preferences
from tandem.xero.sync.records import BankHold, Snapshot
from tandem.xero.sync.tests.cast import ADA, NOW, as_theirs
from tandem.xero.sync.tests.test_planning_payroll import PAID, base_of_paid, both, changed, planned, reasons

NUMBER = SharedField.TAX_FILE_NUMBER
ANOTHER = TaxFileNumber("113", "mark of another")
LONG_NAME = replace(REST, account_name="x" * 101)


def ours_and_theirs(ours: PayrollDetails, theirs: PayrollDetails, **snapshot: Any) -> Snapshot:
    return replace(both(ours, theirs, base_of_paid(ADAS)), **snapshot)


def test_a_number_that_xero_alone_has_is_counted_and_nothing_else() -> None:
    found = planned(ours_and_theirs(changed(tax_file_number=None), ADAS))
    assert not found.steps
    assert not found.conflicts
    assert reasons(found) == {NUMBER: SkipReason.NUMBER_ONLY_IN_XERO}
    assert SkipReason.NUMBER_ONLY_IN_XERO in COUNTED_ONLY


def test_another_number_in_xero_is_named_and_not_taken() -> None:
    snapshot = ours_and_theirs(changed(tax_file_number=TfnExemption.PENDING), changed(tax_file_number=ANOTHER))
    found = planned(snapshot, Preferences(authority=Authority.XERO))
    assert reasons(found) == {NUMBER: SkipReason.NUMBER_NOT_TAKEN}


def test_that_a_number_was_removed_here_is_not_sent_where_xero_gives_a_reason_for_none() -> None:
    theirs = changed(tax_file_number=TfnExemption.PENDING)
    snapshot = both(changed(tax_file_number=None), theirs, base_of_paid(theirs))
    assert reasons(planned(snapshot)) == {NUMBER: SkipReason.CANNOT_CLEAR_IN_XERO}


@pytest.mark.parametrize(
    ("hold", "reason"),
    [(BankHold.WAITS, SkipReason.BANK_CHANGE_WAITS), (BankHold.REFUSED, SkipReason.BANK_CHANGE_REFUSED)],
)
def test_bank_accounts_that_wait_or_were_refused_are_not_asked_for_again(hold: BankHold, reason: SkipReason) -> None:
    theirs = changed(bank_accounts=(REST,), student_debt=True)
    found = planned(ours_and_theirs(ADAS, theirs, bank_holds={ADA.employee_id: hold}))
    assert [step.field_names for step in found.steps] == [("student_debt",)]
    assert reasons(found) == {SharedField.BANK_ACCOUNTS: reason}


def test_a_hold_keeps_nobodys_accounts_from_xero() -> None:
    snapshot = ours_and_theirs(changed(bank_accounts=(REST,)), ADAS, bank_holds={ADA.employee_id: BankHold.WAITS})
    assert [(step.target, step.field_names) for step in planned(snapshot).steps] == [(Side.XERO, ("bank_accounts",))]


def test_fields_that_are_withheld_are_compared_on_neither_side() -> None:
    theirs = changed(employee_group="Café", leave_balances=())
    found = planned(ours_and_theirs(ADAS, theirs, withheld=withheld(Preferences())))
    assert set(found.skip_counts) == {SkipReason.UNCHANGED}


def test_somebody_new_comes_without_what_is_too_long_to_keep_which_is_named() -> None:
    person = replace(as_theirs(ADA), payroll=changed(country_of_residence="NEW ZEALAND", bank_accounts=(LONG_NAME,)))
    found = planned(Snapshot(NOW, (), (person,), lists=LISTS, branches=BRANCHES))
    assert {one.problem.field for one in found.problems} == {"country_of_residence", "bank_accounts"}
    assert {one.fix_in for one in found.problems} == {Side.XERO}
    (step,) = found.steps
    assert not {SharedField.COUNTRY_OF_RESIDENCE, SharedField.BANK_ACCOUNTS} & set(step.after)
    assert SharedField.SUPER_MEMBERSHIPS in step.after


def test_what_is_too_long_to_keep_stays_in_xero_and_the_rest_comes() -> None:
    found = planned(ours_and_theirs(ADAS, changed(bank_accounts=(LONG_NAME,), student_debt=True)))
    assert [step.field_names for step in found.steps] == [("student_debt",)]
    assert [one.problem.field for one in found.problems] == ["bank_accounts"]


def test_somebody_whose_payroll_nobody_entered_is_added_to_xero_without_it() -> None:
    bare = replace(ADA, payroll=PayrollDetails())
    (step,) = planned(Snapshot(NOW, (bare,), (), lists=LISTS)).steps
    assert not [field for field in step.after if field.group.value in ("bank", "super", "tax")]


def test_of_somebody_new_only_what_was_entered_is_judged() -> None:
    accounts: tuple[BankAccount, ...] = (WAGES, REST)
    record = replace(ADA, payroll=PayrollDetails(bank_accounts=accounts))
    (step,) = planned(Snapshot(NOW, (record,), (), lists=LISTS)).steps
    assert step.after[SharedField.BANK_ACCOUNTS] == accounts


@pytest.mark.parametrize("snapshot", ["linked", "new"])
def test_a_fund_that_xero_lacks_is_to_be_fixed_there(snapshot: str) -> None:
    lists = replace(LISTS, funds=LISTS.funds[:1])
    linked = replace(both(changed(super_memberships=(FAMILY,)), ADAS, base_of_paid(ADAS)), lists=lists)
    new = Snapshot(NOW, (PAID,), (), lists=lists)
    found: Plan = planned({"linked": linked, "new": new}[snapshot])
    assert [one.fix_in for one in found.problems] == [Side.XERO]
    assert found.lacks_fund


def test_a_plan_without_such_a_problem_lacks_no_fund() -> None:
    assert not planned(ours_and_theirs(ADAS, changed(tax_file_number=WHOLE_TFN))).lacks_fund


@pytest.mark.parametrize(
    ("target", "before", "is_noted"),
    [(Side.HR, (WAGES, REST), True), (Side.HR, (), False), (Side.XERO, (REST,), False)],
)
def test_a_preview_says_which_bank_accounts_the_run_only_asks_for(
    target: Side, before: tuple[BankAccount, ...], is_noted: bool
) -> None:
    changes = (
        FieldChange(SharedField.BANK_ACCOUNTS, before, (REST,)),
        FieldChange(SharedField.STUDENT_DEBT, False, True),
    )
    step = Step(target, Verb.UPDATE, ADA.employee_id, as_theirs(ADA).xero_employee_id, changes)
    lines = [ChangeLine(change.field.value, "", "", "") for change in changes]
    noted = with_payroll_notes(lines, step)
    assert [bool(line.note) for line in noted] == [is_noted, False]
