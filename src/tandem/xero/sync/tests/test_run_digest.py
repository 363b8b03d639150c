"""What automatic runs did comes in one letter a day, at the hour that each person chose, and not at all for nothing."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.notices.choices import save_choices
from tandem.notices.digest_rules import RunLetters
from tandem.notices.models import Letter
from tandem.notices.records import ChoicesRecord
from tandem.testing.cast import Cast, text_of
from tandem.xero.models import Connection, Run
from tandem.xero.schedule import actions
from tandem.xero.schedule.run_digest import plan_digest
from tandem.xero.sync.tests.office import Office

pytestmark = pytest.mark.usefixtures("real_db")


def _letters(office: Office) -> list[Letter]:
    with scope(office.player.account.account_id):
        return list(
            Letter.objects.filter(kind="runs", account_id=office.player.account.account_id).order_by("written_at")
        )


def _wait(office: Office, *, hours: int) -> None:
    """Let time pass and the worker do what comes due."""
    office.clock.advance(hours=hours)
    actions.run_due()


def _ended(office: Office, *, status: str = "done", **counts: int) -> None:
    """Have an automatic run end now, and the worker look."""
    account_id = office.player.account.account_id
    with scope(account_id):
        Run.objects.create(
            account_id=account_id,
            connection=Connection.objects.get(account_id=account_id),
            run_id=uuid4(),
            kind="import",
            reach="changed",
            trigger="schedule",
            status=status,
            created_at=clock.now(),
            finished_at=clock.now(),
            counts=counts,
        )
    plan_digest(account_id)
    actions.run_due()


def _choose(office: Office, letters: RunLetters) -> None:
    save_choices(office.player.actor, replace(ChoicesRecord(), run_letters=letters))


def test_a_day_of_automatic_runs_comes_in_one_letter_without_a_name(cast: Cast, at_work: Office) -> None:
    at_work.choose(auto_import=True)
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 159")
    at_work.automatic()
    at_work.choose(auto_import=False)
    assert _letters(at_work) == []
    page = text_of(cast.alice.client.get(cast.alice.url("notices/")))
    assert "1 change was made." in page
    _wait(at_work, hours=20)
    (letter,) = _letters(at_work)
    assert letter.to_address == cast.alice.user.email
    assert "- 1 change was made." in letter.body
    assert "<li>1 change was made.</li>" in letter.html
    assert "/a/harbour-lane/runs/" in letter.body
    for text in (letter.subject, letter.body, letter.html):
        assert not any(word in text for word in ("Alice", "0491", "Mobile"))
    _wait(at_work, hours=24)
    assert len(_letters(at_work)) == 1


def test_trouble_comes_at_once_to_those_who_chose_so_and_never_to_those_who_chose_never(at_work: Office) -> None:
    _choose(at_work, RunLetters.AT_ONCE)
    _ended(at_work, applied=2)
    assert _letters(at_work) == []
    _ended(at_work, status="failed", rejected=1, unknown=1)
    (letter,) = _letters(at_work)
    for line in (
        "- 1 run stopped before the end.",
        "- 2 changes were refused or not confirmed.",
        "- 2 changes were made.",
    ):
        assert line in letter.body
    _choose(at_work, RunLetters.NEVER)
    at_work.clock.advance(hours=1)
    _ended(at_work, status="failed")
    _wait(at_work, hours=24)
    assert len(_letters(at_work)) == 1


def test_trouble_that_goes_on_is_told_when_it_begins_and_then_once_a_day(at_work: Office) -> None:
    _choose(at_work, RunLetters.AT_ONCE)
    for _ in range(3):
        _ended(at_work, status="failed")
        at_work.clock.advance(hours=1)
    assert len(_letters(at_work)) == 1
    _wait(at_work, hours=24)
    assert "- 2 runs stopped before the end." in _letters(at_work)[-1].body
    for run, letters in (({"status": "failed"}, 2), ({"applied": 1}, 2), ({"status": "failed"}, 3)):
        at_work.clock.advance(hours=1)
        _ended(at_work, **run)
        assert len(_letters(at_work)) == letters


def test_runs_that_did_nothing_and_runs_of_people_write_no_letter(at_work: Office) -> None:
    _ended(at_work, applied=0, skip=4)
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 159")
    at_work.sync()
    due: datetime | None = plan_digest(at_work.player.account.account_id)
    assert due is None
    assert _letters(at_work) == []
