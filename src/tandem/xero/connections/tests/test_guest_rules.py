"""Where a guest's link stands, decided from values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tandem.xero.connections.consent_outcome import REFUSALS
from tandem.xero.connections.guest_rules import (
    GUEST_REFUSALS,
    SENTENCES,
    LinkFacts,
    Standing,
    sentence_for_guest,
    standing,
)
from tandem.xero.connections.scopes import in_words
from tandem.xero.oauth import flow

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
OPEN = LinkFacts(
    expires_at=NOW + timedelta(hours=72),
    used_at=None,
    revoked_at=None,
    taken_by="",
    taken_until=None,
    same_organisation=True,
)
TAKEN = replace(OPEN, taken_by="one", taken_until=NOW + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("facts", "browser", "wanted"),
    [
        (replace(OPEN, used_at=NOW, revoked_at=NOW), "", Standing.USED),
        (replace(OPEN, revoked_at=NOW, expires_at=NOW), "", Standing.REVOKED),
        (replace(OPEN, expires_at=NOW), "", Standing.EXPIRED),
        (replace(OPEN, same_organisation=False), "", Standing.MOVED),
        (TAKEN, "another", Standing.BUSY),
        (TAKEN, "one", Standing.OPEN),
        (replace(TAKEN, taken_until=NOW), "another", Standing.OPEN),
        (OPEN, "", Standing.OPEN),
    ],
)
def test_a_link_stands_where_the_first_reason_puts_it(facts: LinkFacts, browser: str, wanted: Standing) -> None:
    assert standing(facts, NOW, browser=browser) is wanted


def test_every_standing_but_open_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Standing)
    assert [at for at, sentence in SENTENCES.items() if not sentence] == [Standing.OPEN]


def test_no_guest_is_sent_to_a_page_that_they_cannot_open() -> None:
    codes = {*REFUSALS, *flow.REFUSALS} - {"not_an_administrator"}
    said = {code: sentence_for_guest(code, "the sentence for administrators") for code in codes}
    assert set(said.values()) <= set(GUEST_REFUSALS.values())
    assert not [sentence for sentence in said.values() if "connection page" in sentence]
    assert sentence_for_guest("payroll_refused", "Ask for payroll access.") == "Ask for payroll access."


def test_scopes_are_said_once_in_plain_words_and_an_unknown_one_as_it_is() -> None:
    assert in_words(["openid", "email", "offline_access", "made.up"]) == [
        "See your name and e-mail address, to show who authorised",
        "Keep working while you are away, until it is taken back",
        "made.up",
    ]
