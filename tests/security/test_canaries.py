"""Tokens, tax file numbers and bank numbers: shown to exist, then found in no log, table, letter, page or error.

First the whole story is played; then every step is made to fail once with an error that quotes the secrets itself.
"""

import base64
import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx2
import psycopg
import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client
from django.urls import resolve, reverse
from procrastinate.contrib.django import app as queue

from tandem.access.models import User
from tandem.cli import acts
from tandem.cli.acts import play
from tandem.cli.stage import Stage
from tandem.cli.stored import everything_stored
from tandem.flows.demo import seed
from tandem.kernel import crypto
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scope
from tandem.notices import actions as notices
from tandem.people import actions as people
from tandem.testing.cast import TOTP_SECRET, Cast
from tandem.testing.xero import AMIR, FEW, ROSA, Connect
from tandem.timeline import actions as timeline
from tandem.web.people.forms import as_typed
from tandem.xero.client import transport
from tandem.xero.client.errors import RequestKind
from tandem.xero.client.wire import Employee, TokenAnswer
from tandem.xero.connections import recording
from tandem.xero.connections.session import open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Grant
from tandem.xero.oauth import vault
from tandem.xero.schedule.actions import run_due
from tandem.xero.sync import bindings, hr_steps, journal, mirror
from tandem.xero.sync.queue import WORK
from tandem.xero.sync.tests.office import MARTA, Office, office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
Superuser = psycopg.Connection[tuple[object, ...]]

# Numbers that are nobody's: the tax file number fails its check digit, and no bank has the BSB 000000.
TAX_FILE_NUMBER = "919273645"
ACCOUNT_NUMBER = "918273645"
MARKER = "what the forced error quotes"
BANK_ACCOUNT = {"StatementText": "Wages", "AccountName": "Canary", "BSB": "000000", "Remainder": True}
SOMEBODY_NEW_IN_XERO = {
    "FirstName": "Nia",
    "LastName": "Okoro",
    "DateOfBirth": "1991-02-03",
    "HomeAddress": {"AddressLine1": "1 Mill Road", "City": "Hobart", "Region": "TAS", "PostalCode": "7000"},
    "TaxDeclaration": {"TaxFileNumber": TAX_FILE_NUMBER},
}
NOT_A_PAGE = re.compile(r"^(#|mailto:|http|/static/|/sign-in/logout)")
VISITS_OF_ONE_KIND = 2


def forms_of(secret: str) -> set[str]:
    """Return the ways in which a secret would be readable."""
    raw = secret.encode()
    spaced = {f"{secret[:3]}{gap}{secret[3:6]}{gap}{secret[6:]}" for gap in " -"} if secret.isdecimal() else set()
    return {secret, raw.hex(), base64.b64encode(raw).decode().rstrip("="), *spaced}


def check_digit_fails(number: str) -> bool:
    """Say whether no person can have this tax file number."""
    return sum(int(digit) * weight for digit, weight in zip(number, (1, 4, 3, 7, 5, 8, 6, 9, 10), strict=True)) % 11 > 0


@dataclass
class Watch:
    """Collects every secret that came to exist, and every place where one could come to light."""

    sandbox: Sandbox
    superuser: Superuser
    logs: StringIO
    secrets: set[str] = field(default_factory=lambda: {TAX_FILE_NUMBER, ACCOUNT_NUMBER})
    seen: dict[str, str] = field(default_factory=dict)

    def note_tokens(self) -> set[str]:
        """Remember the tokens that live now; a later one replaces them at Xero."""
        tokens = {str(row["token"]) for row in self.sandbox.control("GET", "world/tokens")}
        self.secrets |= tokens
        return tokens

    def see(self, place: str, text: str) -> None:
        """Keep what somebody could read somewhere."""
        self.seen[place] = self.seen.get(place, "") + text

    def found(self) -> list[tuple[str, str]]:
        """Return where a secret can be read, without showing it, looking at the logs, the database and the mail as well."""
        self.note_tokens()
        self.see("the logs", self.logs.getvalue())
        self.see("the database", everything_stored(self.superuser))
        self.see("the mail", "".join(f"{message.subject}{message.body}" for message in mail.outbox))
        return [
            (place, f"{secret[:3]}… ({len(secret)} characters)")
            for place, text in self.seen.items()
            for secret in self.secrets
            if any(form in text for form in forms_of(secret))
        ]


