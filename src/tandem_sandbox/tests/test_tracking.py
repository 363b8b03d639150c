"""Tracking categories and options as an app writes them, and what payroll then sees (Accounting 2.0)."""

from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import AMIR, EMPLOYEES, FULL, PAYROLL, Caller, quiet_sandbox, sign_in

CATEGORIES = "/api.xro/2.0/TrackingCategories"
UNKNOWN = "11111111-1111-4111-8111-111111111111"
WRITING = FULL.replace("accounting.settings.read", "accounting.settings")


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=4)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox, scope=WRITING)


def _listed(rosa: Caller, **query: str) -> dict[str, dict[str, Any]]:
    rows = rosa.get(CATEGORIES, query=query).get_json()["TrackingCategories"]
    return {row["Name"]: row for row in rows}


def _at(rosa: Caller, name: str) -> str:
    return f"{CATEGORIES}/{_listed(rosa, includeArchived='true')[name]['TrackingCategoryID']}"


def _option_at(rosa: Caller, category: str, option: str) -> str:
    (found,) = [one for one in _listed(rosa)[category]["Options"] if one["Name"] == option]
    return f"{_at(rosa, category)}/Options/{found['TrackingOptionID']}"


def _room(rosa: Caller) -> None:
    """Archive a category, so that another may be active."""
    assert rosa.post(_at(rosa, "Location"), {"Status": "ARCHIVED"}).status_code == 200


def _why(answer: Any) -> str:
    body = answer.get_json()
    assert (answer.status_code, body["Type"], body["ErrorNumber"]) == (400, "ValidationException", 10)
    return str(body["Elements"][0]["ValidationErrors"][0]["Message"])


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("GET", ""),
        ("POST", ""),
        ("DELETE", ""),
        ("PUT", "/Options"),
        ("POST", f"/Options/{UNKNOWN}"),
        ("DELETE", f"/Options/{UNKNOWN}"),
    ],
)
@pytest.mark.parametrize("category", [UNKNOWN, "x"])
def test_a_category_that_is_not_there_is_404(rosa: Caller, method: str, below: str, category: str) -> None:
    assert rosa.call(method, f"{CATEGORIES}/{category}{below}", json={"Name": "x"}).status_code == 404


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_option_of_another_category_is_404(rosa: Caller, method: str) -> None:
    option = _option_at(rosa, "Team", "Shop").rpartition("/")[2]
    answer = rosa.call(method, f"{_at(rosa, 'Location')}/Options/{option}", json={"Name": "x"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "below"),
    [("PUT", ""), ("POST", ""), ("POST", "/{id}"), ("DELETE", "/{id}"), ("PUT", "/{id}/Options")],
)
def test_the_scope_that_only_reads_writes_nothing(sandbox: Sandbox, rosa: Caller, method: str, below: str) -> None:
    reader = sign_in(sandbox, AMIR)
    path = CATEGORIES + below.replace("{id}", _at(rosa, "Location").rpartition("/")[2])
    answer = reader.call(method, path, json={"Name": "x"})
    assert answer.status_code == 401
    assert 'scope="accounting.settings"' in answer.headers["WWW-Authenticate"]
    assert list(_listed(rosa)) == ["Team", "Location"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "PostDataInvalidException"),
        (b"3", "PostDataInvalidException"),
        (b'[{"Name":"a"},4]', "PostDataInvalidException"),
        (b'{"Name":{"a":1}}', "PostDataInvalidException"),
        (b'{"Name":"a","Options":3}', "PostDataInvalidException"),
        (b"", "PostDataInvalidException"),
        (b"{}", "NoDataProcessedException"),
        (b"[]", "NoDataProcessedException"),
        (b'{"TrackingCategories":[]}', "NoDataProcessedException"),
    ],
)
def test_a_body_that_is_no_category_is_a_400_of_accounting(rosa: Caller, body: bytes, kind: str) -> None:
    _room(rosa)
    answer = rosa.call("PUT", CATEGORIES, data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.get_json()["Type"]) == (400, kind)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"Status": "ACTIVE"}, "The Name is required."),
        ({"Name": "  "}, "The Name is required."),
        ({"Name": "x" * 101}, "The Name must not be longer than 100 characters."),
        ({"Name": "tEAM"}, "There is a tracking category with this name already."),
        ({"Name": "Project", "Status": "OPEN"}, "'OPEN' is not a valid Status."),
        ({"Name": "Project", "Options": [{"Name": ""}]}, "The Name is required."),
        (
            {"Name": "Project", "Options": [{"Name": "A"}, {"Name": "a"}]},
            "There is a tracking option with this name already.",
        ),
    ],
)
def test_a_category_that_cannot_be_is_refused(rosa: Caller, sent: dict[str, Any], says: str) -> None:
    _room(rosa)
    assert _why(rosa.call("PUT", CATEGORIES, json=sent)) == says
    assert list(_listed(rosa)) == ["Team"]


