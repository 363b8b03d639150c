"""Answers of Xero's that nobody should ever get: each bad record is named with its reason, and everybody else goes on.

docs/xero/trouble.md names each case, what follows, and the test that holds it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pytest_django.fixtures import Settings

from tandem.people.actions import delete_employee
from tandem.people.records import EmployeeStatus
from tandem.testing.xero import TakesTime
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.mapping.catalog import ListKind
from tandem.xero.schedule import actions
from tandem.xero.sync import journal
from tandem.xero.sync.pages import ItemKind, Reach, RunPage, RunStatus, StepStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office
from tandem_sandbox.world import pay_items

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
EMPLOYEES = "/payroll.xro/1.0/Employees"
PAGE = 4
TEN_AT_NIGHT_ON_1_APRIL_1991 = "/Date(670543200000+0000)/"
IN_NO_FUND = {"SuperFundID": "00000000-0000-4000-8000-000000000001", "EmployeeNumber": "1"}
NO_ID: Mapping[str, Any] = {"EmployeeID": 5, "FirstName": "Nobody"}


@dataclass
class BadAnswers(httpx2.BaseTransport):
    """Stands before the simulated Xero and spoils what it answers: people by their first name, and the list's pages."""

    behind: httpx2.BaseTransport
    people: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    more: list[Mapping[str, Any]] = field(default_factory=list)
    shift: int = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as Xero would, but for what is spoiled."""
        if request.method != "GET" or not request.url.path.startswith(EMPLOYEES):
            return self.behind.handle_request(request)
        page = int(request.url.params.get("page", 1))
        request.url = request.url.copy_merge_params({"page": "1"})
        answer = json.loads(self.behind.handle_request(request).read())
        rows: list[Mapping[str, Any]] = [
            {**row, **self.people.get(row["FirstName"], {})} for row in answer["Employees"]
        ]
        if request.url.path == EMPLOYEES:
            rows = self._page(rows, page, is_whole="If-Modified-Since" not in request.headers)
        body = json.dumps({**answer, "Employees": rows})
        return httpx2.Response(200, content=body.encode(), headers={"Content-Type": "application/json"})

    def _page(self, rows: list[Mapping[str, Any]], page: int, *, is_whole: bool) -> list[Mapping[str, Any]]:
        start = (page - 1) * PAGE + (self.shift if page > 1 else 0)
        every = [*rows, *(self.more if is_whole else ())]
        return every[start : page * PAGE + (self.shift if page > 1 else 0)]


@pytest.fixture
def answers(before_import: Office, settings: Settings) -> Iterator[BadAnswers]:
    """The simulated Xero behind something that can spoil its answers, four people to a page."""
    settings.TANDEM = replace(settings.TANDEM, xero=replace(settings.TANDEM.xero, page_size=PAGE))
    bad = BadAnswers(TakesTime(httpx2.WSGITransport(app=before_import.sandbox.app)))
    with transport.through(bad):
        yield bad


def skipped(page: RunPage) -> set[tuple[str, str]]:
    return {(item.person, item.sentence) for item in page.items if item.kind is ItemKind.SKIP}


def test_records_that_are_bad_in_every_way_are_named_or_mended_and_the_others_come(
    before_import: Office, answers: BadAnswers
) -> None:
    answers.people = {
        "Rosa": {"FirstName": "Ro\x00sa", "LastName": "By\ud83drne", "JobTitle": "Baker\u00a0\U0001f600"},
        "Jun": {"Title": None, "Gender": None, "HomeAddress": None, "BankAccounts": None, "TaxDeclaration": None},
        "Isla": {"Gender": "SOMETHINGNEW", "IncomeType": "SOMETHINGNEW", "ShoeSize": 43},
        "Kavita": {
            "DateOfBirth": TEN_AT_NIGHT_ON_1_APRIL_1991,
            "TaxDeclaration": {"TaxOffsetEstimatedAmount": "1e9999"},
        },
        "Liam": {"Title": {}},
        "Alice": {"Email": "nobody", "Mobile": "call me"},
    }
    page = before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    assert page.summary.status is RunStatus.DONE
    ours = before_import.ours()
    assert set(ours) == {"Dana Okafor", "Isla Ito", "Jun Jansen", "Kavita Kaur", "Rosa Byrne"}
    assert ours["Rosa Byrne"].job_title == "Baker \U0001f600"
    assert ours["Kavita Kaur"].date_of_birth == date(1991, 4, 2)
    assert skipped(page) >= {
        ("", "Xero's record could not be read. The others were; this one is tried again."),
        ("Isla Ito", "Xero holds a gender that Tandem does not know."),
        ("Kavita Kaur", "Xero holds a tax offset that is not a number. Correct it in Xero."),
    }
    assert {(item.person, item.problem_field) for item in page.items if item.kind is ItemKind.PROBLEM} == {
        ("Alice Lang", "work_email"),
        ("Alice Lang", "mobile"),
    }
    answers.people = {}
    before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    assert "Liam Lang" in before_import.ours()


@pytest.mark.parametrize("reach", [Reach.EVERYTHING, Reach.AUTHORITY])
def test_a_record_without_an_id_stops_no_approval_and_nobody_is_added_to_xero_until_it_is_gone(
    before_import: Office, answers: BadAnswers, reach: Reach
) -> None:
    """Every run asks for everybody until it is, however many pages they fill."""
    answers.more = [NO_ID]
    assert before_import.sync(RunKind.IMPORT, Reach.EVERYTHING).summary.status is RunStatus.DONE
    before_import.clock.advance(minutes=5)
    before_import.hire()
    before_import.sync()
    assert "Marta Nowak" not in before_import.theirs()
    answers.more = []
    before_import.sync(reach=reach)
    assert "Marta Nowak" in before_import.theirs()


def test_somebody_on_two_pages_comes_once_and_on_no_page_with_the_next_list_and_is_never_ended(
    before_import: Office, answers: BadAnswers
) -> None:
    answers.shift = 1
    assert before_import.sync(RunKind.IMPORT, Reach.EVERYTHING).summary.counts["applied"] == 5
    answers.shift = -1
    assert before_import.sync(RunKind.IMPORT, Reach.EVERYTHING).summary.counts["applied"] == 1
    answers.shift = 1
    page = before_import.preview(RunKind.IMPORT)
    assert (page.summary.status, page.item_counts) == (RunStatus.PLANNED, {})
    assert len(before_import.ours()) == 7
    assert {record.status for record in before_import.ours().values()} == {EmployeeStatus.CURRENT}


def test_somebody_who_cannot_be_read_when_their_turn_comes_is_left_and_the_others_are_written(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.edit(at_work.ours()["Rosa Byrne"], mobile="0491 570 158")
    page = at_work.preview(RunKind.EXPORT)
    alice = str(at_work.theirs()["Alice Lang"]["EmployeeID"]).lower()
    at_work.fault("broken_json", f"{EMPLOYEES}/{alice}".lower(), method="GET")
    page = at_work.approve(page)
    assert page.summary.status is RunStatus.DONE
    outcomes = {item.person: (item.status, item.outcome) for item in page.items if item.kind is ItemKind.STEP}
    said = "Xero's record of this person could not be read, so nothing was sent. The next run tries it again."
    assert outcomes["Alice Lang"] == (StepStatus.SKIPPED, said)
    assert outcomes["Rosa Byrne"][0] is StepStatus.APPLIED
    at_work.sandbox.control("DELETE", "faults")
    at_work.sync(RunKind.EXPORT)
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"


def test_a_write_that_cannot_be_read_back_holds_up_no_later_run(
    at_work: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = str(at_work.theirs()["Alice Lang"]["EmployeeID"]).lower()

    def spoil(boundary: str) -> None:
        if boundary == "after intent":
            at_work.fault("broken_json", f"{EMPLOYEES}/{alice}".lower(), method="GET")

    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.fault("committed_but_lost", method="POST", count=1)
    with monkeypatch.context() as patched:
        patched.setattr(journal, "at_boundary", spoil)
        page = at_work.sync(RunKind.EXPORT)
    assert (page.summary.status, page.stop_code) == (RunStatus.PARKED, "xero_down")
    facade.cancel_run(at_work.player.actor, page.summary.run_id)
    at_work.edit(at_work.ours()["Rosa Byrne"], mobile="0491 570 158")
    at_work.clock.advance(minutes=16)
    actions.run_due()  # a probe, which is answered
    assert at_work.sync(RunKind.EXPORT).summary.status is RunStatus.DONE
    assert at_work.theirs()["Rosa Byrne"]["Mobile"] == "0491 570 158"
    at_work.sandbox.control("DELETE", "faults")
    at_work.clock.advance(minutes=16)
    actions.run_due()
    at_work.sync(RunKind.EXPORT)
    items = at_work.page(page.summary.run_id).items
    assert {item.status for item in items if item.person == "Alice Lang"} == {StepStatus.APPLIED}


def test_somebody_terminated_in_xero_or_deleted_here_after_the_preview_is_written_nowhere(at_work: Office) -> None:
    rosa = at_work.ours()["Rosa Byrne"]
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.edit(rosa, mobile="0491 570 158")
    page = at_work.preview()
    at_work.edit_in_xero("Alice Lang", TerminationDate="2026-11-20", TerminationReason="V")
    delete_employee(at_work.player.actor, employee_id=rosa.employee_id)
    page = at_work.approve(page)
    assert page.summary.status is RunStatus.STALE
    assert skipped(at_work.sync()) == {
        ("Alice Lang", "Xero says that this person has left, so Tandem changes nothing there."),
        ("Rosa Byrne", "This person is linked, but the Tandem record is archived or deleted."),
    }
    assert at_work.someone().status is EmployeeStatus.TERMINATED
    assert "0491 570 110" not in str(at_work.theirs())
    assert "0491 570 158" not in str(at_work.theirs())


def test_a_fund_that_vanished_and_a_rate_that_is_no_longer_in_use_hold_up_nothing_else(at_work: Office) -> None:
    organisation = at_work.sandbox.simulator.world.organisations[at_work.organisation_id]
    for rate in pay_items.of(organisation)["EarningsRates"]:
        rate["CurrentRecord"] = False
    facade.read_lists_now(at_work.player.actor)
    at_work.edit_in_xero("Rosa Byrne", JobTitle="Head baker", SuperMemberships=[IN_NO_FUND])
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.sync()
    assert at_work.ours()["Rosa Byrne"].job_title == "Head baker"
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"
    fund_gone = "Xero holds a super membership in a fund that the organisation has no more. Look at it in Xero."
    assert ("Rosa Byrne", fund_gone) in skipped(page)
    (rates,) = [one for one in facade.list_catalog(at_work.player.actor) if one.kind is ListKind.EARNINGS_RATES]
    assert {one.entry.is_current for one in rates.entries} == {False}


def test_every_test_that_the_page_of_trouble_names_is_there() -> None:
    root = Path(__file__).resolve().parents[5]
    named = set(re.findall(r"`(test_\w+)`", (root / "docs" / "xero" / "trouble.md").read_text(encoding="utf-8")))
    files = [
        *(root / "src" / "tandem" / "xero").rglob("test_*.py"),
        *(root / "tests" / "conformance").glob("test_*.py"),
    ]
    there = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)}
    assert len(named) > 15
    assert named <= there
