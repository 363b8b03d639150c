"""The letters of the support room: one for every cause, in plain words, naming nobody."""

import pytest

from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import Audience, Cause
from tandem.xero.connections.outreach_letters import fill, template_for

ADDRESSES = {
    "reconnect": "https://hr.example/a/bakery/xero/reconnect/",
    "connection": "https://hr.example/a/bakery/xero/",
}


def _letter(cause: Cause | None, *, is_certain: bool = True) -> tuple[str, str]:
    return fill(template_for(cause), account="Bakery", is_certain=is_certain, **ADDRESSES)


@pytest.mark.parametrize("cause", [*Cause, None])
def test_every_cause_has_a_letter_without_a_hole_in_it(cause: Cause | None) -> None:
    subject, body = _letter(cause)
    assert subject.startswith("Bakery: ")
    assert "{" not in subject + body
    assert len(subject) <= 200


@pytest.mark.parametrize("cause", [cause for cause, entry in CAUSES.items() if entry.told is Audience.ADMINISTRATORS])
def test_who_must_act_gets_a_link(cause: Cause) -> None:
    body = _letter(cause)[1]
    assert any(address in body for address in ADDRESSES.values())


@pytest.mark.parametrize(
    "cause", [cause for cause, entry in CAUSES.items() if entry.told is not Audience.ADMINISTRATORS]
)
def test_who_can_do_nothing_is_not_sent_anywhere(cause: Cause) -> None:
    assert "https://" not in _letter(cause)[1]


def test_what_is_not_certain_is_called_likely() -> None:
    assert "most likely the access" in _letter(Cause.ACCESS_REMOVED, is_certain=False)[1]
    assert "most likely" not in _letter(Cause.ACCESS_REMOVED)[1]


def test_nobody_is_said_to_have_left() -> None:
    for cause in Cause:
        for word in ("left", "terminat", "who leaves"):
            assert word not in " ".join(_letter(cause))