def test_two_categories_are_active_at_most_and_four_there_at_most(rosa: Caller) -> None:
    assert "at most 2 active" in _why(rosa.call("PUT", CATEGORIES, json={"Name": "Project"}))
    _room(rosa)
    assert rosa.call("PUT", CATEGORIES, json={"Name": "Project"}).status_code == 200
    assert "at most 2 active" in _why(rosa.post(_at(rosa, "Location"), {"Status": "ACTIVE"}))
    rosa.post(_at(rosa, "Project"), {"Status": "ARCHIVED"})
    assert "at most 4" in _why(rosa.call("PUT", CATEGORIES, json={"Name": "Fifth"}))
    assert rosa.call("DELETE", _at(rosa, "Old projects")).status_code == 200
    assert rosa.call("PUT", CATEGORIES, json={"Name": "Fifth"}).status_code == 200


def test_a_batch_of_categories_counts_those_before_each(rosa: Caller) -> None:
    _room(rosa)
    sent = {"TrackingCategories": [{"Name": "Project"}, {"Name": "Ferry"}]}
    assert "at most 2 active" in _why(rosa.call("PUT", CATEGORIES, json=sent))


@pytest.mark.parametrize(
    "sent",
    [
        {"Name": "Project"},
        {"name": "Project"},
        [{"Name": "Project"}],
        {"TrackingCategories": [{"Name": "Project"}]},
        {"trackingCategories": [{"name": "Project", "trackingCategoryID": UNKNOWN, "Unknown": 1}]},
    ],
)
def test_a_new_category_is_taken_in_every_shape_that_accounting_takes(rosa: Caller, sent: Any) -> None:
    _room(rosa)
    (made,) = rosa.call("PUT", CATEGORIES, json=sent).get_json()["TrackingCategories"]
    assert (made["Name"], made["Status"], made["Options"]) == ("Project", "ACTIVE", [])
    assert made["TrackingCategoryID"] != UNKNOWN
    assert rosa.get(f"{CATEGORIES}/{made['TrackingCategoryID'].upper()}").get_json()["TrackingCategories"] == [made]


def test_options_come_with_a_new_category_or_not_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    _room(rosa)
    sent = {"Name": "Project", "Options": [{"Name": "Ferry"}, {"Name": "Bridge"}]}
    assert rosa.call("PUT", CATEGORIES, json=sent).status_code == 200
    assert [one["Name"] for one in _listed(rosa)["Project"]["Options"]] == ["Ferry", "Bridge"]
    assert rosa.call("DELETE", _at(rosa, "Project")).status_code == 200
    sandbox.control("PATCH", "switches", {"tracking_options_with_category": False})
    (made,) = rosa.call("PUT", CATEGORIES, json=sent).get_json()["TrackingCategories"]
    assert made["Options"] == []


def test_a_post_without_an_id_in_its_path_creates_and_changes(rosa: Caller) -> None:
    team = _listed(rosa)["Team"]["TrackingCategoryID"]
    assert rosa.post(CATEGORIES, {"TrackingCategoryID": team, "Name": "Crew"}).status_code == 200
    assert list(_listed(rosa)) == ["Crew", "Location"]
    assert "does not exist" in _why(rosa.post(CATEGORIES, {"TrackingCategoryID": UNKNOWN, "Name": "Crew"}))
    _room(rosa)
    assert rosa.post(CATEGORIES, {"Name": "Project"}).status_code == 200
    assert list(_listed(rosa)) == ["Crew", "Project"]


def test_a_deleted_category_is_shown_to_who_asks_for_it_and_to_nobody_else(rosa: Caller) -> None:
    path = _at(rosa, "Old projects")
    (gone,) = rosa.call("DELETE", path).get_json()["TrackingCategories"]
    assert gone["Status"] == "DELETED"
    assert rosa.get(path).get_json()["TrackingCategories"][0]["Status"] == "DELETED"
    assert list(_listed(rosa, includeArchived="true")) == ["Team", "Location"]
    assert rosa.call("DELETE", path).status_code == 404
    assert rosa.post(path, {"Status": "ACTIVE"}).status_code == 404


@pytest.mark.parametrize("how", ["DELETE", "POST"])
def test_what_payroll_uses_is_not_deleted(rosa: Caller, how: str) -> None:
    gone = {"Status": "DELETED"}
    assert "is in use" in _why(rosa.call(how, _at(rosa, "Team"), json=gone))
    assert "is in use" in _why(rosa.call(how, _option_at(rosa, "Team", "Shop"), json=gone))


def test_what_payroll_uses_is_archived_instead_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"tracking_in_use": "archive"})
    (option,) = rosa.call("DELETE", _option_at(rosa, "Team", "Shop")).get_json()["Options"]
    assert (option["Status"], option["IsArchived"], option["IsActive"]) == ("ARCHIVED", True, False)
    (option,) = rosa.post(_option_at(rosa, "Team", "Office"), {"Status": "DELETED"}).get_json()["Options"]
    assert option["Status"] == "ARCHIVED"
    (team,) = rosa.call("DELETE", _at(rosa, "Team")).get_json()["TrackingCategories"]
    assert team["Status"] == "ARCHIVED"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"Name": ""}, "The Name is required."),
        ({"Name": "x" * 101}, "The Name must not be longer than 100 characters."),
        ({"Name": "SHOP"}, "There is a tracking option with this name already."),
        ({"Name": "Ferry", "Status": "OPEN"}, "'OPEN' is not a valid Status."),
    ],
)
def test_an_option_that_cannot_be_is_refused(rosa: Caller, sent: dict[str, str], says: str) -> None:
    assert _why(rosa.call("PUT", f"{_at(rosa, 'Team')}/Options", json=sent)) == says


