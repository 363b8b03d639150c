"""What runs changed: for an account, for a person, as a file; and who may read what of it."""

import csv
import io
import logging
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from click.testing import CliRunner
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.api.tests.caller import program_of
from tandem.cli.sync import sync
from tandem.kernel import clock
from tandem.kernel.errors import NotPermitted
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.people.actions import terminate_employee
from tandem.people.payroll_records import BankAccount, TaxFileNumber
from tandem.people.records import EmployeeRecord, TerminationReason
from tandem.testing.cast import TOTP_SECRET, Cast, Player, join, text_of
from tandem.xero import facade
from tandem.xero.facade import HistoryFilter, RunKind, SharedField
from tandem.xero.mapping.fields import Termination
from tandem.xero.matching.matching import Side
from tandem.xero.models import Connection, Run
from tandem.xero.models import Step as StepRow
from tandem.xero.sync import history, items, words
from tandem.xero.sync.pages import ItemKind
from tandem.xero.sync.past_runs import purge
from tandem.xero.sync.plan import FieldChange, Step, Verb
from tandem.xero.sync.stored import step_as_json
from tandem.xero.sync.tests.office import Office
from tandem.xero.sync.undo_rules import WINDOW

EVERYTHING = HistoryFilter()
#: Published samples, not anybody's.
TFN, ACCOUNT_NUMBER = "123456782", "12345678"
NOBODY = UUID(int=7)


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


def _file(player: Player, query: str = "") -> list[dict[str, str]]:
    response = player.client.get(player.url(f"runs/history/export/{query}"))
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]  # the streaming kind has it
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _promoted(at: Office, title: str = "Head baker", name: str = "Alice Lang") -> EmployeeRecord:
    """Put a run that sent a job title beside the others; what a real one leaves, a test of its own looks at."""
    _did(at, Verb.UPDATE, FieldChange(SharedField.JOB_TITLE, "Baker", title), name=name)
    return at.ours()[name]


def _payroll_officer(cast: Cast, *also: Role) -> Player:
    ken = join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, *also)
    TOTP.activate(ken.user, TOTP_SECRET)
    return ken


def _did(
    at: Office,
    verb: Verb,
    *changes: FieldChange,
    said: str = "",
    name: str = "Alice Lang",
) -> None:
    """Put a run with one step beside the others, as it would stand there: payroll and leavings too, and at no cost."""
    someone, account_id = at.ours()[name], at.player.actor.account_id
    step = Step(Side.XERO, verb, someone.employee_id, uuid4(), changes)
    payload = {"person": someone.full_name, "step": step_as_json(step), "said": [["", said]] if said else []}
    line = items.Line(ItemKind.STEP, payload, "xero", verb.value, someone.employee_id, fields=step.field_names)
    with scope(account_id):
        run = Run.objects.create(
            account_id=account_id,
            connection=Connection.objects.get(account_id=account_id),
            kind="export",
            reach="authority",
            trigger="schedule",
            status="done",
            created_at=clock.now(),
            finished_at=clock.now(),
        )
        items.store(account_id, run.run_id, iter([line]))
        StepRow.objects.filter(run=run).update(
            status="rejected" if said else "applied",
            outcome_code="xero_validation_failed" if said else "",
            outcome_at=clock.now(),
        )


def _pay_changed(at: Office, *, said: str = "") -> None:
    accounts = (BankAccount("Alice Lang", "000000", ACCOUNT_NUMBER, takes_remainder=True),)
    _did(
        at,
        Verb.UPDATE,
        FieldChange(SharedField.BANK_ACCOUNTS, (), accounts),
        FieldChange(SharedField.TAX_FILE_NUMBER, None, TaxFileNumber("782", "a mark")),
        said=said,
    )