@pytest.fixture
def logs() -> Iterator[StringIO]:
    """What the product writes to its log, by its own handler, with nothing held back."""
    root = logging.getLogger()
    handler = next(one for one in root.handlers if one.name == "out")
    assert isinstance(handler, logging.StreamHandler)
    written, level = StringIO(), root.level
    before = handler.setStream(written)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    handler.setStream(before)


@pytest.fixture
def watch(frozen: FrozenClock, sandbox: Sandbox, superuser: Superuser, logs: StringIO) -> Watch:
    return Watch(sandbox, superuser, logs)


def plant(sandbox: Sandbox) -> None:
    """Give everybody in the first organisation the canaries."""
    organisation = sandbox.control("GET", "world")["organisations"][0]["id"]
    for person in sandbox.control("GET", f"world/organisations/{organisation}/employees"):
        changes = {
            "BankAccounts": [{**BANK_ACCOUNT, "AccountNumber": ACCOUNT_NUMBER}],
            "TaxDeclaration": {**(person.get("TaxDeclaration") or {}), "TaxFileNumber": TAX_FILE_NUMBER},
        }
        event = {"kind": "edit_employee", "organisation": organisation, "employee": person["EmployeeID"]}
        sandbox.control("POST", "events", {**event, "changes": changes})


def in_clear(sandbox: Sandbox) -> str:
    """Return the people of the first organisation as the simulator holds them."""
    organisation = sandbox.control("GET", "world")["organisations"][0]["id"]
    return json.dumps(sandbox.control("GET", f"world/organisations/{organisation}/employees"))


# --- the story ---


def crawl(watch: Watch, client: Client, account: str, *, why: str) -> set[str]:
    """Read every page that a person can reach by links, a few of each kind; return the names of the kinds."""
    waiting, visits = ["/style-guide", *(f"/a/{account}/{path}" for path in WITHOUT_A_LINK)], dict[str, int]()
    known = set(waiting)
    while waiting:
        path = waiting.pop(0)
        kind = resolve(urlsplit(path).path).url_name or ""
        visits[kind] = visits.get(kind, 0) + 1
        if visits[kind] > VISITS_OF_ONE_KIND:
            continue
        answer = client.get(path, follow=True)
        text = answer.getvalue().decode()
        watch.see(f"{kind} when {why}", text)
        links = {link.split("#")[0] for link in re.findall(r'href="([^"]+)"', text) if not NOT_A_PAGE.match(link)}
        fresh = sorted({httpx2.URL(f"http://testserver{path}").join(link).raw_path.decode() for link in links} - known)
        known |= set(fresh)
        waiting += fresh
    return set(visits)


def error_pages(watch: Watch, client: Client, account: str) -> None:
    """Read the pages that say no."""
    wrong = (
        f"/a/{account}/employees/{UUID(int=1)}/",
        f"/a/{account}/xero/receipts/{UUID(int=1)}/",
        f"/a/{account}/nowhere/",
        "/a/second-street/",
        "/support/",
        "/xero/callback?error=access_denied&state=unknown",
        "/xero/callback?code=once&state=forged",
    )
    for path in wrong:
        watch.see(f"error page {path}", client.get(path, follow=True).content.decode())


