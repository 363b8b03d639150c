from dataclasses import replace
from datetime import date

import pytest

from tandem.people.records import Address, EmployeeRecord, Gender, TerminationReason
from tandem.xero.client.wire import Reject
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.fields import DETAIL_FIELDS, FieldGroup, SharedField, Termination
from tandem.xero.mapping.oddities import Oddity
from tandem.xero.matching.matching import Side
from tandem.xero.sync.plan import ConflictReason, Plan, SkipReason, Verb
from tandem.xero.sync.planner import plan
from tandem.xero.sync.preferences import Authority, Preferences, TerminationFlow
from tandem.xero.sync.records import Decision, Extent, ImportScope, RunKind, RunRequest, Snapshot
from tandem.xero.sync.tests.cast import ADA, HOME, NOW, as_theirs, base_of, end, linked, xero_id

THEIRS = as_theirs(ADA)
BASE = base_of(ADA)
LEFT = Termination(date(2026, 11, 1), TerminationReason.VOLUNTARY)
LEAVES = Termination(date(2026, 12, 24), TerminationReason.CONTRACT_END)
BOTH_WAYS = Preferences(termination=TerminationFlow.BOTH)


def planned(
    ours: EmployeeRecord = ADA,
    theirs: XeroEmployee = THEIRS,
    preferences: Preferences | None = None,
    kind: RunKind = RunKind.BOTH,
) -> Plan:
    return plan(linked(ours, theirs, BASE), preferences or Preferences(), NOW, request=RunRequest(kind))


def reasons(found: Plan) -> list[SkipReason]:
    return [skip.reason for skip in found.skips]


def test_a_person_nobody_touched_is_named_as_unchanged() -> None:
    found = planned()
    assert found.steps == ()
    assert reasons(found) == [SkipReason.UNCHANGED]


def test_a_changed_surname_becomes_one_update_of_one_field_in_xero() -> None:
    (step,) = planned(replace(ADA, last_name="Lovelace")).steps
    assert (step.target, step.verb, step.field_names) == (Side.XERO, Verb.UPDATE, ("last_name",))
    assert (step.changes[0].before, step.changes[0].after, step.changes[0].base) == ("Byron", "Lovelace", "Byron")


def test_a_change_in_xero_becomes_one_update_in_tandem() -> None:
    (step,) = planned(theirs=replace(THEIRS, job_title="Head baker")).steps
    assert (step.target, step.verb, step.after) == (Side.HR, Verb.UPDATE, {SharedField.JOB_TITLE: "Head baker"})


def test_edits_of_two_fields_on_two_sides_flow_both_ways() -> None:
    found = planned(replace(ADA, phone="02 9111 1111"), replace(THEIRS, job_title="Head baker"))
    assert {(step.target, step.field_names) for step in found.steps} == {
        (Side.XERO, ("phone",)),
        (Side.HR, ("job_title",)),
    }


def test_the_same_new_value_on_both_sides_only_moves_the_base() -> None:
    found = planned(replace(ADA, job_title="Head baker"), replace(THEIRS, job_title="Head  baker"))
    assert found.steps == ()
    assert [settlement.values for settlement in found.settlements] == [{SharedField.JOB_TITLE: "Head baker"}]


def test_a_person_is_asked_about_two_different_new_values() -> None:
    found = planned(replace(ADA, job_title="Pastry cook"), replace(THEIRS, job_title="Head baker"))
    (conflict,) = found.conflicts
    assert found.steps == ()
    assert (conflict.ours, conflict.theirs, conflict.base) == ("Pastry cook", "Head baker", "Baker")
    assert conflict.reason is ConflictReason.BOTH_CHANGED


@pytest.mark.parametrize(
    ("preferences", "target"),
    [
        (Preferences(authority=Authority.TANDEM), Side.XERO),
        (Preferences(authority=Authority.XERO), Side.HR),
        (Preferences(authority=Authority.TANDEM, overrides={FieldGroup.EMPLOYMENT: Authority.XERO}), Side.HR),
        (Preferences(authority=Authority.XERO, overrides={FieldGroup.EMPLOYMENT: Authority.TANDEM}), Side.XERO),
        (Preferences(authority=Authority.ASK, overrides={FieldGroup.CONTACT: Authority.TANDEM}), None),
    ],
)
def test_the_authority_of_the_fields_group_decides_a_clash(preferences: Preferences, target: Side | None) -> None:
    found = planned(replace(ADA, job_title="Pastry cook"), replace(THEIRS, job_title="Head baker"), preferences)
    assert [step.target for step in found.steps] == ([target] if target else [])
    assert len(found.conflicts) == (0 if target else 1)


