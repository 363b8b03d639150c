"""Bank, super and tax in runs, both ways: masked, checked before they go, and bank accounts with a second person."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tandem.access.roles import Role
from tandem.cli.stored import everything_stored
from tandem.flows import payroll as flows
from tandem.kernel.errors import Invalid
from tandem.kernel.scoping import scope
from tandem.people import bank_changes
from tandem.people.payroll import get_payroll, save_declaration
from tandem.people.payroll_records import (
    BankAccount,
    Fund,
    PayrollDetails,
    SuperMembership,
    TfnExemption,
)
from tandem.people.selectors import list_history
from tandem.testing.cast import Cast, Player, join
from tandem.xero import facade
from tandem.xero.client.errors import RequestKind
from tandem.xero.client.payroll_au import payroll_url
from tandem.xero.client.transport import Request
from tandem.xero.connections.session import open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.matching.matching import Side
from tandem.xero.sync.pages import ItemKind, Reach, RunItem, RunPage
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import MARTA, Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
SAMPLE_TFN = "123456782"
ALICE = "Alice Lang"
SAVINGS = BankAccount("A Lang", "000000", "918273645", takes_remainder=True)
OTHERS = BankAccount("A Lang", "122344", "918273644", takes_remainder=True)
IN_XERO = {
    "StatementText": "Wages",
    "AccountName": "A Lang",
    "BSB": "000000",
    "AccountNumber": "918273645",
    "Remainder": True,
}
NEW_FUND = Fund(usi="ZZZ0000AU", name="New Super")


PENDING = {
    "TFNExemptionType": "PENDING",
    "ResidencyStatus": "AUSTRALIANRESIDENT",
    "TaxScaleType": "REGULAR",
    "TaxFreeThresholdClaimed": True,
}


@pytest.fixture
def ken(cast: Cast) -> Player:
    return join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)


@pytest.fixture
def pia(cast: Cast) -> Player:
    return join(cast.alice.account, "Pia Wood", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)


def alice_id(office: Office) -> UUID:
    return office.someone().employee_id


def held(player: Player, office: Office) -> PayrollDetails:
    return get_payroll(player.actor, employee_id=alice_id(office))


def in_xero(office: Office, name: str = ALICE) -> dict[str, Any]:
    return office.theirs()[name]


def everything(office: Office) -> Player:
    """Return somebody who both manages the connection and works with payroll."""
    return join(office.player.account, "Ada Byron", Role.ACCOUNT_ADMIN, Role.PAYROLL_TAB)


def add_fund(office: Office, fund: Fund) -> None:
    """Add a fund in Xero."""
    session = open_session(office.player.account.account_id, purpose=Purpose.WRITE)
    session.ask(
        Request(
            "POST",
            payroll_url("Superfunds"),
            RequestKind.WRITE,
            "write",
            lambda body: body,
            headers={"Idempotency-Key": "a-fund"},
            body=[{"Type": "REGULATED", "Name": fund.name, "USI": fund.usi}],
        )
    )


def asked_for(player: Player, office: Office) -> bank_changes.BankChangeRecord:
    found = bank_changes.find_bank_change(player.actor, employee_id=alice_id(office))
    assert found
    return found


def approve(player: Player, employee_id: UUID) -> None:
    change = bank_changes.find_bank_change(player.actor, employee_id=employee_id)
    assert change
    bank_changes.approve_bank_change(player.actor, employee_id=employee_id, change_id=change.change_id)


def put_in_force(ken: Player, pia: Player, office: Office, *accounts: BankAccount) -> None:
    """Have accounts asked for by one person and approved by another."""
    assert flows.ask_bank_change(ken.actor, employee_id=alice_id(office), accounts=accounts)
    approve(pia, alice_id(office))


def declare(
    ken: Player, office: Office, *, exemption: TfnExemption | None = None, digits: str = "", **values: Any
) -> None:
    details = replace(held(ken, office), **values)
    assert flows.save_tax(ken.actor, employee_id=alice_id(office), details=details, exemption=exemption, digits=digits)


def nothing_of_alice(page: RunPage) -> bool:
    return not [item for item in page.items if item.person == ALICE]


def of_kind(page: RunPage, kind: ItemKind) -> list[RunItem]:
    return [item for item in page.items if item.kind is kind and item.person == ALICE]


def lines_of(page: RunPage) -> dict[str, tuple[str, str]]:
    return {line.field: (line.before, line.after) for item in page.items for line in item.changes}


# --- from Xero ---


def test_a_first_import_brings_bank_super_and_tax_and_no_tax_file_number(before_import: Office, ken: Player) -> None:
    page = before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    assert page.summary.counts["applied"] == 6
    details, theirs = held(ken, before_import), in_xero(before_import)
    assert [one.account_number for one in details.bank_accounts] == [
        one["AccountNumber"] for one in theirs["BankAccounts"]
    ]
    assert len(details.super_memberships) == len(theirs["SuperMemberships"]) == 1
    assert details.super_memberships[0].fund.name
    assert details.employment_basis
    assert details.income_type
    assert details.tax_scale
    assert theirs["TaxDeclaration"]["TaxFileNumber"]
    assert details.tax_file_number is None
    before_import.clock.advance(minutes=5)
    assert before_import.preview(RunKind.IMPORT).item_counts == {}


def test_bank_accounts_that_changed_in_xero_wait_for_somebody_who_did_not_let_the_run_go_ahead(
    at_work: Office, ken: Player
) -> None:
    before = held(ken, at_work).bank_accounts
    at_work.player = both = everything(at_work)
    part = {**IN_XERO, "AccountNumber": "1", "Remainder": False, "Amount": 50.5}
    at_work.edit_in_xero(ALICE, BankAccounts=[part, IN_XERO])
    preview = at_work.preview()
    assert of_kind(preview, ItemKind.STEP)[0].changes[0].note.startswith("The run asks for this; it is in force once")
    page = at_work.approve(preview)
    assert [item.outcome for item in of_kind(page, ItemKind.STEP)] == [
        "Done. The bank accounts wait on the Bank tab until a second person approves them."
    ]
    assert held(ken, at_work).bank_accounts == before
    waiting = asked_for(ken, at_work)
    assert [one.account_number for one in waiting.accounts] == ["1", "918273645"]
    assert waiting.asked_by_id == both.actor.user_id
    with pytest.raises(Invalid, match="You asked for this change"):
        approve(both, alice_id(at_work))
    again = at_work.sync()
    assert not of_kind(again, ItemKind.STEP)
    assert "waits here for a second person" in of_kind(again, ItemKind.SKIP)[0].sentence
    bank_changes.end_bank_change(ken.actor, employee_id=alice_id(at_work), change_id=waiting.change_id)
    assert "somebody refused here" in of_kind(at_work.sync(), ItemKind.SKIP)[0].sentence
    assert bank_changes.find_bank_change(ken.actor, employee_id=alice_id(at_work)) is None
    at_work.edit_in_xero(ALICE, BankAccounts=[IN_XERO])
    at_work.sync()
    approve(ken, alice_id(at_work))
    assert nothing_of_alice(at_work.sync())
    assert [one.account_number for one in held(ken, at_work).bank_accounts] == ["918273645"]
    assert not at_work.calls("POST")


def test_a_number_that_xero_masks_does_not_replace_a_whole_one(at_work: Office, ken: Player) -> None:
    declare(ken, at_work, digits=SAMPLE_TFN)
    at_work.sync()
    assert in_xero(at_work)["TaxDeclaration"]["TaxFileNumber"] == SAMPLE_TFN
    number = held(ken, at_work).tax_file_number
    at_work.edit_in_xero(ALICE, TaxDeclaration={**in_xero(at_work)["TaxDeclaration"], "TaxFileNumber": "*****783"})
    page = at_work.sync()
    assert not of_kind(page, ItemKind.STEP)
    assert held(ken, at_work).tax_file_number == number
    assert "shows only its end" in of_kind(page, ItemKind.SKIP)[0].sentence


# --- to Xero ---


def test_approved_bank_accounts_reach_xero_and_unapproved_ones_are_in_no_plan(
    at_work: Office, ken: Player, pia: Player
) -> None:
    assert flows.ask_bank_change(ken.actor, employee_id=alice_id(at_work), accounts=[OTHERS])
    assert nothing_of_alice(at_work.preview())
    assert not facade.list_waiting_changes(ken.actor, employee_id=alice_id(at_work))
    approve(pia, alice_id(at_work))
    assert facade.list_waiting_changes(ken.actor, employee_id=alice_id(at_work))[0].changes[0].field == "bank_accounts"
    at_work.forget_calls()
    page = at_work.sync()
    assert page.summary.counts["applied"] == 1
    (account,) = in_xero(at_work)["BankAccounts"]
    assert (account["BSB"], account["AccountNumber"]) == ("122344", "918273644")
    assert not facade.list_waiting_changes(ken.actor, employee_id=alice_id(at_work))
    assert nothing_of_alice(at_work.preview())


def test_a_changed_declaration_goes_whole_with_the_number_that_only_xero_has(at_work: Office, ken: Player) -> None:
    before = in_xero(at_work)["TaxDeclaration"]
    declare(ken, at_work, student_debt=True, extra_withholding=Decimal("12.50"))
    assert at_work.sync().summary.counts["applied"] == 1
    after = in_xero(at_work)["TaxDeclaration"]
    assert after["TaxFileNumber"] == before["TaxFileNumber"]
    assert after["UpwardVariationTaxWithholdingAmount"] == 12.5
    assert after["HasLoanOrStudentDebt"] is True
    assert held(ken, at_work).tax_file_number is None


def test_a_number_entered_here_goes_to_xero_once_and_only_its_end_is_shown(
    at_work: Office, ken: Player, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    at_work.edit_in_xero(ALICE, TaxDeclaration={**PENDING, "EmploymentBasis": "CASUAL"})
    at_work.sync()
    assert held(ken, at_work).tax_file_number is TfnExemption.PENDING
    declare(ken, at_work, digits=SAMPLE_TFN)
    at_work.player = everything(at_work)
    page = at_work.preview()
    assert lines_of(page)["tax_file_number"] == ("Applied for, not there yet", "*** *** 782")
    at_work.approve(page)
    assert in_xero(at_work)["TaxDeclaration"]["TaxFileNumber"] == SAMPLE_TFN
    assert "TFNExemptionType" not in in_xero(at_work)["TaxDeclaration"]
    assert SAMPLE_TFN not in everything_stored(superuser)
    assert nothing_of_alice(at_work.preview())


def test_somebody_new_goes_to_xero_with_their_payroll_details(at_work: Office, ken: Player, pia: Player) -> None:
    marta = at_work.hire(MARTA).employee_id
    fund = held(ken, at_work).super_memberships[0].fund
    flows.save_super(ken.actor, employee_id=marta, memberships=[SuperMembership(fund, "0042")])
    details = replace(held(ken, at_work), super_memberships=(), bank_accounts=())
    flows.save_tax(ken.actor, employee_id=marta, details=details, exemption=None, digits=SAMPLE_TFN)
    flows.ask_bank_change(ken.actor, employee_id=marta, accounts=[SAVINGS])
    approve(pia, marta)
    at_work.sync()
    theirs = in_xero(at_work, "Marta Nowak")
    assert theirs["BankAccounts"][0]["AccountNumber"] == "918273645"
    assert theirs["SuperMemberships"][0]["EmployeeNumber"] == "0042"
    assert theirs["TaxDeclaration"]["TaxFileNumber"] == SAMPLE_TFN
    assert not [item for item in at_work.preview().items if item.person == "Marta Nowak"]


def test_a_fund_that_xero_does_not_have_is_a_task_and_goes_at_the_next_run_after_it_was_added(
    at_work: Office, ken: Player
) -> None:
    memberships = [SuperMembership(NEW_FUND, "77")]
    flows.save_super(ken.actor, employee_id=alice_id(at_work), memberships=memberships)
    (problem,) = of_kind(at_work.preview(), ItemKind.PROBLEM)
    assert problem.sentence == "Payroll details need mending first. Somebody with the Payroll Tab role sees what."
    at_work.player = everything(at_work)
    page = at_work.sync()
    (task,) = of_kind(page, ItemKind.PROBLEM)
    assert task.target == "xero"
    assert task.sentence.startswith("Add New Super (USI ZZZ0000AU) in Xero")
    add_fund(at_work, NEW_FUND)
    at_work.sync()
    assert [one["EmployeeNumber"] for one in in_xero(at_work)["SuperMemberships"]] == ["77"]


def test_everything_that_xero_would_refuse_is_said_at_once_and_nothing_is_sent(at_work: Office, ken: Player) -> None:
    with scope(at_work.player.actor.account_id):
        details = replace(held(ken, at_work), contractor_abn="51824753556", country_of_residence="NZ")
        save_declaration(ken.actor, employee_id=alice_id(at_work), details=details)
    at_work.player = everything(at_work)
    at_work.forget_calls()
    page = at_work.sync()
    assert {item.problem_field for item in of_kind(page, ItemKind.PROBLEM)} == {
        "contractor_abn",
        "country_of_residence",
    }
    assert not at_work.calls("POST")


# --- both ---


def test_a_clash_over_bank_accounts_is_a_sealed_conflict_whose_values_only_payroll_sees(
    at_work: Office, ken: Player, pia: Player, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    put_in_force(ken, pia, at_work, OTHERS)
    at_work.edit_in_xero(ALICE, BankAccounts=[IN_XERO])
    page = at_work.sync()
    assert lines_of(page)["bank_accounts"] == ("Hidden", "Hidden")
    (hidden,) = facade.list_conflicts(at_work.player.actor)
    assert (hidden.label, hidden.last_agreed, hidden.ours, hidden.theirs) == ("Bank accounts", *["Hidden"] * 3)
    assert not re.search("91827364[45]", everything_stored(superuser))
    (seen,) = facade.list_conflicts(everything(at_work).actor)
    assert seen.ours == "A Lang, account ending in 644: the remainder"
    assert seen.theirs == "A Lang, account ending in 645: the remainder"
    facade.decide_conflict(at_work.player.actor, hidden.conflict_id, keep=Side.HR)
    at_work.sync()
    assert in_xero(at_work)["BankAccounts"][0]["AccountNumber"] == "918273644"
    assert not facade.list_conflicts(at_work.player.actor)
    assert not re.search("91827364[45]", everything_stored(superuser))


def test_nobody_unchanged_is_read_again_and_an_import_of_payroll_is_one_line_of_history(
    at_work: Office, ken: Player
) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    at_work.automatic()
    at_work.forget_calls()
    at_work.automatic()
    assert len(at_work.calls()) <= 3
    assert not [call for call in at_work.calls() if "/employees/" in call["path"].lower()]
    declare(ken, at_work, student_debt=True)
    rosa = at_work.ours()["Rosa Byrne"].employee_id
    theirs = in_xero(at_work, "Rosa Byrne")["TaxDeclaration"]
    at_work.edit_in_xero("Rosa Byrne", TaxDeclaration={**theirs, "HasLoanOrStudentDebt": True})
    at_work.forget_calls()
    page = at_work.automatic()
    assert len(at_work.calls()) <= 3 + 1 + 3
    newest = list_history(ken.actor, employee_id=rosa)[0]
    assert (newest.fields, newest.via) == (("payroll_details",), f"xero run {page.summary.run_id}")