def test_who_may_not_see_people_reads_neither_names_nor_values_nor_ids(at_work: Office, cast: Cast) -> None:
    rosa = _promoted(at_work, "Bookkeeper", "Rosa Byrne")
    ken = _payroll_officer(cast)
    lines = _file(ken)
    assert {line["Person"] for line in lines} == {"Hidden"}
    assert {line["Person's id"] for line in lines} == {""}
    assert {line["After"] for line in lines} <= {"Hidden", ""}
    told = f"{_get(ken, 'runs/history/')}{lines}"
    assert all(secret not in told for secret in ("Byrne", "Bookkeeper", str(rosa.employee_id)))
    query = f"?employee={rosa.employee_id}"
    assert ken.client.get(ken.url(f"runs/history/{query}")).status_code == 404
    assert ken.client.get(ken.url(f"runs/history/export/{query}")).status_code == 404


def test_values_of_payroll_are_read_with_its_role_alone_and_never_whole(at_work: Office, cast: Cast) -> None:
    _pay_changed(at_work)
    both = _payroll_officer(cast, Role.EMPLOYEE_MANAGEMENT)
    of_alice, of_both = _file(at_work.player)[:2], _file(both)[:2]
    assert [line["After"] for line in of_alice] == ["Hidden", "Hidden"]
    assert of_both[0]["After"] == "Alice Lang, account ending in 678: the remainder"
    assert of_both[1]["After"].endswith("782")
    told = f"{of_both}{_get(both, 'runs/history/')}"
    assert TFN not in told
    assert ACCOUNT_NUMBER not in told


def test_what_xero_answered_about_pay_is_not_quoted(at_work: Office, cast: Cast) -> None:
    _pay_changed(at_work, said=f"Account {ACCOUNT_NUMBER} is not valid")
    both = _payroll_officer(cast, Role.EMPLOYEE_MANAGEMENT)
    assert _file(both)[0]["Detail"] == "Xero did not accept this."
    assert ACCOUNT_NUMBER not in _get(both, "runs/history/")


def test_a_leaving_that_is_not_public_is_kept_from_the_one_whom_it_is_about(at_work: Office) -> None:
    someone = at_work.someone()
    _did(at_work, Verb.TERMINATE, FieldChange(SharedField.TERMINATION, None, Termination(date(2026, 12, 3), None)))
    alice = at_work.player.actor
    herself = replace(alice, employee_id=someone.employee_id)
    terminate_employee(
        alice,
        employee_id=someone.employee_id,
        termination_on=date(2026, 12, 3),
        reason=TerminationReason.REDUNDANCY,
        is_private=True,
    )
    told = [line.sentence for line in facade.list_history(alice, wanted=EVERYTHING).lines]
    assert "End the employment in Xero" in told
    kept = [line.sentence for line in facade.list_history(herself, wanted=EVERYTHING).lines]
    assert "End the employment in Xero" not in kept
    filed = [line.sentence for chunk in facade.iter_history(herself, wanted=EVERYTHING) for line in chunk]
    assert filed == kept != []


def test_the_file_is_refused_before_its_first_line(at_work: Office) -> None:
    nobody = replace(at_work.player.actor, permissions=frozenset({Permission.VIEW_SELF}))
    with pytest.raises(NotPermitted):
        facade.iter_history(nobody, wanted=EVERYTHING)


def test_another_account_sees_nothing_of_it(at_work: Office, cast: Cast) -> None:
    someone = _promoted(at_work)
    assert facade.list_history(cast.charlie.actor, wanted=EVERYTHING).total == 0
    assert _file(cast.charlie) == []
    query = f"?employee={someone.employee_id}"
    assert cast.charlie.client.get(cast.charlie.url(f"runs/history/{query}")).status_code == 404


def test_a_value_that_would_run_in_a_spreadsheet_is_text(at_work: Office) -> None:
    _promoted(at_work, '=HYPERLINK("http://example.com")')
    assert _file(at_work.player)[0]["After"] == '\'=HYPERLINK("http://example.com")'


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=yesterday", "This is not a date."),
        ("until=9999-12-31", "This is not a date."),
        ("since=2026-11-23&until=2026-11-22", "Choose a day that is not before the first one."),
        ("side=up", "Choose one from the list."),
        ("field=shoe_size", "Choose one from the list."),
        ("employee=nobody", "There is no such person."),
    ],
)
def test_nonsense_is_named_and_keeps_what_was_typed(cast: Cast, query: str, said: str) -> None:
    address = cast.alice.url(f"runs/history/?{query}")
    response = cast.alice.client.get(address)
    assert response.status_code == 422
    assert said in text_of(response)
    refused = cast.alice.client.get(cast.alice.url(f"runs/history/export/?{query}"))
    assert refused.headers["location"] == address


