"""Every address of the URL map, Tandem's and the simulator's, empty, sent wrong and broken.

Each page is looked at on a phone and on a desk, in light and in dark: no axe violation, nothing in the console (where a
broken content security policy complains), no sideways scroll. The addresses come from the URL maps themselves.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import expect
from tests.browser.conftest import PASSWORD, Demo, Visitor, running_demo
from tests.browser.inspector import Inspector
from tests.browser.walk import AMIR, BAKERY, READING, ROSA, Walk

from tandem_sandbox.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.unmeasured]
ALICE, DANA, SAM = "alice@harbourlane.example", "rosa@harbourlane.example", "sam@tandem.example"
KEN = "ken@harbourlane.example"
NOBODY = str(UUID(int=7))
API = "api-v1"
# No pages: a health check, a list of codes as a file, the two halves of a conversation between scripts, and a letter, which
# lets no script in, not even axe.
NO_PAGE = frozenset(
    {"healthz", "api-elsewhere", "xero-timeline-export", "mfa_download_recovery_codes", "mfa_login_webauthn"}
    | {"letter-html", "run-history-export"}
)
NO_PAGE_IN_XERO = frozenset({"/log/text"})  # plain text, to be copied
FOR_STRANGERS = re.compile("account_(login|signup|inactive|reset|email_verif|confirm)|mfa_authenticate")
FOR_SUPPORT = re.compile("support-")
FOR_PAYROLL = re.compile("employee-(bank|leave|super|tax)|bank-change|leave-")
LETTERS_SENT = re.compile(r"/support/letters/[0-9a-f-]{36}/$")
# What stands between the slashes of an address.
PARTS = frozenset(
    {"account", "employee_id", "membership_id", "letter_id", "notice_id", "run_id", "receipt_id", "flow_id", "step_id"}
    | {"binding_id", "account_id", "key_id", "grant_id", "endpoint_id", "delivery_id", "proposal_id", "merge_id"}
    | {"candidate_id"}
    | {
        "batch_id",
        "drill_id",
        "link_id",
    }
    | {"token", "task_id", "change_id", "absence_id", "request_id", "rest", "pk", "key", "uidb36"}
)
SHOW_A_BREAK = (
    "home",
    "employee",
    "xero",
    "handover",
    "integration",
    "run",
    "gap",
    "conflict",
    "match",
    "help",
    "notice",
)
ANSWERS = {200, 403, 404, 405}
SAMPLE_TFN = "123456782"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of this file's own, with few people, so that the states can be gone through from the first."""
    with running_demo(tmp_path_factory.mktemp("pages")) as started:
        started.control("POST", "reset", {"employees": 6})
        yield started


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """What was looked at already: the main part of each page, and the frame around it in each of its states."""
    return set()


def _addresses() -> dict[str, tuple[str, ...]]:
    """Return every named address of Tandem and the parts that it takes."""
    return dict(_walk(get_resolver(), ()))


