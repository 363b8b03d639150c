"""The life events of 9a item 29 that change who and what there is, and how each is taken back."""

import pytest

from tandem_sandbox.testing import ControlRefused, Sandbox
from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    BOOKS,
    CALLBACK,
    DEMO,
    EMPLOYEES,
    ORGANISATION,
    PAYROLL,
    ROSA,
    SECRET,
    WENDY,
    Caller,
    organisation_id,
    quiet_sandbox,
    sign_in,
)
from tandem_sandbox.world.events import FOR_GOOD

USERS = "/api.xro/2.0/Users"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=3)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _event(sandbox: Sandbox, kind: str, **more: object) -> dict[str, object]:
    found = sandbox.control("POST", "events", {"kind": kind, **more})
    assert isinstance(found, dict)
    return found


def _exchange(sandbox: Sandbox, code: object) -> Caller:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:8000/xero/callback"}
    answer = sandbox.app.test_client().post("/connect/token", data={"client_id": DEMO, "client_secret": SECRET, **form})
    assert answer.status_code == 200
    return Caller(sandbox, answer.get_json(), organisation_id(sandbox))


def test_a_second_user_connects_without_a_browser_and_both_connections_are_independent(
    sandbox: Sandbox, rosa: Caller
) -> None:
    made = _event(sandbox, "user_connects", user=AMIR, organisation=BAKERY)
    amir = _exchange(sandbox, made["code"])
    mine, theirs = rosa.connections()[0]["id"], amir.connections()[0]["id"]
    assert mine != theirs == made["connection"]
    assert rosa.call("DELETE", f"/connections/{mine}").status_code == 204
    assert (rosa.get(EMPLOYEES).status_code, amir.get(EMPLOYEES).status_code) == (403, 200)


def test_a_connection_of_a_second_user_can_be_taken_back(sandbox: Sandbox, rosa: Caller) -> None:
    _event(sandbox, "user_connects", user=AMIR, organisation=BAKERY)
    _event(sandbox, "put_back", event="user_connects")
    assert [item["user"] for item in sandbox.control("GET", "world")["connections"]] == [ROSA]


@pytest.mark.parametrize(
    "bad",
    [
        {"user": WENDY, "organisation": BAKERY},
        {"user": ROSA, "organisation": BOOKS},
        {"user": ROSA, "organisation": BAKERY, "app": "NONE"},
        {"user": ROSA, "organisation": BAKERY, "scope": "payroll.everything"},
        {"organisation": BAKERY},
    ],
)
def test_who_may_not_connect_is_refused(sandbox: Sandbox, bad: dict[str, object]) -> None:
    with pytest.raises(ControlRefused, match="400"):
        _event(sandbox, "user_connects", **bad)
    assert sandbox.control("GET", "world")["connections"] == []


def test_a_user_who_is_added_can_sign_in_and_connect_and_can_be_taken_back(sandbox: Sandbox, rosa: Caller) -> None:
    _event(sandbox, "add_user", organisation=BAKERY, email="ines.vella@example.com")
    ines = sign_in(sandbox, "ines.vella@example.com")
    assert ines.get(EMPLOYEES).status_code == 200
    listed = rosa.get(USERS).get_json()["Users"]
    assert [(user["FirstName"], user["LastName"], user["OrganisationRole"]) for user in listed][-1] == (
        "Ines", "Vella", "STANDARD",
    )  # fmt: skip
    _event(sandbox, "put_back", event="add_user")
    assert ines.get(EMPLOYEES).status_code == 403
    assert len(rosa.get(USERS).get_json()["Users"]) == len(listed) - 1


def test_a_user_can_be_added_with_a_lesser_role_or_to_another_organisation(sandbox: Sandbox) -> None:
    _event(sandbox, "add_user", organisation=BAKERY, email="dev.costa@example.com", role="READONLY")
    with pytest.raises(ControlRefused, match="409"):
        sign_in(sandbox, "dev.costa@example.com")
    _event(sandbox, "add_user", organisation=BOOKS, email=ROSA.upper(), payroll_admin=True)
    assert sign_in(sandbox, ROSA, [BOOKS]).get(EMPLOYEES).status_code == 200


@pytest.mark.parametrize(
    "bad",
    [{"email": ROSA}, {"email": "nobody"}, {}, {"email": "x@example.com", "role": "KING"}],
)
def test_a_user_who_cannot_be_added_is_refused(sandbox: Sandbox, bad: dict[str, object]) -> None:
    with pytest.raises(ControlRefused, match="400"):
        _event(sandbox, "add_user", organisation=BAKERY, **bad)


def test_a_changed_address_is_the_same_user_and_signs_in_anew(sandbox: Sandbox, rosa: Caller) -> None:
    before = rosa.get("/connect/userinfo").get_json()
    _event(sandbox, "change_email", user=ROSA, email="rosa@example.com")
    after = rosa.get("/connect/userinfo").get_json()
    assert (after["email"], after["xero_userid"]) == ("rosa@example.com", before["xero_userid"])
    with pytest.raises(ControlRefused, match="no user"):
        sign_in(sandbox, ROSA)
    assert sign_in(sandbox, "rosa@example.com").connections()[0]["id"] == rosa.connections()[0]["id"]
    _event(sandbox, "put_back", event="change_email")
    assert sign_in(sandbox, ROSA).get(EMPLOYEES).status_code == 200


