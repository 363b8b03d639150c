"""Recommended settings: what each chooses, that it is applied as it was shown, and the way back."""

import pytest

from tandem.kernel.errors import Invalid, NotPermitted
from tandem.testing.cast import Cast, text_of
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.facade import Preset, Side
from tandem.xero.mapping.fields import FieldGroup, SharedField
from tandem.xero.preferences.presets import with_preset
from tandem.xero.sync.preferences import Authority, Preferences, TerminationFlow

STANDING = {SharedField.MOBILE: Side.HR}
BEFORE = Preferences(
    authority=Authority.XERO, overrides={FieldGroup.CONTACT: Authority.TANDEM}, interval_minutes=60, standing=STANDING
)
AT = "account/details/integration/recommended/"


@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("chosen", [BEFORE, Preferences(), Preferences(read_only=True)])
def test_a_recommended_set_can_always_be_kept_says_what_it_does_and_leaves_the_rest(
    preset: Preset, chosen: Preferences
) -> None:
    found = with_preset(chosen, preset)
    assert found.check() == ()
    assert (found.interval_minutes, found.standing) == (chosen.interval_minutes, chosen.standing)
    assert found.overrides == {}
    assert with_preset(found, preset) == found
    assert preset.heading
    assert preset.sentence.endswith(".")


def test_each_set_lets_values_flow_from_where_people_are_looked_after() -> None:
    hr, xero, both = (with_preset(Preferences(), one) for one in (Preset.HR_FIRST, Preset.XERO_FIRST, Preset.BOTH))
    assert (hr.authority, xero.authority, both.authority) == (Authority.TANDEM, Authority.XERO, Authority.ASK)
    assert [(one.auto_import, one.auto_export) for one in (hr, xero, both)] == [
        (False, True),
        (True, False),
        (True, True),
    ]
    assert [(one.create_in_hr, one.create_in_xero) for one in (hr, xero, both)] == [
        (False, True),
        (True, False),
        (True, True),
    ]
    assert [one.termination for one in (hr, xero, both)] == [
        TerminationFlow.EXPORT,
        TerminationFlow.IMPORT,
        TerminationFlow.BOTH,
    ]


@pytest.mark.usefixtures("real_db")
def test_a_set_is_applied_as_it_was_shown_and_taken_back_whole(cast: Cast) -> None:
    actor = cast.alice.actor
    with pytest.raises(NotPermitted):
        facade.list_presets(cast.bob.actor)
    with pytest.raises(NotPermitted):
        facade.apply_preset(cast.bob.actor, Preset.BOTH, seen_version=0)
    with pytest.raises(NotPermitted):
        facade.put_back_preset(cast.bob.actor)
    shown = facade.list_presets(actor)
    facade.save_preferences(actor, BEFORE)
    with pytest.raises(Invalid, match="changed the settings"):
        facade.apply_preset(actor, Preset.BOTH, seen_version=shown.version)
    with pytest.raises(Invalid, match="no recommended set"):
        facade.put_back_preset(actor)
    applied = facade.apply_preset(actor, Preset.HR_FIRST, seen_version=facade.list_presets(actor).version)
    again = facade.apply_preset(actor, Preset.HR_FIRST, seen_version=applied.version)
    assert (applied.version, again.version) == (2, 2)
    page = facade.list_presets(actor)
    assert [one.differences for one in page.presets if one.preset is Preset.HR_FIRST] == [()]
    assert {one.field for one in page.before} >= {"authority", "overrides", "auto_export"}
    assert facade.put_back_preset(actor).preferences == BEFORE
    assert [entry.facts.get("because") for entry in list_entries(actor, events=["settings.changed"])][:2] == [
        "preset_back",
        "preset",
    ]


@pytest.mark.usefixtures("real_db")
def test_the_page_shows_the_differences_before_and_the_way_back_after(cast: Cast) -> None:
    alice = cast.alice
    url = alice.url(AT)
    assert "Recommended settings" in text_of(alice.client.get(alice.url("account/details/integration/")))
    page = text_of(alice.client.get(url))
    assert "<ins>From Tandem to Xero</ins>" in page
    assert "Put back what you had before" not in page
    stale = text_of(alice.client.post(url, {"preset": "both", "version": "7"}, follow=True))
    assert "Somebody changed the settings" in stale
    applied = text_of(alice.client.post(url, {"preset": "both", "version": "0"}, follow=True))
    assert "The recommended settings are in force." in applied
    assert "Your settings are these already." in applied
    assert "Put back what you had before" in applied
    assert alice.client.post(url, {"preset": "sideways"}).status_code == 302
    assert "as they were before the recommended ones" in text_of(
        alice.client.post(url, {"preset": "back"}, follow=True)
    )
    assert facade.get_preferences(alice.actor).preferences == Preferences()