def _walk(resolver: URLResolver, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in resolver.url_patterns:
        parts = (*above, *entry.pattern.converters, *entry.pattern.regex.groupindex)
        if getattr(entry, "namespace", None) == API:
            continue
        if isinstance(entry, URLResolver):
            yield from _walk(entry, parts)
        elif isinstance(entry, URLPattern):
            yield entry.name or str(entry.pattern), tuple(dict.fromkeys(parts))


def _path(name: str, known: Mapping[str, str]) -> str:
    plain = {"account": "harbour-lane", "pk": "7", "key": "7-no-such-key", "uidb36": "7"}
    parts = {part: known.get(part, plain.get(part, NOBODY)) for part in _addresses()[name]}
    return reverse(name, kwargs=parts)


def _inside() -> list[str]:
    """Return the names of the pages that a signed-in administrator opens; signing out comes last."""
    names = [name for name in _addresses() if name not in NO_PAGE and not FOR_STRANGERS.match(name)]
    names = [name for name in names if not FOR_SUPPORT.match(name)]
    return sorted(names, key=lambda name: name == "account_logout")


def _first_id(visitor: Visitor, listing: str) -> str:
    """Return the id in the first link of a listing that carries one, or that of nobody."""
    visitor.open(f"/a/harbour-lane/{listing}")
    for link in visitor.page.locator("main a[href]").all():
        found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", link.get_attribute("href") or "")
        if found:
            return found.group()
    return NOBODY


def _known(visitor: Visitor) -> dict[str, str]:
    listings = {"employee_id": "employees/", "membership_id": "users/", "letter_id": "mailbox/", "run_id": "runs/"}
    listings["notice_id"] = "notices/"
    return {part: _first_id(visitor, listing) for part, listing in listings.items()}


def _send(visitor: Visitor, button: str, **typed: str) -> None:
    """Type into fields by their ids and send the form."""
    _fill(visitor, **typed)
    visitor.page.locator("main").get_by_role("button", name=button, exact=True).first.click()
    expect(visitor.page.locator("main [aria-labelledby=errors-title], main [role=alert]").first).to_be_visible()


def _fill(visitor: Visitor, **typed: str) -> None:
    for name, value in typed.items():
        visitor.page.locator(f"#id_{name}, #{name}").first.fill(value)


def _draw(visitor: Visitor, address: str, html: str) -> None:
    """Show a page that the demo cannot be made to answer, under its own address and with its own style sheet."""
    visitor.page.route(address, lambda route: route.fulfill(body=html, content_type="text/html"))
    visitor.page.goto(address)


def test_every_part_of_an_address_is_one_that_this_file_knows() -> None:
    addresses = _addresses()
    assert len(addresses) > 60
    assert {part for parts in addresses.values() for part in parts} <= PARTS
    assert set(addresses) >= NO_PAGE


def test_pages_for_strangers_and_errors(visitor: Visitor, seen: set[str]) -> None:
    inspect = Inspector(visitor, seen)
    for name in _addresses():
        if FOR_STRANGERS.match(name):
            inspect.open(_path(name, {}), may=ANSWERS)
    visitor.open("/sign-in/login/")
    _send(visitor, "Sign in", login=ALICE, password="not the password")
    inspect.look("sign-in, refused")
    visitor.open("/sign-in/password/reset/")
    _send(visitor, "Send the link", email="nobody")
    inspect.look("password reset, refused")
    for code in ("403", "500", "503"):
        _draw(visitor, f"{visitor.demo.base_url}/drawn-{code}", render_to_string(f"errors/{code}.html"))
        inspect.look(f"error {code}")
    inspect.open("/nowhere", may={404})
    inspect.report()


def test_pages_before_xero_is_connected(visitor: Visitor, seen: set[str]) -> None:
    inspect = Inspector(visitor, seen)
    visitor.sign_in(ALICE)
    visitor.page.wait_for_url("**/a/harbour-lane/")
    known = _known(visitor)
    assert known["employee_id"] != NOBODY
    for name in _inside():
        inspect.open(_path(name, known), may=ANSWERS)
    inspect.open("/a/harbour-lane/employees/?search=nobody-is-called-this")
    inspect.open("/a/harbour-lane/conflicts/always/?field=mobile")
    _rehearse(inspect)
    inspect.report()


def _rehearse(inspect: Inspector) -> None:
    """Press through a drill, which needs no connection: broken on purpose, reconnected in one press, its receipt."""
    page = inspect.visitor.page
    inspect.visitor.open("/a/harbour-lane/xero/drills/")
    page.get_by_role("button", name="Begin a drill").click()
    page.get_by_role("button", name="Reconnect").wait_for()
    inspect.look("drill, your turn")
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    inspect.look("drill, receipt")
    inspect.open("/a/harbour-lane/xero/drills/")


def test_forms_that_were_sent_wrong(visitor: Visitor, seen: set[str]) -> None:
    inspect = Inspector(visitor, seen)
    visitor.sign_in(ALICE)
    visitor.page.wait_for_url("**/a/harbour-lane/")
    known = _known(visitor)
    forms: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("employee-new", "Add employee", {"work_email": "nobody", "date_of_birth": "3000-01-01"}),
        ("employee-edit", "Save", {"last_name": "", "postcode": "x"}),
        ("employee-terminate", "Terminate", {}),
        ("employee-position", "Save", {}),
        ("employee-absence", "Save", {}),
        ("xero-writes", "Let exports go on", {}),
        ("employee-departures", "Look at the file", {}),
        ("user-new", "Add user", {"email": "nobody"}),
        ("webhook-new", "Add the webhook", {"url": "ftp://nowhere"}),
        ("notice-choices", "Save", {"daily_letter_at": "", "quiet_from": "20:00"}),
        ("account_change_password", "Change password", {"oldpassword": "x", "password1": "y", "password2": "z"}),
        ("account_reauthenticate", "Confirm", {"password": "not the password"}),
    )
    for name, button, typed in forms:
        visitor.open(_path(name, known))
        _send(visitor, button, **typed)
        inspect.look(f"{name}, refused")
    _look_at_a_file(inspect)
    _webhook(inspect)
    visitor.open(_path("account_reauthenticate", known))
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.page.get_by_role("button", name="Confirm").click()
    expect(visitor.page.get_by_role("heading", name="Is it you?")).to_have_count(0)
    visitor.open(_path("mfa_activate_totp", known))
    expect(visitor.page.locator("#id_code")).to_be_visible()
    inspect.look("mfa_activate_totp")
    _send(visitor, "Switch on", code="000000")
    inspect.look("mfa_activate_totp, refused")
    inspect.report()


