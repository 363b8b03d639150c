"""Xero's own Python SDK drives the simulator through the stories of a connector; the whole table is sdk_table's."""

from collections.abc import Iterator
from datetime import date

import pytest
from tests.conformance.sdk import AMIR, BAKERY, BOOKS, ROSA, SignIn, clients_of
from xero_python.exceptions import HTTPStatusException
from xero_python.payrollau.models import BankAccount, Employee, HomeAddress, State

from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(employees=130)


@pytest.fixture
def sign_in(sandbox: Sandbox) -> Iterator[SignIn]:
    with clients_of(sandbox) as connect:
        yield connect


def test_the_sdk_reads_connections_organisation_users_and_payroll_lists(sign_in: SignIn) -> None:
    client = sign_in()
    (connection,) = client.identity.get_connections()
    tenant = str(connection.tenant_id)
    assert connection.created_date_utc is not None
    (organisation,) = client.accounting.get_organisations(tenant).organisations
    assert (organisation.name, organisation.version) == (connection.tenant_name, "AU")
    roles = {item.email_address: item.organisation_role for item in client.accounting.get_users(tenant).users}
    assert (roles[ROSA], roles[AMIR]) == ("STANDARD", "FINANCIALADVISER")
    assert client.payroll.get_settings(tenant).settings.employees_are_stp2 is True
    assert len(client.payroll.get_payroll_calendars(tenant).payroll_calendars) == 2
    assert len(client.payroll.get_pay_runs(tenant).pay_runs) == 1


def test_the_sdk_pages_filters_and_reads_one_in_full(sign_in: SignIn) -> None:
    client = sign_in()
    tenant = client.tenant()
    pages = [client.payroll.get_employees(tenant, page=page).employees for page in (1, 2)]
    assert [len(page) for page in pages] == [100, 30]
    (rosa,) = client.payroll.get_employees(tenant, where='FirstName=="Rosa"').employees
    assert rosa.last_name == "Byrne"
    (full,) = client.payroll.get_employee(tenant, rosa.employee_id).employees
    assert full.tax_declaration.tax_file_number == "123456782"
    assert (full.bank_accounts[0].bsb, len(full.super_memberships)) == ("122344", 1)
    assert client.payroll.get_employees(tenant, where='Status=="TERMINATED"').employees == []


def test_the_sdk_creates_and_updates_and_a_delta_read_shows_both(sandbox: Sandbox, sign_in: SignIn) -> None:
    client = sign_in()
    tenant = client.tenant()
    since = sandbox.clock.now().replace(microsecond=0)
    address = HomeAddress(address_line1="1 Mill Road", city="Hobart", region=State.TAS, postal_code="7000")
    wanted = Employee(first_name="Nia", last_name="Okoro", date_of_birth=date(1991, 2, 3), home_address=address)
    (made,) = client.payroll.create_employee(tenant, [wanted], idempotency_key="create-1").employees
    (again,) = client.payroll.create_employee(tenant, [wanted], idempotency_key="create-1").employees
    assert (made.employee_id, made.date_of_birth) == (again.employee_id, date(1991, 2, 3))
    account = BankAccount(account_name="Nia Okoro", bsb="000000", account_number="012345678", remainder=True)
    change = Employee(first_name="Nia", last_name="Okoro-Lim", date_of_birth=date(1991, 2, 3), bank_accounts=[account])
    (after,) = client.payroll.update_employee(tenant, made.employee_id, [change]).employees
    assert (after.last_name, after.bank_accounts[0].account_number) == ("Okoro-Lim", "012345678")
    assert after.home_address.city == "Hobart"
    changed = client.payroll.get_employees(tenant, if_modified_since=since).employees
    assert [item.employee_id for item in changed] == [made.employee_id]
    record = sandbox.control("GET", f"world/organisations/{tenant}/employees/{made.employee_id}")
    assert (record["writes"], record["DateOfBirth"]) == (2, "1991-02-03")


def test_the_sdk_terminates(sign_in: SignIn) -> None:
    client = sign_in()
    tenant = client.tenant()
    person = client.payroll.get_employees(tenant).employees[0]
    change = Employee(
        first_name=person.first_name,
        last_name=person.last_name,
        date_of_birth=person.date_of_birth,
        termination_date=date(2026, 5, 1),
        termination_reason="V",
    )
    client.payroll.update_employee(tenant, person.employee_id, [change])
    (ended,) = client.payroll.get_employees(tenant, where='Status=="TERMINATED"').employees
    assert (ended.employee_id, ended.termination_date) == (person.employee_id, date(2026, 5, 1))


@pytest.mark.parametrize(
    ("event", "status"),
    [("remove_user", 403), ("drop_payroll_admin", 403), ("disconnect_app", 403), ("end_trial", 403)],
)
def test_the_sdk_sees_a_refusal_and_refresh_goes_on(sandbox: Sandbox, sign_in: SignIn, event: str, status: int) -> None:
    client = sign_in()
    tenant = client.tenant()
    about = {"organisation": BAKERY} if event == "end_trial" else {"organisation": BAKERY, "user": ROSA}
    sandbox.control("POST", "events", {"kind": event, **about})
    with pytest.raises(HTTPStatusException) as refused:
        client.payroll.get_employees(tenant)
    assert refused.value.status == status
    before = client.token["refresh_token"]
    client.token["expires_at"] = 0
    client.identity.get_connections()
    assert client.token["refresh_token"] != before


def test_the_sdk_gets_a_429_at_once(sandbox: Sandbox, sign_in: SignIn) -> None:
    client = sign_in()
    tenant = client.tenant()
    sandbox.control("PATCH", "limits", {"minute": 0})
    with pytest.raises(HTTPStatusException) as refused:
        client.payroll.get_employees(tenant)
    assert (refused.value.status, refused.value.headers["X-Rate-Limit-Problem"]) == (429, "minute")


def test_two_users_clients_disconnect_and_revoke_each_for_themselves(sandbox: Sandbox, sign_in: SignIn) -> None:
    rosa, amir = sign_in(ROSA), sign_in(AMIR, (BAKERY, BOOKS))
    (mine,) = rosa.identity.get_connections()
    rosa.identity.delete_connection(str(mine.id))
    assert rosa.identity.get_connections() == []
    assert len(amir.payroll.get_employees(amir.tenant(BOOKS)).employees) == 12
    amir.api.revoke_oauth2_token()
    assert sandbox.control("GET", "world")["connections"] == []