def test_an_address_of_somebody_else_cannot_be_taken(sandbox: Sandbox) -> None:
    for email in (AMIR, "nobody", ""):
        with pytest.raises(ControlRefused, match="400"):
            _event(sandbox, "change_email", user=ROSA, email=email)


def test_a_lowered_day_limit_holds_for_its_organisation_and_can_be_put_back(sandbox: Sandbox) -> None:
    amir = sign_in(sandbox, AMIR, [BAKERY, BOOKS])
    books: dict[str, str | None] = {"Xero-Tenant-Id": organisation_id(sandbox, BOOKS)}
    _event(sandbox, "lower_day_limit", organisation=BAKERY, day=2)
    assert [amir.get(EMPLOYEES).status_code for _ in range(3)] == [200, 200, 429]
    assert amir.get(EMPLOYEES).headers["X-Rate-Limit-Problem"] == "day"
    assert amir.get(EMPLOYEES, headers=books).headers["X-DayLimit-Remaining"] == "999"
    assert sandbox.control("GET", f"world?organisation={BAKERY}")["organisations"][0]["day_limit"] == 2
    _event(sandbox, "put_back", event="lower_day_limit")
    assert amir.get(EMPLOYEES).headers["X-DayLimit-Remaining"] == "997"


@pytest.mark.parametrize("day", [None, -1, True, "5", 1.5])
def test_a_day_limit_that_is_none_is_refused(sandbox: Sandbox, day: object) -> None:
    with pytest.raises(ControlRefused, match="400"):
        _event(sandbox, "lower_day_limit", organisation=BAKERY, day=day)


@pytest.mark.parametrize(
    ("kind", "more", "path", "status"),
    [
        ("remove_user", {"user": ROSA}, EMPLOYEES, 403),
        ("change_role", {"user": ROSA, "role": "INVOICEONLY"}, EMPLOYEES, 403),
        ("drop_payroll_admin", {"user": ROSA}, EMPLOYEES, 403),
        ("disconnect_app", {"user": ROSA}, EMPLOYEES, 403),
        ("end_trial", {}, ORGANISATION, 403),
        ("demo_reset", {}, ORGANISATION, 403),
        ("payroll_not_set_up", {}, f"{PAYROLL}/Settings", 403),
        ("organisation_offline", {}, ORGANISATION, 503),
        ("lower_day_limit", {"day": 0}, EMPLOYEES, 429),
    ],
)
def test_each_event_shows_and_each_is_taken_back_alone(
    sandbox: Sandbox, rosa: Caller, kind: str, more: dict[str, object], path: str, status: int
) -> None:
    before = sandbox.control("GET", "world")
    _event(sandbox, "rename_organisation", organisation=BAKERY, name="Stays Renamed")
    _event(sandbox, kind, organisation="Stays Renamed", **more)
    assert rosa.get(path).status_code == status
    assert rosa.refresh().status_code == 200
    assert _event(sandbox, "put_back", event=kind)["events"] == 1
    assert rosa.get(path).status_code == 200
    assert rosa.connections()[0]["tenantName"] == "Stays Renamed"
    assert _event(sandbox, "put_back")["events"] == 1
    assert sandbox.control("GET", "world") == before


def test_taking_back_an_event_that_does_not_exist_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ControlRefused, match="no event"):
        _event(sandbox, "put_back", event="doomsday")


def test_a_third_organisation_has_no_payroll_a_fourth_is_in_new_zealand_and_a_fifth_is_a_demo() -> None:
    sandbox = quiet_sandbox(employees=1, orgs=5)
    names = [org["name"] for org in sandbox.control("GET", "world")["organisations"]]
    amir = sign_in(sandbox, AMIR, names, scope="offline_access accounting.settings.read")
    shown = []
    for tenant in amir.connections():
        record = amir.get(ORGANISATION, headers={"Xero-Tenant-Id": tenant["tenantId"]}).get_json()["Organisations"][0]
        shown.append((record["CountryCode"], record["BaseCurrency"], record["Class"]))
    assert shown == [
        ("AU", "AUD", "PREMIUM"), ("AU", "AUD", "PREMIUM"), ("AU", "AUD", "PREMIUM"),
        ("NZ", "NZD", "PREMIUM"), ("AU", "AUD", "DEMO"),
    ]  # fmt: skip
    for name in names[2:4]:
        with pytest.raises(ControlRefused, match="payroll has not been set up"):
            sign_in(sandbox, AMIR, [name])
    assert sign_in(sandbox, AMIR, [names[4]]).get(EMPLOYEES).status_code == 200


def test_a_consent_of_another_app_leaves_this_one_alone(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("POST", "apps", {"client_id": "B", "secret": "s", "redirect_uris": [CALLBACK]})
    _event(sandbox, "user_connects", user=ROSA, organisation=BAKERY, app="B")
    assert len(rosa.connections()) == 1
    _event(sandbox, "disconnect_app", app="B", organisation=BAKERY)
    assert rosa.get(EMPLOYEES).status_code == 200


@pytest.mark.parametrize("kind", FOR_GOOD)
def test_what_cannot_be_put_back_says_so(sandbox: Sandbox, kind: str) -> None:
    with pytest.raises(ControlRefused, match=f"{kind} cannot be put back"):
        _event(sandbox, "put_back", event=kind)