def _look_at_a_file(inspect: Inspector) -> None:
    """Upload last days, one of them of nobody."""
    page = inspect.visitor.page
    inspect.visitor.open("/a/harbour-lane/employees/departures/")
    content = b"Employee ID,Last day,Reason\nE00001,2026-12-18,V\nE99999,soon,?"
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "leavers.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("Nobody here has the employee ID E99999.")).to_be_visible()
    inspect.look("last days from a file, looked at")


def test_pages_of_somebody_who_may_do_little(visitor: Visitor, seen: set[str]) -> None:
    inspect = Inspector(visitor, seen)
    visitor.sign_in(DANA)
    visitor.page.wait_for_url("**/a/harbour-lane/")
    inspect.look("home of an employee")
    visitor.page.get_by_role("link", name="Your record").click()
    visitor.page.get_by_role("link", name="Ask for a change").click()
    _send(visitor, "Ask for it", mobile="none")
    inspect.look("a change of one's own, refused")
    _fill(visitor, mobile="0491 570 156")
    visitor.page.get_by_role("button", name="Ask for it").click()
    visitor.page.get_by_role("link", name="Details: mobile").click()
    inspect.look("a change of one's own, waiting")
    inspect.open("/a/harbour-lane/users/", may={403})
    inspect.open("/a/second-street/", may={404})
    inspect.report()


