"""Choices are kept in versions; the highest is in force."""

import pytest

from tandem.kernel.errors import Invalid, NotPermitted
from tandem.testing.cast import Cast
from tandem.timeline.selectors import list_entries
from tandem.xero.preferences.actions import (
    compare_with_snapshot,
    ensure_preferences,
    get_preferences,
    restore_snapshot,
    save_preferences,
)
from tandem.xero.sync.preferences import Authority, Preferences

pytestmark = pytest.mark.usefixtures("real_db")


def test_before_anybody_chose_the_defaults_are_in_force(cast: Cast) -> None:
    assert (get_preferences(cast.alice.actor).version, get_preferences(cast.alice.actor).preferences) == (
        0,
        Preferences(),
    )
    assert ensure_preferences(cast.alice.actor).version == 1
    assert ensure_preferences(cast.alice.actor).version == 1


def test_choices_that_cannot_be_kept_are_refused_with_the_field(cast: Cast) -> None:
    with pytest.raises(Invalid) as refusal:
        save_preferences(cast.alice.actor, Preferences(interval_minutes=5))
    assert [problem.field for problem in refusal.value.problems] == ["interval_minutes"]
    assert get_preferences(cast.alice.actor).version == 0


def test_every_change_is_a_version_and_no_change_is_none(cast: Cast) -> None:
    first = save_preferences(cast.alice.actor, Preferences(authority=Authority.XERO))
    again = save_preferences(cast.alice.actor, Preferences(authority=Authority.XERO))
    second = save_preferences(cast.alice.actor, Preferences(authority=Authority.TANDEM, auto_import=True))
    assert (first.version, again.version, second.version) == (1, 1, 2)
    entry = list_entries(cast.alice.actor)[0]
    assert entry.event == "settings.changed"
    assert entry.facts["fields"] == ["authority", "auto_import"]
    assert get_preferences(cast.charlie.actor).version == 0


def test_only_who_may_manage_the_integration_chooses(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        save_preferences(cast.bob.actor, Preferences())
    with pytest.raises(NotPermitted):
        restore_snapshot(cast.bob.actor)


def test_without_a_disconnect_there_is_nothing_to_restore(cast: Cast) -> None:
    saved = save_preferences(cast.alice.actor, Preferences(auto_export=True))
    assert compare_with_snapshot(cast.alice.actor) == []
    assert restore_snapshot(cast.alice.actor).version == saved.version