def test_before_the_first_run_the_page_says_what_will_stand_here(cast: Cast) -> None:
    text = _get(cast.alice, "runs/history/")
    assert "Nothing has changed yet" in text
    assert "Download as CSV" not in text
    record = f"employees/{cast.dana_record.employee_id}/xero/"
    assert "No run has linked or changed this person yet." in _get(cast.alice, record)


def test_a_change_is_told_with_its_day_direction_field_and_run(at_work: Office) -> None:
    at_work.edit(at_work.someone(), job_title="Head baker")
    at_work.sync(RunKind.EXPORT)
    (newest, *_) = _file(at_work.player)
    run_id = facade.list_runs(at_work.player.actor)[0].run_id
    assert newest == {
        "When": "2026-11-23T12:05:00+11:00",
        "Person": "Alice Lang",
        "Person's id": str(at_work.someone().employee_id),
        "From": "Tandem",
        "To": "Xero",
        "What": "Update in Xero: Job title",
        "Field": "Job title",
        "Before": newest["Before"],
        "After": "Head baker",
        "Note": "",
        "Outcome": "Done",
        "Detail": "Done",
        "Run": "Export: what changed",
        "Run's id": str(run_id),
        "Approved by": at_work.player.user.name,
    }
    text = _get(at_work.player, "runs/history/")
    assert "Tandem to Xero" in text
    assert "<ins>Head baker</ins>" in text
    assert f"runs/{run_id}/" in text


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-11-24",
        "until=2026-11-22",
        "side=hr&field=job_title&outcome=rejected",
        "outcome=unknown",
        "field=contractor_abn",
    ],
)
def test_a_filter_that_finds_nothing_says_so_and_the_file_has_its_heading_alone(at_work: Office, query: str) -> None:
    assert "Nothing fits" in _get(at_work.player, f"runs/history/?{query}")
    assert _file(at_work.player, f"?{query}") == []


def test_what_a_standing_decision_decided_is_noted(at_work: Office) -> None:
    _did(at_work, Verb.UPDATE, FieldChange(SharedField.JOB_TITLE, "Baker", "Head baker", by_standing=True))
    assert _file(at_work.player)[0]["Note"] == words.BY_STANDING
    assert words.BY_STANDING in _get(at_work.player, "runs/history/")


def test_filters_narrow_by_day_direction_field_outcome_and_person(at_work: Office) -> None:
    someone = _promoted(at_work)
    today = "since=2026-11-23&until=2026-11-23"
    query = f"?{today}&side=xero&field=job_title&outcome=applied&employee={someone.employee_id}"
    (line,) = _file(at_work.player, query)
    assert line["After"] == "Head baker"
    text = _get(at_work.player, f"runs/history/{query}")
    assert "1 to 1 of 1 lines" in text
    assert "What runs did to Alice Lang" in text
    assert {line["Field"] for line in _file(at_work.player, "?side=hr&field=mobile")} == {"Mobile"}


def test_a_record_shows_what_runs_did_to_it_and_to_nobody_else(at_work: Office) -> None:
    someone = _promoted(at_work)
    _promoted(at_work, "Bookkeeper", "Rosa Byrne")
    text = _get(at_work.player, f"employees/{someone.employee_id}/xero/")
    assert "<ins>Head baker</ins>" in text
    assert "Bookkeeper" not in text
    assert f"runs/history/export/?employee={someone.employee_id}" in text
    assert {line["Person"] for line in _file(at_work.player, f"?employee={someone.employee_id}")} == {"Alice Lang"}


