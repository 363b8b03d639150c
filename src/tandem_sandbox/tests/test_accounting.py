"""Organisation, Users and TrackingCategories of Accounting 2.0 (9a item 26)."""

from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import AMIR, BAKERY, ORGANISATION, WENDY, Caller, quiet_sandbox, sign_in

USERS, CATEGORIES = "/api.xro/2.0/Users", "/api.xro/2.0/TrackingCategories"
UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=1)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _names(rosa: Caller, path: str, **query: str) -> list[str]:
    body = rosa.get(path, query=query).get_json()
    (rows,) = [value for value in body.values() if isinstance(value, list)]
    return [str(row.get("FirstName") or row["Name"]) for row in rows]


@pytest.mark.parametrize("path", [f"{USERS}/{UNKNOWN}", f"{USERS}/x", f"{CATEGORIES}/{UNKNOWN}", "/api.xro/2.0/Nope"])
def test_what_is_not_there_is_404(rosa: Caller, path: str) -> None:
    assert rosa.get(path).status_code == 404


@pytest.mark.parametrize("path", [USERS, CATEGORIES])
@pytest.mark.parametrize("query", [{"where": "hi==1"}, {"order": "hi"}, {"where": "(("}])
def test_a_question_that_cannot_be_read_is_a_parse_error(rosa: Caller, path: str, query: dict[str, str]) -> None:
    answer = rosa.get(path, query=query)
    assert (answer.status_code, answer.get_json()["Type"]) == (400, "QueryParseException")


@pytest.mark.parametrize("path", [USERS, ORGANISATION, f"{ORGANISATION}/Actions", "/api.xro/2.0/Currencies"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_what_is_only_read_cannot_be_written(rosa: Caller, method: str, path: str) -> None:
    assert rosa.call(method, path, json={}).status_code == 405


@pytest.mark.parametrize("path", [f"{ORGANISATION}/Actions", "/api.xro/2.0/Organisations/Actions"])
@pytest.mark.parametrize("status", ["ALLOWED", "NOT-ALLOWED"])
def test_actions_are_allowed_or_not_by_switch(rosa: Caller, path: str, status: str) -> None:
    rosa.sandbox.control("PATCH", "switches", {"organisation_actions": status})
    actions = rosa.get(path).get_json()["Actions"]
    assert {"Name": "CreateDraftInvoice", "Status": status} in actions
    assert {action["Status"] for action in actions} == {status}


def test_the_british_scheme_is_off_or_unknown_by_switch(rosa: Caller) -> None:
    path = f"{ORGANISATION}/{rosa.tenant}/CISSettings"
    (settings,) = rosa.get(path).get_json()["CISSettings"]
    assert settings == {"CISContractorEnabled": False, "CISSubContractorEnabled": False}
    assert rosa.get(f"{ORGANISATION}/{UNKNOWN}/CISSettings").status_code == 404
    rosa.sandbox.control("PATCH", "switches", {"construction_scheme_elsewhere_status": 404})
    assert rosa.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Rosa", "Amir", "Wendy", "Noor"]),
        ({"where": 'OrganisationRole=="STANDARD"'}, ["Rosa", "Wendy"]),
        ({"where": 'EmailAddress.StartsWith("noor")'}, ["Noor"]),
        ({"where": "IsSubscriber==true"}, []),
        ({"order": "LastName DESC"}, ["Amir", "Noor", "Wendy", "Rosa"]),
    ],
)
def test_users_are_filtered_and_sorted(rosa: Caller, query: dict[str, str], names: list[str]) -> None:
    assert _names(rosa, USERS, **query) == names


def test_users_are_found_by_id_and_by_when_they_changed(sandbox: Sandbox, rosa: Caller) -> None:
    since = {"If-Modified-Since": f"{sandbox.clock.now():%Y-%m-%dT%H:%M:%S}"}
    assert rosa.get(USERS, headers=since).get_json()["Users"] == []
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": AMIR, "organisation": BAKERY})
    (amir,) = rosa.get(USERS, headers=since).get_json()["Users"]
    assert amir["EmailAddress"] == AMIR
    assert rosa.get(f"{USERS}/{amir['UserID'].upper()}").get_json()["Users"] == [amir]


def test_a_removed_user_is_gone_or_listed_as_removed_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("POST", "events", {"kind": "remove_user", "user": WENDY, "organisation": BAKERY})
    assert "Wendy" not in _names(rosa, USERS)
    sandbox.control("PATCH", "switches", {"removed_users_listed": True})
    assert _names(rosa, USERS, where='OrganisationRole=="REMOVED"') == ["Wendy"]
    sandbox.control("POST", "events", {"kind": "restore_user", "user": WENDY, "organisation": BAKERY})
    assert _names(rosa, USERS, where='OrganisationRole=="REMOVED"') == []
    assert _names(rosa, USERS).count("Wendy") == 1


def test_roles_are_unknown_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"organisation_role": "unknown"})
    assert {user["OrganisationRole"] for user in rosa.get(USERS).get_json()["Users"]} == {"UNKNOWN"}


def test_tracking_categories_show_what_is_archived_only_when_asked(rosa: Caller) -> None:
    assert _names(rosa, CATEGORIES) == ["Team", "Location"]
    assert _names(rosa, CATEGORIES, includeArchived="true") == ["Team", "Location", "Old projects"]
    assert _names(rosa, CATEGORIES, includeArchived="true", where='Status=="ARCHIVED"') == ["Old projects"]
    (team,) = rosa.get(CATEGORIES, query={"where": 'Name=="Team"'}).get_json()["TrackingCategories"]
    one = rosa.get(f"{CATEGORIES}/{team['TrackingCategoryID']}").get_json()["TrackingCategories"]
    assert one == [team]


def test_settings_name_the_categories_that_are_there(rosa: Caller) -> None:
    used = rosa.get("/payroll.xro/1.0/Settings").get_json()["Settings"]["TrackingCategories"]
    listed = {row["TrackingCategoryID"]: row["Name"] for row in rosa.get(CATEGORIES).get_json()["TrackingCategories"]}
    assert {item["TrackingCategoryID"]: item["TrackingCategoryName"] for item in used.values()} == listed


def test_the_organisation_is_australian_and_active(rosa: Caller) -> None:
    (found,) = rosa.get(ORGANISATION).get_json()["Organisations"]
    told: dict[str, Any] = {name: found[name] for name in ("Version", "CountryCode", "BaseCurrency", "Timezone")}
    assert list(told.values()) == ["AU", "AU", "AUD", "AUSEASTERNSTANDARDTIME"]
    assert (found["OrganisationStatus"], found["IsDemoCompany"], found["Class"]) == ("ACTIVE", False, "PREMIUM")