def test_what_may_not_flow_in_this_run_is_a_named_skip() -> None:
    ours, theirs = replace(ADA, phone="02 9111 1111"), replace(THEIRS, job_title="Head baker")
    imported, exported = planned(ours, theirs, kind=RunKind.IMPORT), planned(ours, theirs, kind=RunKind.EXPORT)
    assert [step.target for step in imported.steps] == [Side.HR]
    assert [(skip.reason, skip.fields) for skip in imported.skips] == [
        (SkipReason.DIRECTION_NOT_ALLOWED, (SharedField.PHONE,))
    ]
    assert [step.target for step in exported.steps] == [Side.XERO]
    assert [(skip.reason, skip.fields) for skip in exported.skips] == [
        (SkipReason.DIRECTION_NOT_ALLOWED, (SharedField.JOB_TITLE,))
    ]


@pytest.mark.parametrize("scope", [ImportScope.CHANGED, ImportScope.EVERYTHING])
def test_two_manual_imports_let_xero_win_whatever_the_authority(scope: ImportScope) -> None:
    snapshot = linked(replace(ADA, job_title="Pastry cook"), replace(THEIRS, job_title="Head baker"), BASE)
    request = RunRequest(RunKind.IMPORT, scope)
    (step,) = plan(snapshot, Preferences(authority=Authority.TANDEM), NOW, request=request).steps
    assert (step.target, step.after) == (Side.HR, {SharedField.JOB_TITLE: "Head baker"})


def test_an_import_of_everything_does_not_take_back_an_edit_that_only_tandem_has() -> None:
    snapshot = linked(replace(ADA, job_title="Pastry cook"), THEIRS, BASE)
    found = plan(snapshot, Preferences(), NOW, request=RunRequest(RunKind.IMPORT, ImportScope.EVERYTHING))
    assert found.steps == ()
    assert reasons(found) == [SkipReason.DIRECTION_NOT_ALLOWED]


# Decisions


def decided(keep: Side, *, theirs_seen: str = "Head baker") -> Plan:
    decision = Decision(ADA.employee_id, SharedField.JOB_TITLE, keep, "Pastry cook", theirs_seen)
    snapshot = linked(replace(ADA, job_title="Pastry cook"), replace(THEIRS, job_title="Head baker"), BASE)
    return plan(replace(snapshot, decisions=(decision,)), Preferences(), NOW)


@pytest.mark.parametrize(("keep", "target"), [(Side.HR, Side.XERO), (Side.XERO, Side.HR)])
def test_a_decision_sends_the_kept_value_to_the_other_side(keep: Side, target: Side) -> None:
    assert [step.target for step in decided(keep).steps] == [target]


def test_a_decision_about_values_that_changed_since_does_not_count() -> None:
    found = decided(Side.HR, theirs_seen="Baker of the year")
    assert (found.steps, len(found.conflicts)) == ((), 1)


# Never agreed before


def test_a_fresh_link_never_overwrites_in_silence() -> None:
    found = plan(linked(ADA, replace(THEIRS, job_title="Head baker"), {}), Preferences(), NOW)
    assert [(conflict.field, conflict.reason) for conflict in found.conflicts] == [
        (SharedField.JOB_TITLE, ConflictReason.NEVER_AGREED)
    ]
    assert found.steps == ()
    assert len(found.settlements[0].values) == len(DETAIL_FIELDS) - 1


def test_a_fresh_link_fills_blanks_even_against_the_authority() -> None:
    snapshot = linked(replace(ADA, phone=""), replace(THEIRS, mobile=""), {})
    found = plan(snapshot, Preferences(authority=Authority.XERO), NOW)
    assert {(step.target, step.field_names) for step in found.steps} == {
        (Side.HR, ("phone",)),
        (Side.XERO, ("mobile",)),
    }


@pytest.mark.parametrize(
    ("ours", "theirs"), [(ADA, replace(THEIRS, termination=LEFT, status="TERMINATED")), (end(ADA, LEFT), THEIRS)]
)
def test_a_fresh_link_ends_nobodys_employment(ours: EmployeeRecord, theirs: XeroEmployee) -> None:
    found = plan(linked(ours, theirs, {}), Preferences(Authority.XERO, termination=TerminationFlow.BOTH), NOW)
    assert found.steps == ()
    assert [conflict.field for conflict in found.conflicts] == [SharedField.TERMINATION]


