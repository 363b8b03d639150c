"""The simulator's own pages, as a browser without a mouse would use them."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client, TestResponse

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    BOOKS,
    EMPLOYEES,
    NOOR,
    ROSA,
    authorise_url,
    organisation_id,
    quiet_sandbox,
    sign_in,
)
from tandem_sandbox.tests.pressing import hidden_of, send, text_of, wrong_fields

PAGES = ("/", "/apps", "/apps/connected", "/payroll/employees", "/payroll/employees/new", "/payroll/leave", "/payroll/leave/new", "/users", "/faults",
         "/switches", "/switches?changed=yes", "/log", "/limits", "/clock", "/control", "/organisations", "/nowhere")  # fmt: skip


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=4)


@pytest.fixture
def web(sandbox: Sandbox) -> Client:
    return sandbox.app.test_client()


def _log_in(web: Client, user: str, **changes: str | None) -> TestResponse:
    shown = web.get(authorise_url(**changes))
    form = {**hidden_of(shown), "email": user, "password": "sandbox"}
    return web.post("/identity/login", data=form, follow_redirects=True)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_names_itself_a_simulator_and_has_a_strict_policy(web: Client, path: str) -> None:
    answer = web.get(path)
    assert "not affiliated with Xero" in text_of(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    html = answer.get_data(as_text=True)
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)


def test_signing_in_and_allowing_leads_back_with_a_code(sandbox: Sandbox, web: Client) -> None:
    page = _log_in(web, ROSA)
    assert "Tandem HR demo wants access" in text_of(page)
    assert "Payroll View and change payroll employees and leave" in text_of(page)
    assert "form-action 'self' http://localhost" in page.headers["Content-Security-Policy"]
    form = {**hidden_of(page), "organisation": organisation_id(sandbox), "decision": "allow"}
    back = web.post("/identity/consent", data=form)
    assert back.status_code == 303
    given = parse_qs(urlsplit(back.headers["Location"]).query)
    assert given["state"] == ["s1"]
    assert given["code"]
    assert "Already connected" in text_of(web.get(authorise_url()))


def test_cancelling_leads_back_with_access_denied(sandbox: Sandbox, web: Client) -> None:
    page = _log_in(web, ROSA)
    back = web.post("/identity/consent", data={**hidden_of(page), "decision": "cancel"})
    assert "error=access_denied" in back.headers["Location"]
    assert sandbox.control("GET", "world")["grants"] == []


def test_a_wrong_password_keeps_the_address_and_says_so(web: Client) -> None:
    form = {**hidden_of(web.get(authorise_url())), "email": ROSA, "password": "wrong"}
    answer = web.post("/identity/login", data=form)
    assert answer.status_code == 400
    assert f'value="{ROSA}"' in answer.get_data(as_text=True)
    assert "password is not right" in text_of(answer)


def test_allowing_nothing_is_an_error_on_the_page(web: Client) -> None:
    page = _log_in(web, AMIR)
    answer = web.post("/identity/consent", data={**hidden_of(page), "decision": "allow"})
    assert answer.status_code == 400
    assert "Choose at least one organisation." in text_of(answer)


def test_a_user_who_may_connect_nothing_can_only_cancel(web: Client) -> None:
    page = _log_in(web, NOOR)
    assert "Only a Standard user or an Adviser can connect an app" in text_of(page)
    assert ">Allow access</button>" not in page.get_data(as_text=True)
    assert ">Cancel</button>" in page.get_data(as_text=True)


def test_a_user_can_be_taken_at_one_press(web: Client) -> None:
    page = web.get(authorise_url())
    assert 'aria-label="Continue as Amir Lim"' in page.get_data(as_text=True)
    form = {**hidden_of(page), "email": AMIR, "password": "sandbox"}
    assert "Tandem HR demo wants access" in text_of(web.post("/identity/login", data=form, follow_redirects=True))


def test_somebody_else_can_log_in(web: Client) -> None:
    page = _log_in(web, ROSA)
    answer = web.post("/identity/logout", data=hidden_of(page), follow_redirects=True)
    assert "Who you can be" in text_of(answer)


def test_forms_of_another_site_or_a_broken_request_are_refused(sandbox: Sandbox, web: Client) -> None:
    page = _log_in(web, ROSA)
    form = {**hidden_of(page), "decision": "allow"}
    assert web.post("/identity/consent", data={**form, "token": "x"}).status_code == 400
    assert web.post("/identity/consent", data={**form, "ask": "client_id=X"}).status_code == 400
    assert web.post("/identity/login", data={**form, "ask": "client_id=X"}).status_code == 400
    for path in ("/faults", "/put-back", "/log/clear", "/clock", "/switches"):
        assert web.post(path, data={}).status_code == 400
    assert sandbox.app.test_client().post("/identity/consent", data=form).status_code == 400


def test_an_app_is_listed_once_per_connecting_user_and_can_be_disconnected(sandbox: Sandbox, web: Client) -> None:
    assert "No app is connected" in text_of(web.get("/apps/connected"))
    rosa, amir = sign_in(sandbox, ROSA), sign_in(sandbox, AMIR)
    page = web.get("/apps/connected")
    assert page.get_data(as_text=True).count(">Disconnect</button>") == 2
    mine = rosa.connections()[0]["id"]
    answer = send(web, "/apps/connected", f"/apps/connected/{mine}/disconnect")
    assert f"Tandem HR demo has been disconnected from {BAKERY}." in text_of(answer)
    assert (rosa.get(EMPLOYEES).status_code, amir.get(EMPLOYEES).status_code) == (403, 200)
    other = amir.connections()[0]["id"]
    assert "Tandem HR demo is no longer listed." in text_of(
        send(web, "/apps/connected", f"/apps/connected/{other}/disconnect")
    )
    assert send(web, "/faults", f"/apps/connected/{other}/disconnect").status_code == 404


def test_users_can_be_removed_restored_and_changed(sandbox: Sandbox, web: Client) -> None:
    rosa = sign_in(sandbox)
    user = next(item["id"] for item in sandbox.control("GET", "world")["users"] if item["email"] == ROSA)
    org = organisation_id(sandbox)

    def press(decision: str, **fields: str) -> str:
        return text_of(send(web, "/users", f"/users/{user}", organisation=org, decision=decision, **fields))

    assert f"Rosa Byrne was removed from {BAKERY}." in press("remove")
    assert rosa.get(EMPLOYEES).status_code == 403
    assert f"Rosa Byrne is back in {BAKERY}." in press("restore")
    assert rosa.get(EMPLOYEES).status_code == 200
    assert "The role of Rosa Byrne was changed." in press("change", role="STANDARD")
    assert rosa.get(EMPLOYEES).status_code == 403
    assert "put back" in text_of(send(web, "/users", "/put-back"))
    assert rosa.get(EMPLOYEES).status_code == 200
    assert send(web, "/users", "/users/nobody", organisation=org).status_code == 404


def test_a_user_can_be_added_and_taken_back(sandbox: Sandbox, web: Client) -> None:
    org = organisation_id(sandbox)
    fields = {"first_name": "Tam", "last_name": "Ode", "role": "STANDARD", "payroll_admin": "yes", "organisation": org}
    refused = send(web, "/users", "/users", **fields, email="nobody")
    assert (refused.status_code, wrong_fields(refused)) == (400, ["email"])
    assert 'value="Ode"' in refused.get_data(as_text=True)
    assert f"Tam Ode was added to {BAKERY}." in text_of(
        send(web, "/users", "/users", **fields, email="tam@example.com")
    )
    assert sign_in(sandbox, "tam@example.com").get(EMPLOYEES).status_code == 200
    assert wrong_fields(send(web, "/users", "/users", **fields, email="tam@example.com")) == ["email"]
    assert "1 event put back" in text_of(send(web, "/users", "/put-back"))
    assert "Not in this organisation" in text_of(web.get("/users"))


def test_who_connected_an_app_is_a_hint_that_can_be_shown(sandbox: Sandbox, web: Client) -> None:
    sign_in(sandbox)
    assert "rosa.byrne@example.com" not in text_of(web.get("/apps/connected"))
    assert "By Rosa Byrne (rosa.byrne@example.com), Standard here." in text_of(web.get("/apps/connected?hints=on"))


def test_the_home_page_says_who_can_sign_in_and_where_an_app_is_pointed(web: Client) -> None:
    shown = text_of(web.get("/"))
    assert "Rosa Byrne rosa.byrne@example.com Standard, payroll administrator in Harbour Lane Bakery Pty Ltd" in shown
    assert "TANDEM-DEMO-APP , secret tandem-demo-secret" in shown
    assert "http://localhost" in shown


def test_an_employee_can_be_found_edited_terminated_and_taken_back(sandbox: Sandbox, web: Client) -> None:
    rosa = sign_in(sandbox)
    person = rosa.employees()[0]["EmployeeID"]
    org = organisation_id(sandbox)
    page, path = f"/payroll/employees/{person}?organisation={org}", f"/payroll/employees/{person}"
    assert "Rosa Byrne" in text_of(web.get("/payroll/employees?q=rosa"))
    assert "Nobody found" in text_of(web.get("/payroll/employees?q=zzz"))
    before = rosa.employee(person)
    fields = {
        "FirstName": "Rosa", "LastName": "Byrne-Lim", "DateOfBirth": "1990-01-01", "AddressLine1": "1 Quay Parade",
        "City": "Hobart", "Region": "TAS", "PostalCode": "7000", "Gender": "F", "organisation": org,
    }  # fmt: skip
    assert "Rosa Byrne-Lim was saved." in text_of(send(web, page, path, **fields))
    after = rosa.employee(person)
    assert (after["LastName"], after["HomeAddress"]["City"]) == ("Byrne-Lim", "Hobart")
    assert after["BankAccounts"] == before["BankAccounts"]
    wrong = send(web, page, path, **{**fields, "LastName": "", "Region": "NZ"})
    assert wrong.status_code == 400
    assert '<a href="#LastName">The Last Name is required.</a>' in wrong.get_data(as_text=True)
    assert '<a href="#Region">' in wrong.get_data(as_text=True)
    ending = {"organisation": org, "decision": "terminate", "TerminationDate": "2026-05-01"}
    assert "A termination reason must be provided" in text_of(send(web, page, f"{path}/terminate", **ending))
    done = send(web, page, f"{path}/terminate", **ending, TerminationReason="V")
    assert "Terminated on 1 May 2026" in text_of(done)
    assert rosa.employee(person)["Status"] == "TERMINATED"
    send(web, page, f"{path}/terminate", organisation=org, decision="clear")
    assert rosa.employee(person)["Status"] == "ACTIVE"
    assert send(web, page, f"{path}/terminate", organisation=org, decision="terminate").status_code == 400
    assert web.get("/payroll/employees/unknown").status_code == 404


def test_an_employee_can_be_added(sandbox: Sandbox, web: Client) -> None:
    rosa, org = sign_in(sandbox), organisation_id(sandbox)
    fields = {"FirstName": "Nia", "LastName": "Okoro", "DateOfBirth": "1991-02-03", "organisation": org}
    wrong = send(web, "/payroll/employees/new", "/payroll/employees/new", **fields)
    assert (wrong.status_code, "The Home Address is required." in text_of(wrong)) == (400, True)
    assert 'value="Okoro"' in wrong.get_data(as_text=True)
    right = send(web, "/payroll/employees/new", "/payroll/employees/new", **fields, AddressLine1="1 Mill Road")
    assert "Nia Okoro was added." in text_of(right)
    assert len(rosa.employees()) == 5


def test_a_long_list_of_employees_comes_in_pages() -> None:
    web = quiet_sandbox(employees=120).app.test_client()
    assert "Page 1 of 3" in text_of(web.get("/payroll/employees"))
    assert "Page 3 of 3" in text_of(web.get("/payroll/employees?page=9"))
    assert "Page 1 of 3" in text_of(web.get("/payroll/employees?page=x"))


def test_faults_can_be_switched_on_and_off(sandbox: Sandbox, web: Client) -> None:
    rosa = sign_in(sandbox)
    fields = {"fault": "status", "path": "/payroll.xro/1.0/*", "status": "503", "method": "GET", "count": "2"}
    assert "2 more times" in text_of(send(web, "/faults", "/faults", **fields))
    assert rosa.get(EMPLOYEES).status_code == 503
    assert "No fault is on" in text_of(send(web, "/faults", "/faults/1/off"))
    send(web, "/faults", "/faults", fault="slow", path="*", organisation=organisation_id(sandbox, BOOKS))
    assert BOOKS in text_of(web.get("/faults"))
    assert "Every fault is off." in text_of(send(web, "/faults", "/faults/clear"))


def test_switches_can_be_saved_and_reset(sandbox: Sandbox, web: Client) -> None:
    assert "saved" in text_of(send(web, "/switches", "/switches", refresh_retry="1", app_connection_cap="7"))
    shown = sandbox.control("GET", "switches")
    assert (shown["refresh_retry"]["value"], shown["app_connection_cap"]["value"]) == ("same", 7)
    assert send(web, "/switches", "/switches", refresh_retry="9").status_code == 400
    send(web, "/switches", "/switches", decision="reset")
    assert sandbox.control("GET", "switches")["refresh_retry"]["value"] == "fresh"


def test_the_log_shows_and_forgets_requests(sandbox: Sandbox, web: Client) -> None:
    assert "Nothing yet" in text_of(web.get("/log"))
    sign_in(sandbox).get(EMPLOYEES)
    assert EMPLOYEES in text_of(web.get("/log?path=/payroll*&method=GET"))
    assert "/connect/token" not in text_of(web.get("/log?path=/payroll*"))
    send(web, "/log", "/log/clear")
    assert sandbox.control("GET", "log") == []


def test_the_clock_can_be_moved_stopped_and_set(sandbox: Sandbox, web: Client) -> None:
    before = sandbox.clock.now()
    send(web, "/clock", "/clock", advance="1860")
    assert (sandbox.clock.now() - before).total_seconds() == 1860
    assert "It is now 5 Mar 2027, 09:30 UTC." in text_of(send(web, "/clock", "/clock", set="2027-03-05T09:30"))
    send(web, "/clock", "/clock", mode="running")
    assert sandbox.clock.mode.value == "running"
    send(web, "/clock", "/clock", mode="real")
    assert abs(sandbox.clock.offset.total_seconds()) < 1
    assert send(web, "/clock", "/clock", set="whenever").status_code == 400


def test_an_organisation_that_does_not_exist_is_404(web: Client) -> None:
    assert web.get("/users?organisation=nowhere").status_code == 404


def test_the_home_page_marks_what_is_wrong_with_an_organisation(sandbox: Sandbox, web: Client) -> None:
    for kind in ("payroll_not_set_up", "organisation_offline", "end_trial"):
        sandbox.control("POST", "events", {"kind": kind, "organisation": BAKERY})
    sandbox.control("POST", "events", {"kind": "demo_reset", "organisation": BOOKS})
    text = text_of(web.get("/"))
    for words in ("Payroll not set up", "Offline", "Trial over", "Demo company"):
        assert words in text