def test_pages_of_a_broken_connection(arrive: Callable[[], Visitor], seen: set[str]) -> None:
    alice, sam = arrive(), arrive()
    walk, inspect = Walk(alice=alice, sam=sam), Inspector(alice, seen)
    walk.sign_in_and_connect()
    walk.choose_settings()
    walk.import_people()
    inspect.open("/a/harbour-lane/xero/")
    inspect.open("/a/harbour-lane/xero/disconnect/")
    _fail_over_during_an_import(walk, inspect)
    _happens(alice.demo, "remove_user", AMIR)
    walk.open_xero_connection()
    walk.button("Check now")
    expect(walk.state()).to_contain_text("Broken since")
    _wait_for_mail(alice)
    known = _known(alice)
    assert NOBODY not in known.values()
    for name in _inside():
        if name.startswith(SHOW_A_BREAK):
            inspect.open(_path(name, known), may=ANSWERS)
    inspect.open(_path("mailbox", known))
    inspect.open(_path("letter-detail", known))
    _look_as_payroll_officer(Inspector(arrive(), seen), known)
    _ask_to_move(inspect)
    support = Inspector(sam, seen)
    sam.sign_in(SAM)
    sam.page.wait_for_url("**/support/")
    row = sam.page.get_by_role("row").filter(has_text="Harbour Lane Bakery")
    known["account_id"] = str(row.get_by_role("link").first.get_attribute("href")).split("/")[2]
    for name in _addresses():
        if FOR_SUPPORT.match(name):
            support.open(_path(name, known), may=ANSWERS)
    support.open(f"/support/letters/new/?account={known['account_id']}")
    sam.page.get_by_role("button", name=re.compile("^Send ")).click()
    sam.page.wait_for_url(LETTERS_SENT)
    support.look("letters sent")
    support.open("/support/letters/")
    support.report()
    _disconnected(walk, inspect)
    inspect.report()


def _look_as_payroll_officer(inspect: Inspector, known: dict[str, str]) -> None:
    """Look at bank accounts, super and tax of a record: empty, sent wrong, kept, and waiting for a second person."""
    ken = inspect.visitor
    ken.sign_in(KEN)
    ken.page.wait_for_url("**/a/harbour-lane/")
    for name in _addresses():
        if FOR_PAYROLL.match(name):
            inspect.open(_path(name, known), may=ANSWERS)
    forms: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("employee-bank-edit", "Ask for the change", {"bsb_1": "12"}),
        ("employee-super-edit", "Save", {"member_number_1": ""}),
        ("employee-tax-edit", "Save", {"tax_file_number": "123"}),
    )
    for name, button, typed in forms:
        ken.open(_path(name, known))
        _send(ken, button, **typed)
        inspect.look(f"{name}, refused")
    ken.open(_path("employee-tax-edit", known))
    _fill(ken, tax_file_number=SAMPLE_TFN)
    ken.page.get_by_role("button", name="Save").click()
    expect(ken.page.get_by_text("Ends in 782")).to_be_visible()
    inspect.look("tax, with a number")
    inspect.open(_path("employee-tax-reveal", known))
    inspect.open(_path("employee-tax-remove", known))
    ken.open(_path("employee-bank-edit", known))
    _fill(ken, account_name_1="Wages", bsb_1="000000", account_number_1="12345678")
    ken.page.get_by_label("What is left of the pay goes here").first.check()
    ken.page.get_by_role("button", name="Ask for the change").last.click()
    expect(ken.page.get_by_text("waits until somebody else")).to_be_visible()
    inspect.look("bank, a change waits")
    inspect.open(_path("approval-list", known))
    inspect.report()


def _webhook(inspect: Inspector) -> None:
    """Add a webhook to a port where nobody listens, and send it a test."""
    page = inspect.visitor.page
    inspect.visitor.open("/a/harbour-lane/webhooks/new/")
    page.get_by_label("Address").fill("http://localhost:9/tandem")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.get_by_role("heading", name="Copy it now")).to_be_visible()
    inspect.look("webhook, its secret")
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The server does not answer").first).to_be_visible()
    inspect.look("webhook, a test that was not taken")


def _ask_to_move(inspect: Inspector) -> None:
    """Ask for a move to another organisation: sent wrong, then waiting for a second person."""
    alice = inspect.visitor
    alice.open("/a/harbour-lane/xero/move/")
    _send(alice, "Ask another administrator")
    inspect.look("move, refused")
    typed = {"to_name": "Second Street Books Pty Ltd", "reason": "We sold it", "confirmed": BAKERY}
    _fill(alice, **typed)
    alice.page.get_by_role("button", name="Ask another administrator").click()
    expect(alice.page.get_by_text("They were told.")).to_be_visible()
    inspect.look("move, asked for")
    alice.page.get_by_role("button", name="Take the request back").click()
    expect(alice.page.get_by_text("The request was taken back.")).to_be_visible()