# Terminations


def test_a_termination_in_xero_ends_the_employment_in_tandem() -> None:
    (step,) = planned(theirs=replace(THEIRS, termination=LEFT, status="TERMINATED")).steps
    assert (step.target, step.verb, step.after) == (Side.HR, Verb.TERMINATE, {SharedField.TERMINATION: LEFT})


def test_a_future_termination_in_xero_is_imported_too_and_edits_still_go_out() -> None:
    found = planned(replace(ADA, phone="02 9111 1111"), replace(THEIRS, termination=LEAVES, status="TERMINATED"))
    assert [(step.target, step.verb) for step in found.steps] == [
        (Side.HR, Verb.TERMINATE),
        (Side.XERO, Verb.UPDATE),
    ]


def test_edits_in_tandem_of_somebody_terminated_in_xero_are_named_and_kept() -> None:
    found = planned(replace(ADA, phone="02 9111 1111"), replace(THEIRS, termination=LEFT, status="TERMINATED"))
    assert [(skip.reason, skip.fields) for skip in found.skips] == [
        (SkipReason.TERMINATED_IN_XERO, (SharedField.PHONE,))
    ]
    assert [step.verb for step in found.steps] == [Verb.TERMINATE]


def test_terminated_without_a_date_is_named_and_stops_exports() -> None:
    oddity = Oddity(SharedField.TERMINATION, "Xero says terminated, but gives no date.", is_usable=False)
    theirs = replace(THEIRS, status="TERMINATED", oddities=(oddity,))
    found = planned(replace(ADA, phone="02 9111 1111"), theirs)
    assert found.steps == ()
    assert set(reasons(found)) == {SkipReason.UNKNOWN_VALUE, SkipReason.TERMINATED_IN_XERO}


@pytest.mark.parametrize(
    ("flow", "exported"),
    [(TerminationFlow.IMPORT, False), (TerminationFlow.EXPORT, True), (TerminationFlow.BOTH, True)],
)
def test_a_termination_goes_to_xero_only_where_chosen(flow: TerminationFlow, exported: bool) -> None:
    found = planned(end(ADA, LEAVES), preferences=Preferences(termination=flow))
    assert [(step.target, step.verb) for step in found.steps] == ([(Side.XERO, Verb.TERMINATE)] if exported else [])
    assert reasons(found) == ([] if exported else [SkipReason.TERMINATION_NOT_SHARED])


def test_a_termination_comes_from_xero_only_where_chosen() -> None:
    theirs = replace(THEIRS, termination=LEFT, status="TERMINATED")
    found = planned(theirs=theirs, preferences=Preferences(termination=TerminationFlow.EXPORT))
    assert found.steps == ()
    assert reasons(found) == [SkipReason.TERMINATION_NOT_SHARED]


def test_a_termination_without_a_reason_is_not_sent_to_xero() -> None:
    found = planned(end(ADA, Termination(date(2026, 12, 24))), preferences=BOTH_WAYS)
    assert found.steps == ()
    assert [problem.problem.field for problem in found.problems] == ["termination_reason"]


def test_a_termination_in_xero_without_a_reason_is_taken_as_it_is() -> None:
    theirs = replace(THEIRS, termination=Termination(date(2026, 11, 1)), status="TERMINATED")
    assert [step.verb for step in planned(theirs=theirs).steps] == [Verb.TERMINATE]


def test_a_termination_before_the_start_is_a_problem_to_fix_in_xero() -> None:
    theirs = replace(THEIRS, termination=Termination(date(2019, 1, 1)), status="TERMINATED")
    found = planned(theirs=theirs)
    assert found.steps == ()
    assert [(one.fix_in, one.problem.field) for one in found.problems] == [(Side.XERO, "termination_on")]


def after_leaving(ours: EmployeeRecord, theirs: XeroEmployee, decisions: tuple[Decision, ...] = ()) -> Plan:
    snapshot = linked(ours, theirs, base_of(end(ADA, LEFT)))
    return plan(replace(snapshot, decisions=decisions), BOTH_WAYS, NOW)


GONE_THERE = replace(THEIRS, termination=LEFT, status="TERMINATED")


def test_somebody_reinstated_in_tandem_is_named_for_a_rehire_by_hand() -> None:
    found = after_leaving(ADA, GONE_THERE)
    assert (found.steps, reasons(found)) == ((), [SkipReason.REHIRE_BY_HAND])


