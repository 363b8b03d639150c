"""A write that may have landed and was then edited in Xero: nothing wins by itself, and what may be lost is kept (ADR 40)."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tandem.xero import facade
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.fields import SharedField
from tandem.xero.matching.matching import Side
from tandem.xero.sync.pages import HistoryFilter, StepStatus
from tandem.xero.sync.plan import FieldChange, Step, Verb
from tandem.xero.sync.preferences import Authority
from tandem.xero.sync.reading_back import edited_since
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Crash, Office

SENT, BEFORE, LATER = "0491 570 110", "0491 570 156", "0491 570 313"
MOBILE, TITLE = SharedField.MOBILE, SharedField.JOB_TITLE
STEP = Step(
    Side.XERO,
    Verb.UPDATE,
    UUID(int=1),
    UUID(int=2),
    (FieldChange(MOBILE, BEFORE, SENT), FieldChange(TITLE, "Baker", "Head baker")),
)


@pytest.mark.parametrize(
    ("mobile", "title", "edited"),
    [
        (BEFORE, "Baker", ()),  # nothing landed
        (SENT, "Head baker", ()),  # it landed
        (LATER, "Baker", (MOBILE,)),  # somebody was there, whether it landed or not
        (LATER, "Cook", (MOBILE, TITLE)),
        (LATER, "Head baker", (MOBILE,)),
        (BEFORE, "Head baker", (MOBILE,)),  # it landed whole, and somebody put one back
    ],
)
def test_what_was_edited_since_a_write_is_told_by_what_xero_holds(
    mobile: str, title: str, edited: tuple[SharedField, ...]
) -> None:
    held = XeroEmployee(uuid4(), mobile=mobile, job_title=title)
    assert edited_since(STEP, held) == edited


def test_a_field_that_was_sent_as_it_stood_tells_nothing() -> None:
    step = replace(STEP, changes=(FieldChange(MOBILE, BEFORE, SENT), FieldChange(TITLE, "Baker", "Baker")))
    assert edited_since(step, XeroEmployee(uuid4(), mobile=BEFORE, job_title="Baker")) == ()


def edited_after_a_crash(office: Office, crash_at: dict[str, int]) -> UUID:
    """Let Tandem write one number over another in Xero, die, and somebody enter a third one there; return the run."""
    office.choose(authority=Authority.TANDEM)
    office.edit_in_xero("Alice Lang", Mobile=BEFORE)
    office.edit(office.someone(), mobile=SENT)
    page = office.preview(RunKind.BOTH)
    crash_at["after call"] = 1
    with pytest.raises(Crash):
        office.approve(page)
    assert office.theirs()["Alice Lang"]["Mobile"] == SENT
    office.edit_in_xero("Alice Lang", Mobile=LATER)
    office.clock.advance(minutes=2, seconds=1)
    return office.again(page).summary.run_id


@pytest.mark.usefixtures("real_db")
def test_a_later_edit_in_xero_is_not_written_over_and_the_history_keeps_what_may_have_been(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    run_id = edited_after_a_crash(at_work, crash_at)
    (conflict,) = facade.list_conflicts(at_work.player.actor)
    assert "never confirmed" in conflict.reason
    item = next(one for one in at_work.page(run_id).items if one.verb == "update")
    assert (item.status, "may have been written over" in item.outcome) == (StepStatus.SKIPPED, True)
    history = facade.list_history(at_work.player.actor, wanted=HistoryFilter())
    line = next(one for one in history.lines if one.run_id == run_id and one.changes)
    assert (line.changes[0].before, line.changes[0].after) == (BEFORE, SENT)
    at_work.sync()
    assert (at_work.theirs()["Alice Lang"]["Mobile"], at_work.someone().mobile) == (LATER, SENT)


@pytest.mark.usefixtures("real_db")
def test_what_a_person_says_of_it_is_done_and_the_field_flows_again(at_work: Office, crash_at: dict[str, int]) -> None:
    edited_after_a_crash(at_work, crash_at)
    (conflict,) = facade.list_conflicts(at_work.player.actor)
    facade.decide_conflict(at_work.player.actor, conflict.conflict_id, keep=Side.HR)
    at_work.sync()
    assert (at_work.theirs()["Alice Lang"]["Mobile"], at_work.someone().mobile) == (SENT, SENT)
    at_work.edit_in_xero("Alice Lang", Mobile=LATER)
    at_work.sync()
    assert at_work.someone().mobile == LATER
