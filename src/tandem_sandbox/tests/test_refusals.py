"""What is refused, and in which words (xero.md 2.5 and 3.2; test_rows.py lists which test is which row)."""

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    BOOKS,
    EMPLOYEES,
    NEWCOMER,
    ORGANISATION,
    PAYROLL,
    ROSA,
    Caller,
    organisation_id,
    quiet_sandbox,
    sign_in,
)

pytestmark = pytest.mark.unmeasured

FORBIDDEN = {"title": "Forbidden", "status": 403, "detail": "AuthenticationUnsuccessful"}


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox()


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _is_forbidden(caller: Caller, path: str = EMPLOYEES) -> bool:
    answer = caller.get(path)
    body = answer.get_json()
    return answer.status_code == 403 and {**body, "instance": ""} == {**FORBIDDEN, "instance": ""}


def test_an_expired_access_token_is_401_and_says_when_it_expired(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.clock.advance(1799)
    assert rosa.get(EMPLOYEES).status_code == 200
    sandbox.clock.advance(1)
    answer = rosa.get(EMPLOYEES)
    assert answer.status_code == 401
    assert answer.get_json()["Title"] == "Unauthorized"
    assert answer.get_json()["Detail"] == f"TokenExpired: token expired at {sandbox.clock.now():%m/%d/%Y %H:%M:%S}"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic abc", "", None])
def test_an_invalid_or_missing_access_token_is_401(rosa: Caller, header: str | None) -> None:
    answer = rosa.get(EMPLOYEES, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.get_json()["Detail"] == "AuthenticationUnsuccessful"
    assert answer.get_json()["Instance"]


def test_a_revoked_token_set_is_401_unless_the_switch_lets_it_live_out(sandbox: Sandbox, rosa: Caller) -> None:
    rosa.web.post(
        "/connect/revocation",
        data={
            "token": rosa.tokens["refresh_token"],
            "client_id": "TANDEM-DEMO-APP",
            "client_secret": "tandem-demo-secret",
        },
    )
    assert rosa.get(EMPLOYEES).status_code == 401
    sandbox.control("PATCH", "switches", {"dead_grant_access_token": "until_expiry"})
    assert rosa.get("/connections").get_json() == []
    assert _is_forbidden(rosa)


def test_a_token_without_the_scope_is_401_with_insufficient_scope(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox, scope="openid offline_access accounting.settings.read payroll.employees.read")
    assert caller.get(EMPLOYEES).status_code == 200
    answer = caller.get(f"{PAYROLL}/Settings")
    assert answer.status_code == 401
    assert answer.get_json()["Detail"] == "AuthorizationUnsuccessful"
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_a_read_scope_does_not_write(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox, scope="openid payroll.employees.read")
    person = caller.employees()[0]["EmployeeID"]
    assert caller.post(f"{EMPLOYEES}/{person}", [{"FirstName": "X"}]).status_code == 401


@pytest.mark.parametrize("tenant", [None, "", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_missing_or_wrong_tenant_header_is_403(rosa: Caller, tenant: str | None) -> None:
    answer = rosa.get(EMPLOYEES, headers={"Xero-Tenant-Id": tenant})
    assert answer.status_code == 403
    assert answer.get_json()["detail"] == "AuthenticationUnsuccessful"


def test_an_organisation_the_user_belongs_to_but_did_not_connect_is_403(sandbox: Sandbox) -> None:
    amir = sign_in(sandbox, AMIR, [BAKERY])
    amir.tenant = organisation_id(sandbox, BOOKS)
    assert _is_forbidden(amir)


@pytest.mark.parametrize("path", [EMPLOYEES, f"{PAYROLL}/Settings", ORGANISATION])
def test_a_removed_user_is_403_everywhere_while_refresh_goes_on(sandbox: Sandbox, rosa: Caller, path: str) -> None:
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    assert _is_forbidden(rosa, path)
    assert rosa.refresh().status_code == 200
    assert _is_forbidden(rosa, path)


@pytest.mark.parametrize("role", ["READONLY", "INVOICEONLY"])
def test_a_user_with_a_lesser_role_is_403_while_refresh_goes_on(sandbox: Sandbox, rosa: Caller, role: str) -> None:
    sandbox.control("POST", "events", {"kind": "change_role", "user": ROSA, "organisation": BAKERY, "role": role})
    assert _is_forbidden(rosa)
    assert _is_forbidden(rosa, ORGANISATION)
    assert rosa.refresh().status_code == 200


def test_an_app_disconnected_inside_xero_is_403_and_unlisted_while_refresh_goes_on(
    sandbox: Sandbox, rosa: Caller
) -> None:
    sandbox.control("POST", "events", {"kind": "disconnect_app", "user": ROSA, "organisation": BAKERY})
    assert _is_forbidden(rosa)
    assert rosa.connections() == []
    assert rosa.refresh().status_code == 200


@pytest.mark.parametrize("kind", ["end_trial", "demo_reset"])
def test_an_organisation_that_is_gone_is_403(sandbox: Sandbox, rosa: Caller, kind: str) -> None:
    sandbox.control("POST", "events", {"kind": kind, "organisation": BAKERY})
    assert _is_forbidden(rosa)
    assert _is_forbidden(rosa, ORGANISATION)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("detail", ["AuthenticationUnsuccessful", "AuthorizationUnsuccessful"])
def test_a_user_without_payroll_access_is_refused_on_payroll_paths_only(
    sandbox: Sandbox, rosa: Caller, status: int, detail: str
) -> None:
    sandbox.control(
        "PATCH",
        "switches",
        {"payroll_permission_lost_status": status, "payroll_permission_lost_detail": detail},
    )
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": ROSA, "organisation": BAKERY})
    answer = rosa.get(EMPLOYEES)
    body = {name.lower(): value for name, value in answer.get_json().items()}
    assert (answer.status_code, body["detail"]) == (status, detail)
    assert rosa.get(f"{PAYROLL}/Settings").status_code == status
    assert rosa.get(ORGANISATION).status_code == 200


@pytest.mark.parametrize("status", [401, 403, 404])
def test_payroll_that_was_never_set_up_is_refused_on_payroll_paths_only(
    sandbox: Sandbox, rosa: Caller, status: int
) -> None:
    sandbox.control("PATCH", "switches", {"payroll_not_set_up_status": status})
    sandbox.control("POST", "events", {"kind": "payroll_not_set_up", "organisation": BAKERY})
    assert rosa.get(EMPLOYEES).status_code == status
    assert rosa.get(ORGANISATION).status_code == 200


@pytest.mark.parametrize(
    ("casing", "unauthorised", "forbidden"),
    [("recorded", "Title", "title"), ("upper", "Title", "Title"), ("lower", "title", "title")],
)
def test_problem_bodies_come_in_either_casing(
    sandbox: Sandbox, rosa: Caller, casing: str, unauthorised: str, forbidden: str
) -> None:
    sandbox.control("PATCH", "switches", {"problem_casing": casing})
    assert unauthorised in rosa.get(EMPLOYEES, headers={"Authorization": None}).get_json()
    assert forbidden in rosa.get(EMPLOYEES, headers={"Xero-Tenant-Id": None}).get_json()


def test_an_unknown_employee_or_path_is_404_in_plain_text(rosa: Caller) -> None:
    for path in (
        f"{EMPLOYEES}/00000000-0000-4000-8000-000000000000",
        f"{EMPLOYEES}/not-a-guid",
        f"{PAYROLL}/Nothing",
        "/api.xro/2.0/Nothing",
        "/payroll.xro/9.9/Employees",
    ):
        answer = rosa.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_verb_that_employees_do_not_have_is_405(rosa: Caller, method: str) -> None:
    assert rosa.call(method, EMPLOYEES).status_code == 405


def test_an_offline_organisation_is_503_with_its_own_text(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("POST", "events", {"kind": "organisation_offline", "organisation": BAKERY})
    answer = rosa.get(EMPLOYEES)
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, "The Organisation is offline")


def test_every_answer_carries_a_correlation_id_and_forbids_caching(rosa: Caller) -> None:
    seen = set()
    for path in (EMPLOYEES, "/connections", ORGANISATION, f"{PAYROLL}/Nothing"):
        answer = rosa.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        seen.add(answer.headers["Xero-Correlation-Id"])
    assert len(seen) == 4


def test_without_accept_json_the_answer_is_xml(rosa: Caller) -> None:
    for accept in (None, "*/*", "application/xml"):
        answer = rosa.get(EMPLOYEES, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert answer.get_data(as_text=True).startswith("<?xml")
    assert rosa.get(EMPLOYEES).headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("path", ["/PAYROLL.XRO/1.0/employees", "/payroll.xro/1.0/EMPLOYEES/", "/Connections"])
def test_paths_are_not_case_sensitive(rosa: Caller, path: str) -> None:
    assert rosa.get(path).status_code == 200


def test_malformed_requests_get_an_answer_and_never_a_python_error(rosa: Caller) -> None:
    deep = b"[" * 100_000
    for data in (b"", b"{", b"null", b"{}", b"[]", b"[1]", b'["x"]', deep, b"\xff\xfe", b"x" * 100_000):
        answer = rosa.call("POST", EMPLOYEES, data=data)
        assert answer.status_code == 400, data[:20]
        assert answer.get_json()["Message"] == "Bad request"
    assert rosa.call("POST", EMPLOYEES, data=b"x" * 6_000_000).status_code == 413
    assert rosa.call("GET", EMPLOYEES, data=b"unexpected body").status_code == 200


@pytest.mark.parametrize(("casing", "names"), [("upper", {"Type", "Extensions"}), ("lower", {"type", "extensions"})])
def test_some_problem_bodies_carry_a_null_type_and_empty_extensions(
    sandbox: Sandbox, rosa: Caller, casing: str, names: set[str]
) -> None:
    sandbox.control("PATCH", "switches", {"problem_casing": casing, "problem_extras": True})
    for headers in ({"Authorization": None}, {"Xero-Tenant-Id": None}):
        body = rosa.get(EMPLOYEES, headers=headers).get_json()
        assert names < set(body)
        assert {name.lower(): body[name] for name in names} == {"type": None, "extensions": {}}


def test_a_create_is_200_and_not_201(rosa: Caller) -> None:
    answer = rosa.post(EMPLOYEES, [NEWCOMER])
    assert answer.status_code == 200
    assert answer.get_json()["Status"] == "OK"


@pytest.mark.parametrize("since", ["yesterday", "Sat, 29 Oct 1994 19:43:31 GMT", "2026-13-01T00:00:00"])
def test_a_bad_conditional_header_is_412(rosa: Caller, since: str) -> None:
    assert rosa.get(EMPLOYEES, headers={"If-Modified-Since": since}).status_code == 412
