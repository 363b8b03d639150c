"""Pages in a world of ten thousand: they search and page, and make nobody that nobody asked for."""

import re

import pytest
from werkzeug.test import Client, TestResponse

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import AMIR, authorise_url, quiet_sandbox
from tandem_sandbox.tests.pressing import hidden_of, send, text_of, wrong_fields

LAST = "Sample Trading 10000 Pty Ltd"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=4, orgs=10_000)


@pytest.fixture
def web(sandbox: Sandbox) -> Client:
    return sandbox.app.test_client()


PAGES = (
    "/",
    "/organisations",
    "/users",
    "/apps",
    "/apps/connected",
    "/payroll/employees",
    "/faults",
    "/limits",
    "/log",
)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_lists_ten_thousand_organisations(sandbox: Sandbox, web: Client, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 200
    assert len(answer.get_data()) < 60_000
    assert len(sandbox.simulator.world.organisations.touched()) < 200


def test_an_organisation_is_found_by_name_and_leads_back_to_the_page(web: Client) -> None:
    page = web.get("/users")
    assert 'href="/organisations?then=/users"' in page.get_data(as_text=True)
    found = web.get("/organisations?then=/users&q=trading 10000")
    (link,) = re.findall(r'href="(/users\?organisation=[^"]+)"', found.get_data(as_text=True))
    assert f"Who may do what in {LAST}." in text_of(web.get(link))
    assert "No organisation found" in text_of(web.get("/organisations?q=nothing is called so"))
    assert "Page 200 of 200" in text_of(web.get("/organisations?page=200"))


def test_the_way_back_leads_to_pages_of_the_simulator_only(web: Client) -> None:
    html = web.get("/organisations?then=https://elsewhere.example").get_data(as_text=True)
    assert 'href="https://elsewhere' not in html


def test_a_fault_for_one_of_many_takes_a_name(sandbox: Sandbox, web: Client) -> None:
    fields = {"fault": "dropped", "path": "/payroll.xro/*"}
    refused = send(web, "/faults", "/faults", **fields, organisation="Nobody Pty Ltd")
    assert wrong_fields(refused) == ["organisation"]
    assert LAST in text_of(send(web, "/faults", "/faults", **fields, organisation=LAST))
    send(web, "/faults", "/faults/clear")


def _asked(web: Client) -> TestResponse:
    form = {**hidden_of(web.get(authorise_url())), "email": AMIR, "password": "sandbox"}
    return web.post("/identity/login", data=form, follow_redirects=True)


def test_a_consent_among_ten_thousand_is_found_by_name_and_keeps_what_was_ticked(sandbox: Sandbox, web: Client) -> None:
    page = _asked(web)
    assert "Find among 10,000" in text_of(page)
    assert page.get_data(as_text=True).count('name="organisation"') == 20
    first = re.findall(r'name="organisation" value="([^"]+)"', page.get_data(as_text=True))[0]
    hidden = {**hidden_of(page), "organisation": first}
    found = web.post("/identity/consent", data={**hidden, "decision": "find", "find": "trading 10000"})
    html = found.get_data(as_text=True)
    offered = re.findall(r'name="organisation" value="([^"]+)"( checked)?', html)
    assert [ticked for _, ticked in offered] == [" checked", ""]
    last = offered[1][0]
    back = web.post("/identity/consent", data={**hidden, "organisation": [first, last], "decision": "allow"})
    assert back.status_code == 303
    assert {item.organisation_id for item in sandbox.simulator.world.connections.values()} == {first, last}
    empty = web.post("/identity/consent", data={**hidden_of(page), "decision": "find", "find": "nothing like it"})
    assert "None of your organisations has" in text_of(empty)


def test_ten_thousand_people_come_fifty_at_a_time() -> None:
    web = quiet_sandbox(employees=10_000).app.test_client()
    page = web.get("/payroll/employees?page=200")
    assert "Page 200 of 200" in text_of(page)
    assert len(page.get_data()) < 40_000
    assert "Rosa Byrne" in text_of(web.get("/payroll/employees?q=rosa byrne"))
