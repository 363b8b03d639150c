from dataclasses import replace
from datetime import date

import pytest

from tandem.people.records import Address, EmployeeRecord
from tandem.xero.client.wire import Reject
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.fields import SharedField, Termination
from tandem.xero.mapping.oddities import Oddity
from tandem.xero.matching.matching import Match, MatchedBy, ProposalReason, Side
from tandem.xero.sync.plan import Plan, SkipReason, Verb
from tandem.xero.sync.planner import plan
from tandem.xero.sync.preferences import Preferences, TerminationFlow
from tandem.xero.sync.records import Binding, Extent, RunKind, RunRequest, Snapshot
from tandem.xero.sync.tests.cast import ADA, NOW, as_theirs, end, execute, hr_id, xero_id

THEIRS = as_theirs(ADA)
LEFT = Termination(date(2026, 11, 1))
LEAVES = Termination(date(2026, 12, 24))


def only_xero(
    theirs: XeroEmployee = THEIRS, preferences: Preferences | None = None, kind: RunKind = RunKind.BOTH
) -> Plan:
    return plan(Snapshot(NOW, (), (theirs,)), preferences or Preferences(), NOW, request=RunRequest(kind))


def only_hr(
    ours: EmployeeRecord = ADA,
    preferences: Preferences | None = None,
    kind: RunKind = RunKind.BOTH,
    snapshot: Snapshot | None = None,
) -> Plan:
    snapshot = snapshot or Snapshot(NOW, (ours,), ())
    return plan(snapshot, preferences or Preferences(), NOW, request=RunRequest(kind))


def test_somebody_only_xero_knows_is_created_in_tandem() -> None:
    (step,) = only_xero().steps
    assert (step.target, step.verb, step.employee_id) == (Side.HR, Verb.CREATE, None)
    assert step.after[SharedField.HOME_ADDRESS] == ADA.home_address
    assert SharedField.MIDDLE_NAMES not in step.after


def test_somebody_only_tandem_knows_is_created_in_xero_and_it_is_said_that_this_cannot_be_undone() -> None:
    found = only_hr()
    (step,) = found.steps
    assert (step.target, step.verb, step.xero_employee_id) == (Side.XERO, Verb.CREATE, None)
    assert found.irreversible == (step,)
    assert found.estimated_calls == 2


@pytest.mark.parametrize(
    ("theirs", "preferences", "kind", "reason"),
    [
        (THEIRS, Preferences(), RunKind.EXPORT, SkipReason.DIRECTION_NOT_ALLOWED),
        (THEIRS, Preferences(create_in_hr=False), RunKind.IMPORT, SkipReason.CREATE_IN_HR_IS_OFF),
        (replace(THEIRS, termination=LEFT), Preferences(), RunKind.BOTH, SkipReason.TERMINATED_NOT_IMPORTED),
        (replace(THEIRS, status="TERMINATED"), Preferences(), RunKind.BOTH, SkipReason.TERMINATED_NOT_IMPORTED),
        (
            replace(THEIRS, unread=frozenset({SharedField.TITLE})),
            Preferences(),
            RunKind.BOTH,
            SkipReason.DETAILS_NOT_READ,
        ),
    ],
)
def test_why_somebody_is_not_created_in_tandem_is_named(
    theirs: XeroEmployee, preferences: Preferences, kind: RunKind, reason: SkipReason
) -> None:
    found = only_xero(theirs, preferences, kind)
    assert (found.steps, [skip.reason for skip in found.skips]) == ((), [reason])


@pytest.mark.parametrize(
    ("ours", "preferences", "kind", "reason"),
    [
        (ADA, Preferences(), RunKind.IMPORT, SkipReason.DIRECTION_NOT_ALLOWED),
        (ADA, Preferences(create_in_xero=False), RunKind.EXPORT, SkipReason.CREATE_IN_XERO_IS_OFF),
        (end(ADA, LEFT), Preferences(), RunKind.BOTH, SkipReason.NOT_CURRENT_IN_HR),
    ],
)
def test_why_somebody_is_not_created_in_xero_is_named(
    ours: EmployeeRecord, preferences: Preferences, kind: RunKind, reason: SkipReason
) -> None:
    found = only_hr(ours, preferences, kind)
    assert (found.steps, [skip.reason for skip in found.skips]) == ((), [reason])


def test_nobody_is_created_in_xero_from_a_list_of_changes() -> None:
    found = only_hr(snapshot=Snapshot(NOW, (ADA,), (), extent=Extent.CHANGED))
    assert (found.steps, [skip.reason for skip in found.skips]) == ((), [SkipReason.LIST_INCOMPLETE])


