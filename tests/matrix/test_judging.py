"""The judge of the matrix is not easily pleased."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from tests.matrix.happening import Group, Happening
from tests.matrix.judging import row_of
from tests.matrix.scene import BEGINS
from tests.matrix.watching import Look, Played, Setting

from tandem.xero.connections.causes import Cause
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.tests.facts import ALONE, NOW

REMOVED = Happening(
    "removed", Group.PERSON, "", lambda scene: None, frozenset({"rosa"}), frozenset({Cause.ACCESS_REMOVED.value})
)
HARMLESS = replace(REMOVED, hits=frozenset(), right=frozenset())
GREEN = Look(BEGINS, is_green=True, works=True, state="connected", name="", is_certain=True, carrier="rosa")


def look(minute: float, **changed: Any) -> Look:
    return replace(GREEN, at=BEGINS + timedelta(minutes=minute), **changed)


def red(minute: float, name: str = "access_removed", *, is_certain: bool = False, works: bool = False) -> Look:
    return look(minute, is_green=False, works=works, state="broken", name=name, is_certain=is_certain)


def complaints(happening: Happening, *looks: Look, is_busy: bool = False, mails: int = 0) -> tuple[str, ...]:
    played = Played(cast("Any", None), happening, Setting(is_busy, has_standby=False), BEGINS)
    played.looks, played.settled = list(looks), diagnose(ALONE, NOW)
    played.undone_at, played.letters = BEGINS + timedelta(minutes=40), mails
    return row_of(played).complaints


def test_what_is_noticed_in_time_named_rightly_and_mended_is_not_complained_about() -> None:
    assert complaints(REMOVED, look(0, works=False), red(15), red(40), look(50)) == ()


@pytest.mark.parametrize(
    ("looks", "is_busy", "words"),
    [
        ((look(0, works=False), red(17), red(40), look(50)), False, "stayed green for 17.0 minutes"),
        ((look(0, works=False), red(3), red(40), look(50)), True, "stayed green for 3.0 minutes"),
        ((look(0, works=False), look(39, works=False), look(50)), False, "was never noticed"),
        (
            (look(0, works=False), red(5, "xero_down", is_certain=True), red(40), look(50)),
            False,
            "certain of xero_down",
        ),
        ((look(0, works=False), red(5), red(40), red(50, works=True)), False, "did not become green again"),
    ],
)
def test_a_lie_is_complained_about(looks: tuple[Look, ...], is_busy: bool, words: str) -> None:
    assert words in ", ".join(complaints(REMOVED, *looks, is_busy=is_busy))


def test_mail_for_every_turn_of_what_comes_and_goes_is_complained_about() -> None:
    looks = (look(0, works=False), red(5), red(40), look(50))
    assert complaints(REMOVED, *looks, mails=2) == ()
    assert complaints(REMOVED, *looks, mails=12) == ("cost 12 mails",)


def test_what_works_must_not_stay_red_nor_be_called_broken_for_certain() -> None:
    assert complaints(HARMLESS, look(0), red(1, works=True), look(6), look(50)) == ()
    found = ", ".join(complaints(HARMLESS, look(0), red(1, is_certain=True, works=True), look(20), look(50)))
    assert "not green for 19.0 minutes" in found
    assert "called what works broken" in found
