from dataclasses import replace
from datetime import date, timedelta

import pytest

from tandem.people.records import TerminationReason
from tandem.xero.mapping.fields import FieldGroup, SharedField, Termination
from tandem.xero.matching.matching import Side
from tandem.xero.sync import stored
from tandem.xero.sync.plan import Conflict, ConflictReason, FieldChange, SkipReason, Step, Verb
from tandem.xero.sync.planner import plan
from tandem.xero.sync.preferences import Authority, Preferences, TerminationFlow
from tandem.xero.sync.sentences import SENTENCES
from tandem.xero.sync.tests.cast import ADA, NOW, as_theirs, base_of, end, hr_id, linked, xero_id

THEIRS = as_theirs(ADA)
BASE = base_of(ADA)


def test_the_fingerprint_stays_while_nothing_that_would_happen_changes() -> None:
    snapshot = linked(replace(ADA, phone="02 9111 1111"), THEIRS, BASE)
    first = plan(snapshot, Preferences(), NOW)
    later = plan(replace(snapshot, taken_at=NOW + timedelta(hours=1)), Preferences(), NOW + timedelta(hours=1))
    assert first.fingerprint == later.fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        linked(replace(ADA, phone="02 9222 2222"), THEIRS, BASE),
        linked(replace(ADA, phone="02 9111 1111", title="Dr"), THEIRS, BASE),
        linked(replace(ADA, phone="02 9111 1111"), replace(THEIRS, phone="02 9333 3333"), BASE),
        linked(replace(ADA, phone="02 9111 1111", title="Her Excellency"), THEIRS, BASE),
        linked(replace(ADA, phone="02 9111 1111", start_on=None), THEIRS, BASE),
        linked(ADA, THEIRS, BASE),
    ],
)
def test_the_fingerprint_changes_with_anything_that_would_happen(changed: object) -> None:
    first = plan(linked(replace(ADA, phone="02 9111 1111"), THEIRS, BASE), Preferences(), NOW)
    assert plan(changed, Preferences(), NOW).fingerprint != first.fingerprint  # type: ignore[arg-type]


def test_a_termination_in_xero_cannot_be_undone_and_an_update_can() -> None:
    ours = end(replace(ADA, phone="02 9111 1111"), Termination(date(2026, 11, 20), TerminationReason.REDUNDANCY))
    found = plan(linked(ours, THEIRS, BASE), Preferences(termination=TerminationFlow.BOTH), NOW)
    assert [step.verb for step in found.irreversible] == [Verb.TERMINATE]
    assert found.estimated_calls == 6


def test_a_step_and_a_conflict_survive_being_stored() -> None:
    change = FieldChange(SharedField.TERMINATION, None, Termination(date(2026, 11, 1), TerminationReason.DISMISSAL))
    address = FieldChange(
        SharedField.HOME_ADDRESS, ADA.home_address, replace(ADA.home_address, line1="1 New St"), None, False
    )
    born = FieldChange(SharedField.DATE_OF_BIRTH, ADA.date_of_birth, date(1985, 12, 11), ADA.date_of_birth)
    sex = FieldChange(SharedField.GENDER, ADA.gender, ADA.gender, ADA.gender)
    name = FieldChange(SharedField.LAST_NAME, "a", "b", "c")
    for our_id, their_id in ((hr_id(1), xero_id(1)), (None, None)):
        step = Step(Side.XERO, Verb.UPDATE, our_id, their_id, (change, address, born, sex, name), ("A note.",))
        assert stored.step_from_json(stored.step_as_json(step)) == step
    conflict = Conflict(ConflictReason.BOTH_CHANGED, hr_id(1), xero_id(1), SharedField.START_ON, ADA.start_on, None)
    assert stored.conflict_from_json(stored.conflict_as_json(conflict)) == conflict


def test_a_base_survives_being_stored_and_drops_what_is_not_shared_any_more() -> None:
    raw = stored.base_as_json(base_of(end(ADA, Termination(date(2026, 11, 1)))))
    assert stored.base_from_json({**raw, "shoe_size": 43}) == base_of(end(ADA, Termination(date(2026, 11, 1))))


def test_preferences_survive_being_stored_and_forgive_what_an_older_release_wrote() -> None:
    chosen = Preferences(
        authority=Authority.XERO,
        overrides={FieldGroup.TAX: Authority.TANDEM},
        auto_import=True,
        interval_minutes=15,
        termination=TerminationFlow.BOTH,
        standing={SharedField.MOBILE: Side.HR},
    )
    assert Preferences.from_json(chosen.as_json()) == chosen
    assert Preferences.from_json({"auto_export": True, "colour": "red"}) == Preferences(auto_export=True)
    assert Preferences.from_json({"overrides": None, "standing": None}) == Preferences()


@pytest.mark.parametrize("field", [SharedField.TERMINATION, SharedField.BANK_ACCOUNTS])
def test_what_is_decided_person_by_person_cannot_be_decided_for_everybody(field: SharedField) -> None:
    assert [one.field for one in Preferences(standing={field: Side.XERO}).check()] == ["standing"]
    assert Preferences(standing={SharedField.MOBILE: Side.XERO}).check() == ()


def test_a_line_stored_by_an_older_release_was_not_decided_for_everybody() -> None:
    change = FieldChange(SharedField.MOBILE, "0491 570 110", "0491 570 313", by_standing=True)
    step = Step(Side.HR, Verb.UPDATE, hr_id(1), xero_id(1), (change,))
    raw = stored.step_as_json(step)
    assert stored.step_from_json(raw) == step
    del raw["changes"][0]["by_standing"]  # type: ignore[index]
    assert stored.step_from_json(raw).changes[0].by_standing is False


def test_an_interval_under_fifteen_minutes_is_refused() -> None:
    assert Preferences(interval_minutes=15).check() == ()
    assert [problem.field for problem in Preferences(interval_minutes=14).check()] == ["interval_minutes"]
    assert Preferences().interval == timedelta(hours=3)


def test_every_reason_for_a_skip_has_its_sentence() -> None:
    assert set(SENTENCES) == set(SkipReason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_the_key_of_a_step_is_stable_and_says_what_it_is_about() -> None:
    step = Step(Side.HR, Verb.CREATE, None, xero_id(1), ())
    assert step.key == f"hr:create::{xero_id(1)}"