def _wait_for_mail(visitor: Visitor) -> None:
    """People are told of a break once it has lasted; the demo's worker does it within seconds."""
    for _ in range(60):
        visitor.open("/a/harbour-lane/mailbox/")
        if visitor.page.get_by_text("is broken").count():
            return
        visitor.page.wait_for_timeout(500)
    raise AssertionError("nobody was told of the break")


def _happens(demo: Demo, kind: str, user: str) -> None:
    """Let something happen to somebody in the bakery's Xero."""
    demo.control("POST", "events", {"kind": kind, "user": user, "organisation": BAKERY})


def _fail_over_during_an_import(walk: Walk, inspect: Inspector) -> None:
    """Rosa loses payroll while people are read; Amir, who stood by, carries on, and everybody is here once."""
    demo, page = walk.alice.demo, walk.page
    for first_name in ("Marta", "Nikos"):
        fields = {"FirstName": first_name, "LastName": "Nowak", "DateOfBirth": "1990-01-01"}
        demo.control("POST", "events", {"kind": "create_employee", "organisation": BAKERY, "fields": fields})
    _stand_by(walk)
    demo.control("POST", "faults", {"path": "/payroll.xro/1.0/Employees/*", "fault": "slow", "seconds": 1})
    walk.link("Preview a run")
    page.get_by_label("Import from Xero").check()
    demo.control("DELETE", "log")
    walk.button("Preview")
    _wait_until_people_are_read(walk)
    _happens(demo, "drop_payroll_admin", ROSA)
    expect(page.get_by_text("Nothing has been written.")).to_be_visible(timeout=READING)
    demo.control("DELETE", "faults")
    inspect.open(f"{urlsplit(page.url).path}choose/")
    page.go_back()
    asked = {row["user"] for row in demo.control("GET", "log?path=/payroll.xro/1.0/Employees*&status=200")}
    assert asked == {ROSA, AMIR}
    walk.approve()
    _everybody_is_here_once(walk)
    _the_change_of_keys_is_told(walk, inspect)


def _stand_by(walk: Walk) -> None:
    walk.open_xero_connection()
    walk.link("Add a standby")
    walk.button("Authorise as a second person")
    walk.button("Log in as somebody else")
    walk.sign_in_at_xero(AMIR)
    walk.allow(BAKERY)
    expect(walk.page.get_by_role("region", name="Who holds the connection")).to_contain_text("Amir Lim")


def _wait_until_people_are_read(walk: Walk) -> None:
    """Wait until Rosa's sign-in was given the list; the records follow, one call each."""
    for _ in range(100):
        if walk.alice.demo.control("GET", f"log?path=/payroll.xro/1.0/Employees&user={ROSA}&status=200"):
            return
        walk.page.wait_for_timeout(50)
    raise AssertionError("nobody was read")


def _everybody_is_here_once(walk: Walk) -> None:
    there = [one for one in walk.people_in_xero().values() if one.get("Status", "ACTIVE") == "ACTIVE"]
    walk.link("Employees", within="Sections")
    walk.sees(f"of {len(there)} people")
    walk.page.get_by_label("Name, number or email").fill("Nowak")
    expect(walk.page.get_by_role("link", name=re.compile("^Nowak, "))).to_have_count(2)


def _the_change_of_keys_is_told(walk: Walk, inspect: Inspector) -> None:
    """The page reports who carries now and that nothing was written twice; a notice asks for another standby."""
    walk.open_xero_connection()
    report = walk.page.get_by_role("region", name="Last change of keys")
    expect(report).to_contain_text("From Rosa Byrne to Amir Lim")
    expect(report).to_contain_text(re.compile("Written twice\\s*0"))
    walk.sees("Authorised by Amir Lim")
    inspect.look("connection, taken over")
    walk.alice.open("/a/harbour-lane/notices/")
    walk.sees("The standby carries the connection to Xero now. Let another person stand by.")
    inspect.look("notices, another standby is asked for")


