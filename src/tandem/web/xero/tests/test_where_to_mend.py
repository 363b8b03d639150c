"""A line of a run that needs mending leads to the page of the record that shows the field."""

from uuid import UUID

import pytest

from tandem.web.xero import present_runs
from tandem.xero.facade import ItemKind, RunItem, StepStatus
from tandem.xero.mapping.fields import OF_PAYROLL

PERSON = UUID(int=7)


def problem(field: str, person: UUID | None = PERSON) -> dict[str, object]:
    kind, status = ItemKind.PROBLEM, StepStatus.PLANNED
    line = RunItem(UUID(int=1), 0, kind, "hr", "", person, None, "Ada Byron", "Mend it.", (), status, "", field, True)
    (row,) = present_runs.problems("bakery", [line])
    return row


@pytest.mark.parametrize(
    ("field", "page", "named"),
    [
        ("bank_accounts.1.account_name", "bank/", "Bank accounts, 1, account name"),
        ("super_memberships", "super/", "Super memberships"),
        ("tax_scale", "tax/", "Tax scale"),
        ("home_address.line1", "", "Home address, line1"),
        ("", "", ""),
    ],
)
def test_a_problem_leads_to_its_page(field: str, page: str, named: str) -> None:
    row = problem(field)
    assert str(row["url"]).endswith(f"/employees/{PERSON}/{page}")
    assert row["field"] == named


def test_every_field_of_payroll_that_a_record_holds_has_its_tab() -> None:
    assert {field.value for field in OF_PAYROLL} - {"leave_balances"} == set(present_runs.PAYROLL_TABS)


def test_somebody_who_is_not_here_yet_has_no_page() -> None:
    assert problem("tax_scale", person=None)["url"] == ""