WITHOUT_A_LINK = ("", "conflicts/", "matches/", "gap-report/", "xero/restore/", "xero/reconnect/")
EVERY_PAGE = {
    "home", "employee-list", "employee-detail", "employee-history", "employee-xero", "employee-edit", "integrations",
    "xero-connection", "xero-timeline", "integration-settings", "run-list", "run-detail", "run-new", "mailbox",
    "letter-detail", "user-list", "match-list", "conflict-list", "help-reconnect", "xero-disconnect",
    "gap-report", "xero-restore", "xero-reconnect", "account-details", "employee-terminate",
}  # fmt: skip


def test_the_canaries_exist_in_clear_at_xero_and_the_tokens_open_in_the_product(
    cast: Cast, watch: Watch, sandbox: Sandbox, connected: Connect
) -> None:
    assert check_digit_fails(TAX_FILE_NUMBER)
    plant(sandbox)
    assert connected(cast.alice).is_success
    clear = in_clear(sandbox)
    assert TAX_FILE_NUMBER in clear
    assert ACCOUNT_NUMBER in clear
    with scope(cast.alice.account.account_id):
        grant = Grant.objects.get(role="primary")
        opened = {vault.access_of(grant).token, vault.refresh_token_of(grant)}
    assert opened <= watch.note_tokens()
    assert all(len(token) > 30 for token in opened)
    person = next(row for row in json.loads(clear) if row.get("TaxDeclaration"))
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ)
    read = session.get_employee(UUID(person["EmployeeID"]))
    assert read.tax_declaration is not None
    assert read.tax_declaration["TaxFileNumber"] == TAX_FILE_NUMBER
    assert read.bank_accounts[0]["AccountNumber"] == ACCOUNT_NUMBER


def test_the_search_finds_a_secret_in_each_of_its_disguises(watch: Watch) -> None:
    for text in (TAX_FILE_NUMBER, "919 273 645", "919-273-645", TAX_FILE_NUMBER.encode().hex()):
        watch.seen = {"a page": f"before {text} after"}
        assert [place for place, _ in watch.found()] == ["a page"]
    watch.seen = {"a page": "919273646"}
    assert watch.found() == []


