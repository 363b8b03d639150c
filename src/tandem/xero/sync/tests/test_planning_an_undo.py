"""What takes a run back, as a value: what goes back, what stays and why, and that nothing flows on by itself after it."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.people.payroll_records import BankAccount, LeaveBalance, PayrollDetails, TaxFileNumber
from tandem.people.records import EmployeeRecord, TerminationReason
from tandem.xero.mapping.employee import theirs_value
from tandem.xero.mapping.fields import DETAIL_FIELDS, FieldValue, SharedField, Termination, ours_value
from tandem.xero.mapping.oddities import Oddity
from tandem.xero.mapping.values import same
from tandem.xero.matching.matching import Side
from tandem.xero.sync.pages import ChangeLine, RunStatus
from tandem.xero.sync.plan import ConflictReason, FieldChange, Plan, SkipReason, Step, Verb
from tandem.xero.sync.planner import plan
from tandem.xero.sync.preferences import NEVER_STANDING, Authority, Preferences, TerminationFlow
from tandem.xero.sync.records import Decision, RunKind, RunRequest, Snapshot
from tandem.xero.sync.sentences import SENTENCES
from tandem.xero.sync.tests.cast import ADA, NOW, as_theirs, base_of, end, execute, linked, xero_id
from tandem.xero.sync.tests.test_planning_properties import records, snapshots
from tandem.xero.sync.undo import LastEdit, PastRun, Written, plan_undo
from tandem.xero.sync.undo_notes import with_undo_notes
from tandem.xero.sync.undo_rules import (
    BEING_UNDONE,
    ELSEWHERE,
    IS_AN_UNDO,
    NOTHING_WRITTEN,
    STILL_GOING,
    TOO_OLD,
    UNDONE,
    WINDOW,
    Past,
    Undo,
    why_not,
)

LATER = NOW + timedelta(hours=2)
ADDED = replace(ADA, mobile="0400 111 111")
THEIRS = as_theirs(ADA)
LEFT = Termination(date(2026, 11, 1), TerminationReason.VOLUNTARY)


def wrote(
    *changes: FieldChange,
    target: Side = Side.XERO,
    verb: Verb = Verb.UPDATE,
    employee_id: UUID | None = ADA.employee_id,
) -> PastRun:
    """Return a run that made one write to Ada."""
    return PastRun(NOW, (Written(Step(target, verb, employee_id, xero_id(1), changes), NOW),))


def mobile(before: str, after: str) -> FieldChange:
    return FieldChange(SharedField.MOBILE, before, after, before)


def done(found: Plan) -> PastRun:
    """Return what a plan leaves behind once it is carried out."""
    return PastRun(NOW, tuple(Written(step, NOW) for step in found.steps))


def undo(past: PastRun, snapshot: Snapshot, *, kind: RunKind = RunKind.BOTH) -> Plan:
    return plan_undo(past, snapshot, LATER, request=RunRequest(kind))


def only_skip(found: Plan) -> SkipReason:
    assert not found.steps
    (skip,) = found.skips
    return skip.reason


# --- what goes back ---


def test_a_value_that_a_run_wrote_to_xero_goes_back_and_tandems_own_is_left() -> None:
    snapshot = linked(ADDED, as_theirs(ADDED), base_of(ADDED))
    found = undo(wrote(mobile(ADA.mobile, ADDED.mobile)), snapshot)
    (step,) = found.steps
    assert (step.target, step.verb, step.is_undo) == (Side.XERO, Verb.UPDATE, True)
    (change,) = step.changes
    assert (change.before, change.after, change.base, change.has_base) == (
        ADDED.mobile,
        ADA.mobile,
        ADA.mobile,
        True,
    )


def test_an_end_that_a_run_brought_to_tandem_is_lifted_and_one_that_it_moved_is_moved_back() -> None:
    was = Termination(date(2026, 12, 24), TerminationReason.REDUNDANCY)
    snapshot = linked(end(ADA, LEFT), as_theirs(end(ADA, LEFT)), base_of(end(ADA, LEFT)))
    for before, verb in ((None, Verb.REINSTATE), (was, Verb.TERMINATE)):
        ended = wrote(FieldChange(SharedField.TERMINATION, before, LEFT), target=Side.HR, verb=Verb.TERMINATE)
        (step,) = undo(ended, snapshot).steps
        assert (step.verb, step.changes[0].after) == (verb, before)


def test_somebody_whom_a_run_added_to_tandem_goes_to_the_recycle_bin() -> None:
    past = wrote(FieldChange(SharedField.FIRST_NAME, None, "Ada"), target=Side.HR, verb=Verb.CREATE)
    (step,) = undo(past, linked(ADA, THEIRS, base_of(ADA))).steps
    assert (step.verb, step.employee_id) == (Verb.REMOVE, ADA.employee_id)


def test_nobody_is_put_into_the_bin_as_whom_somebody_signs_in() -> None:
    past = wrote(FieldChange(SharedField.FIRST_NAME, None, "Ada"), target=Side.HR, verb=Verb.CREATE)
    found = plan_undo(past, linked(ADA, THEIRS, {}), LATER, sign_ins=frozenset({ADA.employee_id}))
    assert only_skip(found) is SkipReason.SIGNS_IN


def test_the_last_write_is_taken_back_first() -> None:
    past = PastRun(
        NOW,
        (
            *wrote(mobile(ADA.mobile, ADDED.mobile), target=Side.HR).writes,
            *wrote(FieldChange(SharedField.TERMINATION, None, LEFT), target=Side.HR, verb=Verb.TERMINATE).writes,
        ),
    )
    left = end(ADDED, LEFT)
    assert [step.verb for step in undo(past, linked(left, as_theirs(left), {})).steps] == [Verb.REINSTATE, Verb.UPDATE]


# --- what stays, and why ---

BALANCES = (LeaveBalance(UUID(int=9), "Annual leave", 7, "hours"),)  # type: ignore[arg-type]  # any number does
NUMBER = TaxFileNumber("782", "a mark")
BEFORE = (BankAccount("Ada Byron", "000000", "12345678", takes_remainder=True),)
PAID = replace(ADA, payroll=PayrollDetails(tax_file_number=NUMBER, leave_balances=BALANCES))
GONE = replace(linked(ADA, THEIRS, base_of(ADA)), ours=(), theirs=())


@pytest.mark.parametrize(
    ("past", "snapshot", "reason"),
    [
        (wrote(verb=Verb.CREATE), linked(ADA, THEIRS, {}), SkipReason.NO_UNDO_CREATE),
        (
            wrote(FieldChange(SharedField.TERMINATION, None, LEFT), verb=Verb.TERMINATE),
            linked(end(ADA, LEFT), as_theirs(end(ADA, LEFT)), {}),
            SkipReason.NO_UNDO_END,
        ),
        (
            wrote(FieldChange(SharedField.DATE_OF_BIRTH, None, ADA.date_of_birth)),
            linked(ADA, THEIRS, {}),
            SkipReason.NO_UNDO_EMPTY,
        ),
        (
            wrote(mobile("1", ADA.mobile)),
            linked(ADA, replace(THEIRS, status="TERMINATED"), {}),
            SkipReason.TERMINATED_IN_XERO,
        ),
        (wrote(mobile("1", "2")), linked(ADA, THEIRS, {}), SkipReason.CHANGED_SINCE),
        (wrote(mobile("1", "2"), target=Side.HR), linked(ADA, THEIRS, {}), SkipReason.CHANGED_SINCE),
        (wrote(mobile(ADA.mobile, "2")), linked(ADA, THEIRS, {}), SkipReason.BACK_ALREADY),
        (
            wrote(mobile("1", ADA.mobile)),
            linked(ADA, replace(THEIRS, unread=frozenset({SharedField.MOBILE})), {}),
            SkipReason.DETAILS_NOT_READ,
        ),
        (
            wrote(mobile("1", ADA.mobile)),
            linked(ADA, replace(THEIRS, oddities=(Oddity(SharedField.MOBILE, "odd", is_usable=False),)), {}),
            SkipReason.UNKNOWN_VALUE,
        ),
        (
            wrote(FieldChange(SharedField.BANK_ACCOUNTS, (), ()), target=Side.HR),
            linked(ADA, THEIRS, {}),
            SkipReason.DETAILS_NOT_READ,
        ),
        (
            wrote(FieldChange(SharedField.BANK_ACCOUNTS, BEFORE, ()), target=Side.HR),
            linked(PAID, THEIRS, {}),
            SkipReason.NO_UNDO_BANK,
        ),
        (
            wrote(FieldChange(SharedField.TAX_FILE_NUMBER, None, NUMBER), target=Side.HR),
            linked(PAID, THEIRS, {}),
            SkipReason.NO_UNDO_NUMBER,
        ),
        (
            wrote(FieldChange(SharedField.LEAVE_BALANCES, (), BALANCES), target=Side.HR),
            linked(PAID, THEIRS, {}),
            SkipReason.NO_UNDO_BALANCE,
        ),
        (
            wrote(FieldChange(SharedField.EMAIL, "", ADA.work_email), target=Side.HR),
            linked(replace(ADA, home_email="home@example.com"), THEIRS, {}),
            SkipReason.NO_UNDO_HOME_EMAIL,
        ),
        (wrote(), linked(ADA, THEIRS, {}), SkipReason.VALUES_GONE),
        (wrote(mobile("1", "2")), replace(GONE, ours=(ADA,)), SkipReason.MISSING_IN_XERO),
        (wrote(mobile("1", "2")), GONE, SkipReason.MISSING_IN_HR),
        (wrote(mobile("1", "2"), target=Side.HR), GONE, SkipReason.MISSING_IN_HR),
        (wrote(target=Side.HR, verb=Verb.CREATE), GONE, SkipReason.BACK_ALREADY),
        (wrote(mobile("1", "2"), target=Side.HR, employee_id=None), GONE, SkipReason.MISSING_IN_HR),
        (wrote(target=Side.HR, verb=Verb.CREATE, employee_id=None), GONE, SkipReason.BACK_ALREADY),
        (
            wrote(target=Side.HR, verb=Verb.CREATE),
            linked(replace(ADA, changed_at=LATER), THEIRS, {}),
            SkipReason.CHANGED_SINCE,
        ),
        (
            wrote(FieldChange(SharedField.MOBILE, None, "another"), target=Side.HR, verb=Verb.CREATE),
            linked(ADA, THEIRS, {}),
            SkipReason.CHANGED_SINCE,
        ),
    ],
)
def test_what_cannot_go_back_is_named_with_its_reason(past: PastRun, snapshot: Snapshot, reason: SkipReason) -> None:
    assert only_skip(undo(past, snapshot)) is reason


def test_an_account_that_only_reads_puts_nothing_back_in_xero() -> None:
    past = wrote(mobile("1", ADA.mobile))
    assert only_skip(undo(past, linked(ADA, THEIRS, {}), kind=RunKind.IMPORT)) is SkipReason.NO_UNDO_READING


@pytest.mark.parametrize(
    ("target", "change", "note"),
    [
        (Side.XERO, FieldChange(SharedField.START_ON, None, ADA.start_on), SkipReason.NO_UNDO_EMPTY),
        (Side.HR, FieldChange(SharedField.BANK_ACCOUNTS, (), ()), SkipReason.NO_UNDO_BANK),
        (Side.HR, FieldChange(SharedField.START_ON, None, ADA.start_on), None),
        (Side.XERO, mobile("1", "2"), None),
    ],
)
def test_the_preview_of_any_run_names_the_changes_that_no_undo_takes_back(
    target: Side, change: FieldChange, note: SkipReason | None
) -> None:
    step = Step(target, Verb.UPDATE, ADA.employee_id, xero_id(1), (change,))
    line = ChangeLine(change.field.value, change.field.label, "", "")
    (told,) = with_undo_notes([line], step)
    assert told.note == (f"No undo: {SENTENCES[note]}" if note else "")
    for quiet in (replace(step, is_undo=True), replace(step, target=Side.XERO, verb=Verb.TERMINATE)):
        assert with_undo_notes([line], quiet) == (line,)


def test_a_write_to_nobody_that_xero_knows_is_left() -> None:
    step = Step(Side.XERO, Verb.UPDATE, ADA.employee_id, None, (mobile("1", "2"),))
    found = undo(PastRun(NOW, (Written(step, NOW),)), linked(ADA, THEIRS, {}))
    assert only_skip(found) is SkipReason.MISSING_IN_XERO


def test_who_changed_a_value_since_and_when_is_said_where_it_is_known() -> None:
    past = wrote(mobile("1", "2"), target=Side.HR)
    snapshot = linked(ADA, replace(THEIRS, updated_at=NOW), {})
    key = (ADA.employee_id, SharedField.MOBILE)
    (skip,) = plan_undo(past, snapshot, LATER, edits={key: LastEdit(NOW, by_hand=True, by="Bob Byrne")}).skips
    assert skip.sentence == "Mobile: Changed in Tandem since, on 22 Nov 2026 14:00, by hand. It stays as it is."
    assert skip.by == "Bob Byrne"
    (skip,) = plan_undo(past, snapshot, LATER, edits={key: LastEdit(NOW)}).skips
    assert "by a run or at night" in skip.sentence
    (skip,) = undo(wrote(mobile("1", "2")), snapshot).skips
    assert skip.sentence == "Mobile: Changed in Xero since, on 22 Nov 2026 14:00 or before. It stays as it is."


def test_a_value_that_tandem_would_no_longer_save_is_a_problem_and_the_rest_goes_back() -> None:
    past = wrote(FieldChange(SharedField.LAST_NAME, "", "Byron"), mobile("0400 111 111", ADA.mobile), target=Side.HR)
    found = undo(past, linked(ADA, THEIRS, base_of(ADA)))
    assert [one.problem.field for one in found.problems] == ["last_name"]
    assert found.steps[0].field_names == ("mobile",)


def test_links_that_a_run_made_stay_and_are_named_unless_somebody_undid_them() -> None:
    snapshot = linked(ADA, THEIRS, {})
    past = PastRun(NOW, (), (snapshot.bindings[0].pair,))
    assert only_skip(undo(past, snapshot)) is SkipReason.LINK_STAYS
    assert undo(past, replace(snapshot, bindings=())).skips == ()


def test_after_fourteen_days_nothing_goes_back() -> None:
    past, snapshot = wrote(mobile("1", ADA.mobile)), linked(ADA, THEIRS, {})
    assert plan_undo(past, snapshot, NOW + WINDOW - timedelta(seconds=1)).steps
    assert only_skip(plan_undo(past, snapshot, NOW + WINDOW)) is SkipReason.TOO_OLD


@pytest.mark.parametrize(
    ("past", "sentence"),
    [
        (Past(RunStatus.DONE, NOW, has_written=True), ""),
        (Past(RunStatus.CANCELLED, NOW, has_written=True), ""),
        (Past(RunStatus.DONE, NOW - WINDOW, has_written=True), TOO_OLD),
        (Past(RunStatus.DONE, NOW, has_written=False), NOTHING_WRITTEN),
        (Past(RunStatus.PARKED, None, has_written=True), STILL_GOING),
        (Past(RunStatus.DONE, NOW, has_written=True, is_undo=True), IS_AN_UNDO),
        (Past(RunStatus.DONE, NOW, has_written=True, is_elsewhere=True), ELSEWHERE),
        (Past(RunStatus.DONE, NOW, has_written=True, undos=(Undo(RunStatus.DONE, {"applied": 2}),)), UNDONE),
        (Past(RunStatus.DONE, NOW, has_written=True, undos=(Undo(RunStatus.RUNNING, {}),)), BEING_UNDONE),
        (Past(RunStatus.DONE, NOW, has_written=True, undos=(Undo(RunStatus.PLANNED, {}),)), BEING_UNDONE),
        (Past(RunStatus.DONE, NOW, has_written=True, undos=(Undo(RunStatus.STALE, {}),)), ""),
        (Past(RunStatus.DONE, NOW, has_written=True, undos=(Undo(RunStatus.DONE, {"skipped": 1}),)), ""),
    ],
)
def test_a_run_can_be_undone_for_fourteen_days_once_and_again_only_where_something_was_left(
    past: Past, sentence: str
) -> None:
    assert why_not(past, NOW) == sentence


# --- what holds after it ---


@pytest.mark.parametrize("authority", Authority)
@pytest.mark.parametrize("standing", [{}, {SharedField.MOBILE: Side.HR}, {SharedField.MOBILE: Side.XERO}])
@pytest.mark.parametrize("target", Side)
def test_no_setting_lets_an_undone_value_flow_back_or_across(
    authority: Authority, standing: dict[SharedField, Side], target: Side
) -> None:
    ours, theirs = (ADA, as_theirs(ADDED)) if target is Side.HR else (ADDED, THEIRS)
    (binding,) = linked(ours, theirs, base_of(ADA)).bindings
    held = replace(binding, held=frozenset({SharedField.MOBILE}))
    snapshot = replace(linked(ours, theirs, {}), bindings=(held,))
    preferences = Preferences(authority=authority, standing=standing)
    for request in (RunRequest(), RunRequest(RunKind.IMPORT), RunRequest(RunKind.EXPORT)):
        found = plan(snapshot, preferences, NOW, request=request)
        assert found.steps == ()
        assert [one.reason for one in found.conflicts] == [ConflictReason.UNDONE]


def test_a_person_ends_the_hold_with_a_decision_and_so_do_two_sides_that_agree() -> None:
    (binding,) = linked(ADA, as_theirs(ADDED), base_of(ADA)).bindings
    held = replace(binding, held=frozenset({SharedField.MOBILE}))
    snapshot = replace(linked(ADA, as_theirs(ADDED), {}), bindings=(held,))
    keep = Decision(ADA.employee_id, SharedField.MOBILE, Side.HR, ADA.mobile, ADDED.mobile)
    (step,) = plan(replace(snapshot, decisions=(keep,)), Preferences(), NOW).steps
    assert (step.target, step.is_undo) == (Side.XERO, False)
    agreed = execute(plan(replace(snapshot, ours=(ADDED,)), Preferences(), NOW), replace(snapshot, ours=(ADDED,)))
    assert agreed.bindings[0].held == frozenset()


STANDABLE = [field for field in DETAIL_FIELDS if field not in NEVER_STANDING]
PREFERENCES = st.builds(
    Preferences,
    authority=st.sampled_from(Authority),
    termination=st.sampled_from(TerminationFlow),
    standing=st.dictionaries(st.sampled_from(STANDABLE), st.sampled_from(Side), max_size=3),
)


def values(snapshot: Snapshot) -> dict[tuple[Side, SharedField], FieldValue]:
    (record,), (person,) = snapshot.ours, snapshot.theirs
    ours = {(Side.HR, field): ours_value(record, field) for field in DETAIL_FIELDS}
    return ours | {(Side.XERO, field): theirs_value(person, field) for field in DETAIL_FIELDS}


def differing(
    left: dict[tuple[Side, SharedField], FieldValue], right: dict[tuple[Side, SharedField], FieldValue]
) -> set[tuple[Side, SharedField]]:
    return {key for key in left if not same(key[1], left[key], right[key])}


def named(found: Plan, side: Side) -> set[SharedField]:
    fields = {field for skip in found.skips for field in skip.fields}
    return fields | {SharedField.EMAIL for one in found.problems if side is Side.HR and "email" in one.problem.field}


def is_filled_in(field: SharedField, before: Snapshot) -> bool:
    """Say whether it is the birth date that Xero lacked and every write there has to carry."""
    return field is SharedField.DATE_OF_BIRTH and before.theirs[0].date_of_birth is None


@pytest.mark.unmeasured
@settings(max_examples=40, deadline=None)
@given(snapshots(), PREFERENCES)
def test_undone_at_once_every_value_is_back_or_named_and_nothing_else_has_moved(
    before: Snapshot, preferences: Preferences
) -> None:
    run = plan(before, preferences, NOW)
    after = execute(run, before)
    found = undo(done(run), after)
    undone = execute(found, after)
    problems = {one.problem.field.split(".")[0] for one in found.problems}
    for side, field in differing(values(before), values(undone)):
        assert field in named(found, side) or field.value in problems or is_filled_in(field, before)


@pytest.mark.unmeasured
@settings(max_examples=40, deadline=None)
@given(snapshots(), PREFERENCES)
def test_undone_twice_is_undone_once(before: Snapshot, preferences: Preferences) -> None:
    run = plan(before, preferences, NOW)
    after = execute(run, before)
    undone = execute(undo(done(run), after), after)
    assert undo(done(run), undone).steps == ()


@pytest.mark.unmeasured
@settings(max_examples=40, deadline=None)
@given(snapshots(), PREFERENCES, st.sampled_from(RunKind))
def test_no_run_redoes_what_was_undone_nor_carries_it_across(
    before: Snapshot, preferences: Preferences, kind: RunKind
) -> None:
    run = plan(before, preferences, NOW)
    after = execute(run, before)
    found = undo(done(run), after)
    undone = execute(found, after)
    held = {change.field for step in found.steps for change in step.changes}
    again = plan(undone, preferences, NOW, request=RunRequest(kind))
    written = {change.field for step in again.steps for change in step.changes}
    travels_along = {SharedField.DATE_OF_BIRTH}
    assert held.isdisjoint(written - travels_along)
    asked = {one.field for one in again.conflicts if one.reason is ConflictReason.UNDONE}
    agreed = {field for one in again.settlements for field in one.values}
    assert held <= asked | agreed | named(again, Side.HR)


@pytest.mark.unmeasured
@settings(max_examples=40, deadline=None)
@given(snapshots(), PREFERENCES, records(), records())
def test_what_anybody_changed_after_the_run_is_never_written_over(
    before: Snapshot, preferences: Preferences, ours: EmployeeRecord, theirs: EmployeeRecord
) -> None:
    run = plan(before, preferences, NOW)
    wrote = {(step.target, change.field): change for step in run.steps for change in step.changes}
    moved: Snapshot = replace(execute(run, before), ours=(ours,), theirs=(as_theirs(theirs),))
    undone = execute(undo(done(run), moved), moved)
    for side, field in differing(values(moved), values(undone)):
        if side is Side.XERO and is_filled_in(field, moved):
            continue
        change = wrote[side, field]
        assert same(field, values(moved)[side, field], change.after)
        assert same(field, values(undone)[side, field], change.before)
