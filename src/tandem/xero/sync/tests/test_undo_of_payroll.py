"""An undo of payroll details: tax and super go back on their sides, bank accounts wait for two people, nothing is shown."""

import pytest

from tandem.people.payroll_records import BankAccount
from tandem.testing.cast import Player
from tandem.xero import facade
from tandem.xero.facade import RunStatus
from tandem.xero.sync.tests import test_payroll_in_runs as payroll
from tandem.xero.sync.tests.office import Office
from tandem.xero.sync.tests.test_payroll_in_runs import ALICE, OTHERS, everything, held, in_xero, ken, pia
from tandem.xero.sync.tests.test_undo import left, preview_undo

__all__ = ["ken", "pia"]

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def accounts_in_xero(office: Office) -> list[str]:
    return [account["AccountNumber"] for account in in_xero(office)["BankAccounts"]]


def test_tax_and_super_go_back_and_bank_accounts_wait_for_two_people(at_work: Office, ken: Player, pia: Player) -> None:
    before, theirs = held(ken, at_work), in_xero(at_work)
    payroll.declare(ken, at_work, student_debt=True)
    payroll.put_in_force(ken, pia, at_work, OTHERS)
    member = {**theirs["SuperMemberships"][0], "EmployeeNumber": "000777"}
    at_work.edit_in_xero(ALICE, SuperMemberships=[member])
    shown = at_work.preview()
    notes = {line.field: line.note for item in shown.items for line in item.changes}
    assert "second person" in notes["bank_accounts"]
    assert notes["student_debt"] == ""
    run = at_work.approve(shown)
    at_work.clock.advance(minutes=5)
    page = preview_undo(at_work, run)
    assert left(page) == ["Bank accounts: They take a second person, so ask for the former ones on the Bank tab."]
    assert {line.before for item in page.items for line in item.changes} == {"Hidden"}
    seen = repr(facade.get_run(everything(at_work).actor, page.summary.run_id))
    assert OTHERS.account_number not in seen
    assert at_work.approve(page).summary.status is RunStatus.DONE
    assert in_xero(at_work)["TaxDeclaration"].get("HasLoanOrStudentDebt", False) == bool(
        theirs["TaxDeclaration"].get("HasLoanOrStudentDebt", False)
    )
    assert in_xero(at_work)["TaxDeclaration"].get("TaxFileNumber") == theirs["TaxDeclaration"].get("TaxFileNumber")
    assert held(ken, at_work).super_memberships == before.super_memberships
    assert isinstance(held(ken, at_work).bank_accounts[0], BankAccount)
    assert accounts_in_xero(at_work) == [OTHERS.account_number]
    at_work.clock.advance(minutes=5)
    again = at_work.sync()
    assert "applied" not in again.summary.counts
    fields = {one.field for one in facade.list_conflicts(at_work.player.actor)}
    assert fields == {"student_debt", "super_memberships"}