def test_an_unreadable_stranger_in_xero_may_be_the_person_we_would_create_again() -> None:
    found = only_hr(snapshot=Snapshot(NOW, (ADA,), (), rejects=(Reject(0, None, "EmployeeID: missing"),)))
    assert found.steps == ()
    assert {skip.reason for skip in found.skips} == {SkipReason.UNREADABLE, SkipReason.LIST_INCOMPLETE}


def test_an_unreadable_record_of_somebody_linked_holds_nobody_up() -> None:
    snapshot = Snapshot(
        NOW, (ADA,), (), (Binding(hr_id(9), xero_id(9)),), rejects=(Reject(0, xero_id(9), "Title: string_type"),)
    )
    assert [step.verb for step in only_hr(snapshot=snapshot).steps] == [Verb.CREATE]


def test_a_leaver_is_imported_with_the_termination_where_that_was_chosen() -> None:
    theirs = replace(THEIRS, termination=LEFT, status="TERMINATED")
    (step,) = only_xero(theirs, Preferences(import_terminated=True)).steps
    assert step.after[SharedField.TERMINATION] == LEFT


def test_a_termination_that_does_not_travel_is_named_on_the_new_person() -> None:
    theirs = replace(THEIRS, termination=LEAVES, status="TERMINATED")
    found = only_xero(theirs, Preferences(termination=TerminationFlow.EXPORT))
    assert SharedField.TERMINATION not in found.steps[0].after
    assert [(skip.reason, skip.fields) for skip in found.skips] == [
        (SkipReason.TERMINATION_NOT_SHARED, (SharedField.TERMINATION,))
    ]


def test_the_same_towards_xero() -> None:
    found = only_hr(end(ADA, LEAVES))
    assert SharedField.TERMINATION not in found.steps[0].after
    assert [skip.reason for skip in found.skips] == [SkipReason.TERMINATION_NOT_SHARED]


def test_every_problem_of_a_new_person_is_named_at_once_and_nothing_is_sent() -> None:
    bare = replace(ADA, date_of_birth=None, home_address=Address(), title="Her Excellency")
    found = only_hr(bare)
    assert found.steps == ()
    assert {problem.problem.field for problem in found.problems} == {"date_of_birth", "home_address", "title"}


def test_a_nameless_person_in_xero_is_a_problem_to_fix_there() -> None:
    found = only_xero(replace(THEIRS, last_name=""))
    assert (found.steps, [one.fix_in for one in found.problems]) == ((), [Side.XERO])


def test_odd_values_of_a_new_person_are_left_out_and_named_or_noted() -> None:
    odd = (
        Oddity(SharedField.GENDER, "Unknown gender.", is_usable=False),
        Oddity(SharedField.START_ON, "With a time of day.", is_usable=True),
    )
    found = only_xero(replace(THEIRS, oddities=odd))
    assert SharedField.GENDER not in found.steps[0].after
    assert found.steps[0].notes == ("With a time of day.",)
    assert [skip.sentence for skip in found.skips] == ["Unknown gender."]


def test_a_first_run_links_who_is_the_same_and_asks_about_who_may_be() -> None:
    bob = replace(ADA, employee_id=hr_id(2), first_name="Bob", date_of_birth=None)
    their_bob = replace(as_theirs(ADA, 2), first_name="Bob")
    found = plan(Snapshot(NOW, (ADA, bob), (THEIRS, their_bob)), Preferences(), NOW)
    assert found.new_bindings == (Match(ADA.employee_id, THEIRS.xero_employee_id, MatchedBy.NAME_AND_BIRTH_DATE),)
    assert [proposal.reason for proposal in found.proposals] == [ProposalReason.NAME_AND_POSTCODE]
    assert found.steps == ()


def test_a_second_run_after_a_first_has_nothing_left_to_do() -> None:
    bob = replace(ADA, employee_id=hr_id(2), first_name="Bob")
    their_cat = replace(as_theirs(ADA, 3), first_name="Cat")
    before = Snapshot(NOW, (ADA, bob), (THEIRS, their_cat))
    first = plan(before, Preferences(), NOW)
    assert first.counts == {"hr_create": 1, "xero_create": 1, "conflicts": 0, "problems": 0, "proposals": 0, "skips": 0}
    once = execute(first, before)
    second = plan(once, Preferences(), NOW)
    assert (second.steps, second.conflicts, second.problems, second.proposals) == ((), (), (), ())
    third = plan(execute(second, once), Preferences(), NOW)
    assert set(third.skip_counts) == {SkipReason.UNCHANGED}