def test_somebody_rehired_in_xero_is_not_brought_back_in_silence() -> None:
    found = after_leaving(end(ADA, LEFT), THEIRS)
    assert found.steps == ()
    assert [conflict.reason for conflict in found.conflicts] == [ConflictReason.REHIRED_IN_XERO]


def test_a_decision_brings_them_back() -> None:
    decision = Decision(ADA.employee_id, SharedField.TERMINATION, Side.XERO, LEFT, None)
    (step,) = after_leaving(end(ADA, LEFT), THEIRS, (decision,)).steps
    assert (step.target, step.verb) == (Side.HR, Verb.REINSTATE)


def test_a_corrected_last_day_flows() -> None:
    later = Termination(date(2026, 11, 8), TerminationReason.VOLUNTARY)
    (step,) = after_leaving(end(ADA, LEFT), replace(GONE_THERE, termination=later)).steps
    assert (step.target, step.verb, step.after) == (Side.HR, Verb.TERMINATE, {SharedField.TERMINATION: later})


def test_two_different_last_days_are_for_the_authority() -> None:
    ours = end(ADA, Termination(date(2026, 11, 3), TerminationReason.VOLUNTARY))
    theirs = replace(THEIRS, termination=LEFT, status="TERMINATED")
    found = planned(ours, theirs, Preferences(Authority.XERO))
    assert [(step.target, step.verb) for step in found.steps] == [(Side.HR, Verb.TERMINATE)]


def test_a_leaver_brought_back_here_and_moved_there_is_asked_about() -> None:
    later = Termination(date(2026, 11, 8), TerminationReason.VOLUNTARY)
    found = after_leaving(ADA, replace(GONE_THERE, termination=later))
    assert [conflict.reason for conflict in found.conflicts] == [ConflictReason.TERMINATION_DIFFERS]


# What cannot go


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"first_name": "A" * 36}, ["first_name"]),
        ({"title": "Her Excellency"}, ["title"]),
        ({"date_of_birth": None}, ["date_of_birth"]),
        ({"home_address": Address()}, ["home_address"]),
        (
            {"home_address": Address(line2="x" * 51, state="Bavaria", postcode="80331")},
            ["home_address.line1", "home_address.line2", "home_address.postcode", "home_address.state"],
        ),
    ],
)
def test_what_xero_would_refuse_is_a_problem_and_the_rest_goes_on(
    changes: dict[str, object], fields: list[str]
) -> None:
    found = planned(replace(ADA, phone="02 9111 1111", **changes))  # type: ignore[arg-type]
    assert [problem.problem.field for problem in found.problems] == fields
    assert {problem.fix_in for problem in found.problems} == {Side.HR}
    assert [step.field_names for step in found.steps] == [("phone",)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"date_of_birth": None}, "date_of_birth"),
        ({"email": "nobody"}, "work_email"),
        ({"phone": "ring me"}, "phone"),
        ({"home_address": replace(HOME, postcode="20")}, "home_address.postcode"),
    ],
)
def test_what_tandem_would_refuse_is_a_problem_to_fix_in_xero(changes: dict[str, object], field: str) -> None:
    found = planned(theirs=replace(THEIRS, job_title="Head baker", **changes))  # type: ignore[arg-type]
    assert [(problem.fix_in, problem.problem.field) for problem in found.problems] == [(Side.XERO, field)]
    assert [step.field_names for step in found.steps] == [("job_title",)]


def test_a_start_date_cleared_in_tandem_is_named_since_xero_takes_no_empty_date() -> None:
    found = planned(replace(ADA, start_on=None))
    assert (found.steps, reasons(found)) == ((), [SkipReason.CANNOT_CLEAR_IN_XERO])


def test_an_email_cleared_in_xero_is_named_while_a_home_email_remains() -> None:
    found = planned(replace(ADA, home_email="ada@home.example"), replace(THEIRS, email=""))
    assert (found.steps, reasons(found)) == ((), [SkipReason.HOME_EMAIL_REMAINS])


def test_an_email_cleared_in_xero_is_cleared_in_tandem_if_there_is_no_other() -> None:
    (step,) = planned(theirs=replace(THEIRS, email="")).steps
    assert (step.target, step.after) == (Side.HR, {SharedField.EMAIL: ""})