def _disconnected(walk: Walk, inspect: Inspector) -> None:
    walk.disconnect()
    _happens(walk.alice.demo, "restore_user", AMIR)
    walk.open_xero_connection()
    inspect.look("connection, disconnected")
    walk.link("Receipt of the last disconnect")
    inspect.look("receipt")
    walk.reconnect()
    inspect.look("restore")


def test_pages_of_the_simulator(visitor: Visitor, seen: set[str]) -> None:
    inspect, demo = Inspector(visitor, seen), visitor.demo
    known = _known_in_xero(visitor)
    for path in _simulators_pages():
        inspect.open_xero(re.sub(r"<\w+>", lambda part: known[part.group()], path))
    for empty in ("/payroll/employees?q=nobody-is-called-this", "/log?path=/nowhere", "/switches?changed=yes"):
        inspect.open_xero(empty)
    inspect.open_xero("/identity/connect/authorize?client_id=nobody")
    person = known["<person_id>"]
    for path, button, typed in (
        ("/payroll/employees/new", "Save employee", {"FirstName": ""}),
        (f"/payroll/employees/{person}", "Terminate employee", {"TerminationDate": ""}),
        (f"/payroll/employees/{person}/bank", "Save bank accounts", {"BSB-0": "12"}),
        (f"/payroll/leave/new?employee={person}", "Ask for leave", {}),
        ("/users", "Add user", {"email": ""}),
        ("/limits", "Save limits", {"minute": "many"}),
        ("/faults", "Switch fault on", {"path": "no slash"}),
        ("/clock", "Set the clock", {"set": ""}),
    ):
        visitor.page.goto(f"{demo.xero_url}{path}")
        _send(visitor, button, **typed)
        inspect.look(f"{path}, refused")
    demo.control("POST", "faults/presets/xero_down")
    demo.control("POST", "faults/presets/minute_limit")
    inspect.open_xero("/faults")
    demo.control("DELETE", "faults")
    demo.control("DELETE", "limits")
    _consent(inspect)
    inspect.report()


def _known_in_xero(visitor: Visitor) -> dict[str, str]:
    """Return what stands for each part of an address of the simulator."""
    listings = {"<person_id>": "employees", "<leave_id>": "leave", "<run_id>": "pay-runs"}
    found = {}
    for part, listing in listings.items():
        visitor.page.goto(f"{visitor.demo.xero_url}/payroll/{listing}")
        link = visitor.page.locator(
            f"main li a[href^='/payroll/{listing}/'], main th a[href^='/payroll/{listing}/']"
        ).first
        found[part] = urlsplit(str(link.get_attribute("href"))).path.rpartition("/")[2]
    return found


def _simulators_pages() -> list[str]:
    rules: Any = create_app(employees=1, orgs=1).url_map.iter_rules()
    pages = [rule for rule in rules if rule.endpoint.split(".")[0].endswith("pages") and "GET" in rule.methods]
    found = [rule.rule for rule in pages if rule.rule not in NO_PAGE_IN_XERO]
    assert len(found) >= 20
    return found


def _consent(inspect: Inspector) -> None:
    """Look at the sign-in and at the consent, each sent wrong too."""
    visitor = inspect.visitor
    visitor.sign_in("nina@secondstreet.example")
    visitor.open("/a/second-street/xero/")
    visitor.page.get_by_role("button", name="Connect to Xero").click()
    inspect.look("Xero's sign-in")
    _send(visitor, "Log in", email=ROSA, password="wrong")
    inspect.look("Xero's sign-in, refused")
    visitor.page.get_by_label("Password").fill("sandbox")
    visitor.page.get_by_role("button", name="Log in").click()
    expect(visitor.page.get_by_role("heading", name="wants access")).to_be_visible()
    inspect.look("Xero's consent")
    visitor.page.get_by_role("button", name="Cancel").click()
    expect(visitor.page.get_by_role("heading", name="Xero connection")).to_be_visible()
    inspect.look("a consent that was refused")