def test_the_name_of_an_option_is_shorter_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"tracking_option_name_length": 50})
    answer = rosa.call("PUT", f"{_at(rosa, 'Team')}/Options", json={"Name": "x" * 51})
    assert "longer than 50" in _why(answer)


def test_a_category_has_a_hundred_options_at_most_or_any_number_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    path = f"{_at(rosa, 'Location')}/Options"
    sent = {"Options": [{"Name": f"Stall {number}"} for number in range(98)]}
    assert len(rosa.call("PUT", path, json=sent).get_json()["Options"]) == 98
    assert "at most 100 options" in _why(rosa.call("PUT", path, json={"Name": "One more"}))
    sandbox.control("PATCH", "switches", {"tracking_option_limit": None})
    assert rosa.call("PUT", path, json={"Name": "One more"}).status_code == 200


def test_an_unused_option_is_deleted_and_its_name_is_free_again(sandbox: Sandbox, rosa: Caller) -> None:
    (option,) = rosa.call("DELETE", _option_at(rosa, "Location", "Market")).get_json()["Options"]
    assert (option["Status"], option["IsDeleted"], option["IsActive"]) == ("DELETED", True, False)
    assert rosa.call("PUT", f"{_at(rosa, 'Location')}/Options", json={"Name": "Market"}).status_code == 200
    sandbox.control("PATCH", "switches", {"tracking_option_deleted_answer": "remaining"})
    left = rosa.call("DELETE", _option_at(rosa, "Location", "Market")).get_json()["Options"]
    assert [one["Name"] for one in left] == ["Harbour"]


def test_archived_options_are_listed_only_when_asked(rosa: Caller) -> None:
    rosa.post(_option_at(rosa, "Location", "Market"), {"Status": "ARCHIVED"})
    assert [one["Name"] for one in _listed(rosa)["Location"]["Options"]] == ["Harbour"]
    asked = _listed(rosa, includeArchived="true")["Location"]["Options"]
    assert [(one["Name"], one["IsArchived"]) for one in asked] == [("Harbour", False), ("Market", True)]


def test_a_renamed_group_is_renamed_for_everybody_in_it(rosa: Caller) -> None:
    before = rosa.get(EMPLOYEES).get_json()["Employees"]
    assert rosa.post(_option_at(rosa, "Team", "Shop"), {"Name": "Front of house"}).status_code == 200
    after = rosa.get(EMPLOYEES).get_json()["Employees"]
    renamed = [row["EmployeeGroupName"].replace("Shop", "Front of house") for row in before]
    assert [row["EmployeeGroupName"] for row in after] == renamed
    assert [row["UpdatedDateUTC"] for row in after] == [row["UpdatedDateUTC"] for row in before]


def test_a_new_option_of_team_is_a_group_for_employees_and_an_archived_one_is_none(rosa: Caller) -> None:
    person = rosa.get(EMPLOYEES).get_json()["Employees"][0]["EmployeeID"]

    def move(group: str) -> int:
        return rosa.post(f"{EMPLOYEES}/{person}", [{"EmployeeGroupName": group}]).status_code

    assert move("Night shift") == 400
    assert rosa.call("PUT", f"{_at(rosa, 'Team')}/Options", json={"Name": "Night shift"}).status_code == 200
    assert move("Night shift") == 200
    assert rosa.post(_option_at(rosa, "Team", "Office"), {"Status": "ARCHIVED"}).status_code == 200
    assert move("Office") == 400
    assert rosa.post(_at(rosa, "Team"), {"Status": "ARCHIVED"}).status_code == 200
    assert move("Bakehouse") == 400


def test_settings_follow_a_category_that_is_renamed_or_archived(rosa: Caller) -> None:
    rosa.post(_at(rosa, "Team"), {"Name": "Crew"})
    _room(rosa)
    used = rosa.get(f"{PAYROLL}/Settings").get_json()["Settings"]["TrackingCategories"]
    assert {key: item["TrackingCategoryName"] for key, item in used.items()} == {"EmployeeGroups": "Crew"}


def test_a_category_sent_twice_under_one_key_is_made_once(rosa: Caller) -> None:
    _room(rosa)
    sent, key = {"Name": "Project"}, {"Idempotency-Key": "category-1"}
    first, again = (rosa.call("PUT", CATEGORIES, json=sent, headers={**key}) for _ in range(2))
    assert first.get_data() == again.get_data()
    assert list(_listed(rosa)) == ["Team", "Project"]