def test_a_value_that_tandem_does_not_know_stays_in_xero_and_is_named() -> None:
    oddity = Oddity(SharedField.GENDER, "Xero holds a gender that Tandem does not know.", is_usable=False)
    found = planned(theirs=replace(THEIRS, gender=Gender.NOT_STATED, oddities=(oddity,)))
    assert found.steps == ()
    assert [(skip.reason, skip.fields, skip.sentence) for skip in found.skips] == [
        (SkipReason.UNKNOWN_VALUE, (SharedField.GENDER,), oddity.sentence)
    ]


def test_a_usable_oddity_goes_along_as_a_note() -> None:
    oddity = Oddity(SharedField.START_ON, "Xero sent the start date with a time of day.", is_usable=True)
    (step,) = planned(theirs=replace(THEIRS, start_on=date(2020, 2, 4), oddities=(oddity,))).steps
    assert step.notes == (oddity.sentence,)


# Who was not read


def test_absence_from_a_complete_list_is_never_a_termination() -> None:
    found = plan(replace(linked(ADA, THEIRS, BASE), theirs=()), Preferences(), NOW)
    assert (found.steps, reasons(found)) == ((), [SkipReason.MISSING_IN_XERO])


def test_absence_from_a_list_of_changes_means_unchanged() -> None:
    ours = replace(ADA, phone="02 9111 1111")
    snapshot = replace(linked(ours, THEIRS, BASE), theirs=(), extent=Extent.CHANGED)
    assert [step.field_names for step in plan(snapshot, Preferences(), NOW).steps] == [("phone",)]


def test_somebody_not_read_keeps_what_was_seen_last_so_that_an_open_conflict_stays_open() -> None:
    ours = replace(ADA, job_title="Pastry cook")
    snapshot = replace(linked(ours, THEIRS, BASE), theirs=(), extent=Extent.CHANGED)
    (binding,) = snapshot.bindings
    seen = replace(binding, seen={SharedField.JOB_TITLE: "Head baker"})
    found = plan(replace(snapshot, bindings=(seen,)), Preferences(), NOW)
    assert (found.steps, [conflict.theirs for conflict in found.conflicts]) == ((), ["Head baker"])


def test_a_field_that_was_never_read_is_named_and_asks_for_the_details() -> None:
    theirs = replace(THEIRS, home_address=Address(), unread=frozenset({SharedField.HOME_ADDRESS}))
    base = {field: BASE[field] for field in set(DETAIL_FIELDS) - {SharedField.HOME_ADDRESS}}
    found = plan(linked(ADA, theirs, base), Preferences(), NOW)
    assert [(skip.reason, skip.fields) for skip in found.skips] == [
        (SkipReason.DETAILS_NOT_READ, (SharedField.HOME_ADDRESS,))
    ]
    assert found.unread_people == (THEIRS.xero_employee_id,)


def test_a_linked_person_whose_record_is_gone_from_tandem_is_named() -> None:
    found = plan(replace(linked(ADA, THEIRS, BASE), ours=()), Preferences(), NOW)
    assert (found.steps, reasons(found)) == ((), [SkipReason.MISSING_IN_HR])


def test_an_unreadable_record_is_named_and_is_not_missing() -> None:
    snapshot = replace(linked(ADA, THEIRS, BASE), theirs=(), rejects=(Reject(3, xero_id(1), "Title: string_type"),))
    found = plan(snapshot, Preferences(), NOW)
    assert [(skip.reason, skip.employee_id) for skip in found.skips] == [(SkipReason.UNREADABLE, ADA.employee_id)]


def test_a_run_for_one_person_says_nothing_of_the_others() -> None:
    bea = replace(ADA, employee_id=xero_id(7), first_name="Bea", date_of_birth=date(1990, 1, 1), phone="1")
    snapshot = linked(replace(ADA, phone="02 9111 1111"), THEIRS, BASE)
    snapshot = replace(snapshot, ours=(*snapshot.ours, bea), rejects=(Reject(0, xero_id(9), "x"),))
    for request in (RunRequest(employee_id=ADA.employee_id), RunRequest(xero_employee_id=THEIRS.xero_employee_id)):
        found = plan(snapshot, Preferences(), NOW, request=request)
        assert [step.employee_id for step in found.steps] == [ADA.employee_id]
        assert found.skips == ()
    nobody = plan(snapshot, Preferences(), NOW, request=RunRequest(employee_id=xero_id(8)))
    assert nobody == Plan(request=nobody.request, made_at=NOW)


def test_a_snapshot_of_nobody_makes_an_empty_plan() -> None:
    found = plan(Snapshot(NOW, (), ()), Preferences(), NOW)
    assert (found.steps, found.skips, found.counts["skips"]) == ((), (), 0)