def test_after_the_whole_story_no_secret_can_be_read_anywhere(
    watch: Watch,
    frozen: FrozenClock,
    sandbox: Sandbox,
    superuser: Superuser,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    sandbox.control("POST", "reset", {"employees": FEW})
    plant(sandbox)
    stage = Stage(
        sandbox.control, frozen, seed(), lambda line: watch.see("the story", line), lambda: everything_stored(superuser)
    )
    stage.idle_hours = 1
    alice, account = Client(), stage.sign_ins.account_slug
    user = User.objects.get(email=stage.sign_ins.administrator.email)
    TOTP.activate(user, TOTP_SECRET)
    kinds: set[str] = set()

    def watched(act: Callable[[Stage], None]) -> Callable[[Stage], None]:
        def run(stage: Stage) -> None:
            watch.note_tokens()
            act(stage)
            watch.note_tokens()
            alice.force_login(user)
            if act.__name__ in {"_import_and_export", "_break", "_catch_up"}:
                kinds.update(crawl(watch, alice, account, why=f"after{act.__name__}"))

        return run

    monkeypatch.setattr(acts, "ACTS", tuple(watched(act) for act in acts.ACTS))
    play(stage)
    error_pages(watch, alice, account)
    for name, text in zip(("standard output", "standard error"), capfd.readouterr(), strict=True):
        watch.see(name, text)
    assert kinds >= EVERY_PAGE
    assert watch.found() == []
    assert len([secret for secret in watch.secrets if len(secret) > 30]) >= 4
    assert "xero_call" in watch.seen["the logs"]


# --- an error at every step ---


class Forced(Exception):
    """An error whose own text is full of secrets."""


@dataclass(frozen=True)
class Boundary:
    """A place where the product can break: the function, and which of its calls."""

    name: str
    owner: Any
    function: str
    matches: Callable[..., bool] = lambda *_, **__: True


def subject(*subjects: str) -> Callable[..., bool]:
    """Match the requests of some subjects."""
    return lambda request, *_, **__: request.subject in subjects


def named(name: str) -> Callable[..., bool]:
    """Match the first argument."""
    return lambda first, *_, **__: first == name


SUBJECTS = ("refresh", "connections", "organisation", "payroll", "detail", "write", "delete", "revoke")
MOMENTS = (
    "before intent", "after intent", "after call", "outcome written", "outcome committed",
    "hr batch written", "hr batch committed",
)  # fmt: skip
BOUNDARIES = (
    *(Boundary(f"sending {one}", transport, "send", subject(one)) for one in SUBJECTS),
    Boundary("reading tokens", transport, "read", subject("refresh")),
    Boundary("reading people", transport, "read", subject("payroll", "detail", "write")),
    *(Boundary(f"journal {one}", journal, "at_boundary", named(one)) for one in MOMENTS),
    Boundary("opening the vault", crypto, "unseal"),
    Boundary("closing the vault", crypto, "seal"),
    Boundary("writing the journal", journal, "write"),
    Boundary("hiring", people, "hire_employee"),
    Boundary("editing", people, "edit_employee"),
    Boundary("hiring by an import", hr_steps, "hire_employee"),
    Boundary("editing by an import", hr_steps, "edit_employee"),
    Boundary("recording a call", recording, "record_call"),
    Boundary("recording a list", recording, "record_list"),
    Boundary("agreeing", bindings, "agree"),
    Boundary("keeping a person", mirror, "store_detail"),
    Boundary("recording on the timeline", timeline, "digest_of"),
    Boundary("opening an incident", notices, "insert"),
)


# Boundaries that do not hide each other: one walk meets every one of a group. Each of the others has a walk of its own.
TOGETHER = (
    ("sending write", "sending delete", "opening an incident"),
    ("sending detail", "sending revoke", "hiring"),
    ("hiring by an import", "editing"),
    ("journal after intent", "journal hr batch committed"),
    ("journal after call", "sending connections", "journal outcome committed"),
    ("sending payroll", "reading tokens"),
    ("reading people", "recording on the timeline"),
    ("recording a call", "closing the vault"),
    ("sending organisation", "keeping a person", "recording a list"),
    ("sending refresh", "journal before intent"),
)
GROUPS = (*TOGETHER, *((one.name,) for one in BOUNDARIES if one.name not in set(chain.from_iterable(TOGETHER))))


@contextmanager
def broken(boundary: Boundary, watch: Watch) -> Iterator[list[str]]:
    """Break the product at one place; give the list of what was raised."""
    real, raised = getattr(boundary.owner, boundary.function), list[str]()

    def fail(*args: Any, **kwargs: Any) -> Any:
        if not boundary.matches(*args, **kwargs):
            return real(*args, **kwargs)
        quoted = f"{MARKER}: {TAX_FILE_NUMBER} {ACCOUNT_NUMBER} {' '.join(sorted(watch.note_tokens()))} {args!r}"
        raised.append(quoted)
        raise Forced(quoted)

    setattr(boundary.owner, boundary.function, fail)
    try:
        yield raised
    finally:
        setattr(boundary.owner, boundary.function, real)


class Walk:
    """Everything that an administrator does, page by page, whatever the pages answer; and then access ends."""

    def __init__(self, at_work: Office, cast: Cast, watch: Watch) -> None:
        self._office, self._watch = at_work, watch
        self._alice = cast.alice
        self._alice.client.raise_request_exception = False
        self.statuses: set[int] = set()

    def _url(self, name: str, **parts: object) -> str:
        return reverse(name, kwargs={"account": self._alice.account.slug, **parts})

    def _send(self, method: str, path: str, form: dict[str, Any] | None = None) -> Any:
        client = self._alice.client
        answer = client.post(path, form or {}) if method == "POST" else client.get(path)
        self.statuses.add(answer.status_code)
        self._watch.see(f"{method} {path}", answer.content.decode())
        self._watch.see(f"headers of {method} {path}", str(answer.headers))
        return answer

    def everything(self) -> None:
        """Connect again, look, edit, hire, run, terminate, wait, disconnect."""
        office = self._office
        self._consent()
        self._send("POST", self._url("xero-probe"))
        person = office.someone()
        self._send(
            "POST",
            self._url("employee-edit", employee_id=person.employee_id),
            {name: value or "" for name, value in {**as_typed(person), "mobile": "0491 570 110"}.items()},
        )
        newcomer = {name: value or "" for name, value in {**vars(MARTA), **vars(MARTA.home_address)}.items()}
        self._send("POST", self._url("employee-new"), newcomer)
        office.edit_in_xero("Rosa Byrne", JobTitle="Head baker")
        self._happen("create_employee", fields=SOMEBODY_NEW_IN_XERO)
        self._run()
        leaver = {"termination_on": "2026-12-24", "termination_reason": "V"}
        self._send("POST", self._url("employee-terminate", employee_id=person.employee_id), leaver)
        office.clock.advance(minutes=40)
        run_due()
        for name in ("home", "xero-connection", "xero-timeline", "run-list", "employee-list", "mailbox"):
            self._send("GET", self._url(name))
        for user in (ROSA, AMIR):
            self._happen("remove_user", user=user)
        for _ in range(4):
            office.clock.advance(minutes=6)
            run_due()
        self._send("GET", self._url("xero-connection"))
        self._watch.see("the database before the disconnect", everything_stored(self._watch.superuser))
        self._send("POST", self._url("xero-disconnect"))
        run_due()
        self._send("GET", self._url("xero-connection"))

    def _happen(self, kind: str, **what: object) -> None:
        event = {"kind": kind, "organisation": self._office.organisation_id, **what}
        self._office.sandbox.control("POST", "events", event)

    def _consent(self) -> None:
        answer = self._send("POST", self._url("xero-reconnect"))
        if answer.status_code != 302:
            return
        asked = {"authorize_url": answer["Location"], "user": AMIR, "organisations": [self._office.organisation_id]}
        back = self._office.sandbox.control("POST", "consent", {**asked, "allow": True})["redirect_to"]
        self._watch.secrets |= {dict(parse_qsl(urlsplit(back).query))["code"]}
        self._watch.note_tokens()
        self._send("GET", back.removeprefix(f"http://{urlsplit(back).netloc}"))

    def _run(self) -> None:
        form = {"kind": "both", "reach": "authority", "employee": ""}
        answer = self._send("POST", self._url("run-new"), form)
        run_due()
        if answer.status_code != 302:
            return
        self._send("GET", answer["Location"])
        self._send("POST", f"{answer['Location']}approve/")
        run_due()
        self._send("GET", answer["Location"])


@pytest.fixture
def at_work(watch: Watch, cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """A connected account of six people with canaries, imported; its clock is the one that moves."""
    with office(cast, sandbox, connected, imported=False) as found:
        plant(sandbox)
        found.sync()
        yield found


@pytest.mark.parametrize("names", GROUPS, ids=", ".join)
def test_an_error_that_quotes_secrets_brings_none_to_light(
    at_work: Office, cast: Cast, watch: Watch, names: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    walk = Walk(at_work, cast, watch)
    watch.note_tokens()
    with ExitStack() as stack:
        raised = {one.name: stack.enter_context(broken(one, watch)) for one in BOUNDARIES if one.name in names}
        walk.everything()
    assert [name for name in names if not raised[name]] == [], "never crossed, so the test proves nothing about them"
    for text in capfd.readouterr():
        watch.see("the console", text)
    watch.secrets |= {MARKER}
    assert watch.found() == []
    assert "Nowak" not in watch.seen["the logs"]


def test_a_job_that_fails_keeps_its_error_to_itself(
    at_work: Office, watch: Watch, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise Forced(f"{MARKER}: {TAX_FILE_NUMBER} {' '.join(watch.note_tokens())}")

    monkeypatch.setattr("tandem.xero.schedule.worker.working.work", fail)
    job = {"account_id": str(at_work.player.account.account_id), "run_id": str(UUID(int=1))}
    queue.configure_task(WORK, queue="canaries").defer(**job)
    connector = queue.connector.get_worker_connector()  # type: ignore[attr-defined]  # Django's connector has it
    with queue.replace_connector(connector) as working:
        working.run_worker(queues=["canaries"], wait=False, install_signal_handlers=False, listen_notify=False)
    watch.secrets |= {MARKER}
    for text in capfd.readouterr():
        watch.see("the console", text)
    assert watch.found() == []
    assert "Forced" in watch.seen["the logs"], "the job's failure must be in the log, by its kind"


# --- what errors and values say of themselves ---

LIES = {
    "a refusal": (400, {"Type": TAX_FILE_NUMBER, "Title": TAX_FILE_NUMBER, "Message": TAX_FILE_NUMBER}),
    "a forbidden": (403, {"Title": "Forbidden", "Detail": f"{TAX_FILE_NUMBER} may not", "Instance": "x"}),
    "an unauthorised": (401, {"Title": "Unauthorized", "Detail": f"Account{ACCOUNT_NUMBER}", "Instance": "x"}),
    "a fault": (500, {"Detail": TAX_FILE_NUMBER}),
    "no envelope": (200, {TAX_FILE_NUMBER: ACCOUNT_NUMBER}),
    "nonsense": (200, {"Employees": [{"EmployeeID": TAX_FILE_NUMBER, "BankAccounts": ACCOUNT_NUMBER}]}),
    "no list": (200, {"Employees": TAX_FILE_NUMBER}),
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie)
def test_an_answer_of_xero_that_quotes_secrets_is_not_kept(
    at_work: Office, cast: Cast, watch: Watch, sandbox: Sandbox, lie: str
) -> None:
    status, body = LIES[lie]
    simulated = httpx2.WSGITransport(app=sandbox.app)

    def answer(request: httpx2.Request) -> httpx2.Response:
        if "/payroll.xro/" in request.url.path:
            return httpx2.Response(status, json=body)
        return simulated.handle_request(request)

    walk = Walk(at_work, cast, watch)
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ)
    with transport.through(httpx2.MockTransport(answer)):
        for call in (session.list_employees, session.get_settings, lambda: session.get_employee(UUID(int=1))):
            try:
                watch.see("the value", repr(call()))
            except TandemError as error:
                watch.see("the error", "".join(traceback.format_exception(error)) + error.public_message)
        walk.everything()
    assert watch.found() == []


def test_what_holds_a_secret_does_not_show_it_when_printed() -> None:
    row = {
        "EmployeeID": str(UUID(int=1)),
        "TaxDeclaration": {"TaxFileNumber": TAX_FILE_NUMBER},
        "Phone": ACCOUNT_NUMBER,
    }
    tokens = {"access_token": "a" * 40, "refresh_token": "b" * 40}
    printed = (
        Employee.model_validate(row),
        TokenAnswer.model_validate(tokens),
        vault.Access("a" * 40, 1),
        transport.Credentials(bearer="a" * 40, basic=("id", "b" * 40)),
        transport.Answer(200, {}, TAX_FILE_NUMBER.encode()),
        transport.Request("POST", "/", RequestKind.WRITE, "write", json.loads, form=tokens, body=row),
        crypto.MasterKey(b"a" * 40),
        crypto.DataKey(UUID(int=1), b"b" * 40),
    )
    shown = "".join(chain.from_iterable((repr(value), str(value)) for value in printed))
    assert not any(secret in shown for secret in (TAX_FILE_NUMBER, ACCOUNT_NUMBER, "a" * 40, "b" * 40))
