"""Organisations without payroll, of New Zealand, and demo companies (9a item 26)."""

from typing import Any

import pytest

from tandem_sandbox.testing import ControlRefused, Sandbox
from tandem_sandbox.tests.caller import AMIR, BAKERY, EMPLOYEES, ORGANISATION, ROSA, quiet_sandbox, sign_in

KIWI = "Kauri Crafts Limited"
WITHOUT_PAYROLL = "openid offline_access accounting.settings.read"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=1)


def _found(sandbox: Sandbox, **given: Any) -> str:
    return str(sandbox.control("POST", "organisations", {"kind": "au_payroll", **given})["name"])


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "uk"},
        {"kind": None},
        {"name": BAKERY},
        {"employees": -1},
        {"demo": "yes"},
        {"users": [ROSA]},
        {"users": {"nobody@example.com": "STANDARD"}},
        {"users": {ROSA: "KING"}},
        {"colour": "red"},
    ],
)
def test_an_organisation_that_cannot_be_is_refused_and_nothing_is_made(sandbox: Sandbox, given: dict[str, Any]) -> None:
    before = sandbox.control("GET", "world")["organisations"]
    with pytest.raises(ControlRefused):
        _found(sandbox, **given)
    assert sandbox.control("GET", "world")["organisations"] == before


@pytest.mark.parametrize("status", [403, 401, 404])
def test_payroll_of_new_zealand_is_refused_though_it_can_be_connected(sandbox: Sandbox, status: int) -> None:
    name = _found(sandbox, kind="nz", name=KIWI)
    amir = sign_in(sandbox, AMIR, [name])
    sandbox.control("PATCH", "switches", {"payroll_of_another_country_status": status})
    assert amir.get(EMPLOYEES).status_code == status
    (found,) = amir.get(ORGANISATION).get_json()["Organisations"]
    told = [found[key] for key in ("Version", "CountryCode", "BaseCurrency", "Timezone", "FinancialYearEndMonth")]
    assert told == ["NZ", "NZ", "NZD", "NEWZEALANDSTANDARDTIME", 3]
    assert "RegistrationNumber" not in found


def test_an_organisation_without_payroll_takes_no_payroll_scope(sandbox: Sandbox) -> None:
    name = _found(sandbox, kind="au_without_payroll")
    with pytest.raises(ControlRefused, match="payroll has not been set up here"):
        sign_in(sandbox, AMIR, [name])
    amir = sign_in(sandbox, AMIR, [name], scope=WITHOUT_PAYROLL)
    assert amir.get(ORGANISATION).status_code == 200


def test_a_demo_company_can_be_reset_and_is_then_another(sandbox: Sandbox) -> None:
    name = _found(sandbox, demo=True, employees=3, users={ROSA: "STANDARD"})
    rosa = sign_in(sandbox, ROSA, [name])
    (before,) = rosa.get(ORGANISATION).get_json()["Organisations"]
    assert (before["IsDemoCompany"], before["Class"]) == (True, "DEMO")
    rosa.post(f"{EMPLOYEES}/{rosa.employees()[0]['EmployeeID']}", [{"JobTitle": "Changed"}])
    reset = sandbox.control("POST", "events", {"kind": "demo_reset", "organisation": name})
    assert rosa.get(EMPLOYEES).status_code == 403
    again = sign_in(sandbox, ROSA, [name])
    assert reset["organisation"] != before["OrganisationID"] == reset["was"]
    again.tenant = reset["organisation"]
    jobs = {again.employee(item["EmployeeID"])["JobTitle"] for item in again.employees()}
    assert (len(again.employees()), "Changed" in jobs) == (3, False)


def test_made_organisations_differ_and_are_the_same_for_the_same_seed() -> None:
    def made() -> list[str]:
        sandbox = quiet_sandbox(employees=1)
        return [sandbox.control("POST", "organisations", {"kind": kind})["id"] for kind in ("nz", "au_payroll")]

    first = made()
    assert first == made()
    assert len(set(first)) == 2


def test_the_first_two_organisations_stay_as_they_were(sandbox: Sandbox) -> None:
    before = sandbox.control("GET", "world")["organisations"]
    _found(sandbox, kind="nz")
    assert sandbox.control("GET", "world")["organisations"][:2] == before
    assert [item["country"] for item in before] == ["AU", "AU"]


@pytest.mark.parametrize(("kind", "code"), [("au_payroll", "AUD"), ("nz", "NZD")])
def test_the_currencies_of_an_organisation_are_its_own(sandbox: Sandbox, kind: str, code: str) -> None:
    amir = sign_in(sandbox, AMIR, [_found(sandbox, kind=kind)], scope=WITHOUT_PAYROLL)
    path = "/api.xro/2.0/Currencies"
    assert [row["Code"] for row in amir.get(path).get_json()["Currencies"]] == [code]
    assert amir.get(path, query={"where": 'Code=="USD"'}).get_json()["Currencies"] == []
    assert amir.get(path, query={"where": "Colour==1"}).status_code == 400