def test_once_the_values_have_died_the_fields_are_still_told(at_work: Office) -> None:
    _promoted(at_work)
    at_work.clock.advance(days=WINDOW // timedelta(days=1) + 1)
    purge(at_work.player.actor.account_id)
    line = _file(at_work.player)[0]
    assert (line["Person"], line["What"]) == ("Alice Lang", "Update in Xero: Job title")
    assert (line["Before"], line["After"]) == ("no longer kept", "no longer kept")
    assert "Values no longer kept." in _get(at_work.player, "runs/history/")


def test_what_was_only_previewed_is_no_history(at_work: Office) -> None:
    at_work.edit(at_work.someone(), job_title="Head baker")
    at_work.preview(RunKind.EXPORT)
    assert "Head baker" not in _get(at_work.player, "runs/history/")


def test_a_file_of_many_chunks_holds_every_line_once(at_work: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    _promoted(at_work)
    whole = facade.list_history(at_work.player.actor, wanted=EVERYTHING).lines
    monkeypatch.setattr(history, "CHUNK", 2)
    chunks = list(facade.iter_history(at_work.player.actor, wanted=EVERYTHING))
    assert len(chunks) > 2
    assert tuple(line for chunk in chunks for line in chunk) == whole


def test_pages_tell_where_they_lie_in_the_whole(at_work: Office) -> None:
    page = facade.list_history(at_work.player.actor, wanted=EVERYTHING, page=2, size=4)
    assert (page.number, page.first, page.last, len(page.lines)) == (2, 5, min(8, page.total), page.last - 4)
    last = facade.list_history(at_work.player.actor, wanted=EVERYTHING, page=99, size=4)
    assert last.number == last.pages


def test_a_longer_history_takes_no_more_queries(at_work: Office) -> None:
    paths = ("runs/history/", f"employees/{at_work.someone().employee_id}/xero/")
    short: list[int] = []
    long: list[int] = []
    for counts in (short, long):
        for path in paths:
            with CaptureQueriesContext(database) as asked:
                _get(at_work.player, path)
            counts.append(len(asked))
        if counts is short:
            _promoted(at_work)
            _promoted(at_work, "Baker")
    assert all(later <= earlier for earlier, later in zip(short, long, strict=True))


def test_a_program_reads_records_and_fields_and_no_values(at_work: Office) -> None:
    someone = _promoted(at_work)
    at_work.clock.advance(minutes=1)
    _pay_changed(at_work, said=f"Account {ACCOUNT_NUMBER} is not valid")
    program = program_of(at_work.player)
    told = program.call("GET", f"history?employee_id={someone.employee_id}&target=xero&since=2026-11-23T00:00:00Z")
    assert [(line["fields"], line["status"]) for line in told.body["lines"]] == [
        (["bank_accounts", "tax_file_number"], "rejected"),
        (["job_title"], "applied"),
    ]
    assert all(value not in str(told.body) for value in ("Head baker", "Alice", ACCOUNT_NUMBER))


@pytest.mark.parametrize(
    ("query", "status"),
    [("field=shoe_size", 422), ("since=2026-11-23T00:00:00", 422), ("page=0", 422), (f"employee_id={NOBODY}", 404)],
)
def test_a_program_that_asks_nonsense_is_told(cast: Cast, query: str, status: int) -> None:
    assert program_of(cast.alice).call("GET", f"history?{query}").status == status


def test_the_file_that_payroll_sees_comes_from_the_command_line(at_work: Office) -> None:
    someone = _promoted(at_work)
    whole = join(at_work.player.account, "Ada Byron", Role.ACCOUNT_ADMIN, Role.PAYROLL_TAB)
    TOTP.activate(whole.user, TOTP_SECRET)
    done = CliRunner().invoke(sync, ["history", "--account", "harbour-lane", "--person", str(someone.employee_id)])
    assert logging.getLogger("tandem").isEnabledFor(logging.INFO), "the command silences the log only while it runs"
    assert done.exit_code == 0
    assert list(csv.DictReader(io.StringIO(done.output.removeprefix("\ufeff"), newline=""))) == _file(
        whole, f"?employee={someone.employee_id}"
    )
