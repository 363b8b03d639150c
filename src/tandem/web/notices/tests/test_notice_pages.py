"""The pages of notices: what is open and over, who was told, who is on it, and each person's own choices."""

from datetime import time
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.notices import actions
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident
from tandem.notices.choices import get_choices
from tandem.notices.digest_rules import RunLetters
from tandem.notices.rules import Urgency
from tandem.notices.selectors import list_open
from tandem.testing.cast import Cast, text_of

WORDING = Wording("Something broke", "Look at it.")


def open_one(cast: Cast, number: int = 1) -> UUID:
    player = cast.alice
    open_incident(
        player.actor,
        incident=f"connection:{number}",
        kind="connection_broken",
        facts={"cause": "sign_in_revoked", "certain": True},
        tell=[Recipient(player.user.id, player.user.email), Recipient(None, "support@tandem.example")],
        wording=WORDING,
    )
    return next(one.notice_id for one in list_open(player.actor) if one.incident == f"connection:{number}")


def page(cast: Cast, path: str) -> str:
    return text_of(cast.alice.client.get(cast.alice.url(path)))


def test_with_nothing_wrong_the_page_says_so_and_the_menu_shows_no_number(cast: Cast) -> None:
    text = page(cast, "notices/")
    assert "Nothing is wrong" in text
    assert "with nobody on it" not in text


def test_a_notice_is_listed_counted_and_says_who_was_told(cast: Cast) -> None:
    notice_id = open_one(cast)
    text = page(cast, "notices/")
    assert "The sign-in at Xero has ended." in text
    assert "2 people told" in text
    assert '<span class="count bad">1<span class="vh"> with nobody on it</span></span>' in text
    text = page(cast, f"notices/{notice_id}/")
    for said in ("Alice Lang", "Administrator", "support@tandem.example", "Kept here"):
        assert said in text


def test_somebody_takes_it_and_takes_that_back(cast: Cast) -> None:
    notice_id = open_one(cast)
    text = text_of(cast.alice.client.post(cast.alice.url(f"notices/{notice_id}/take/"), follow=True))
    assert "Alice Lang is on it since" in text
    assert "with nobody on it" not in text
    text = text_of(cast.alice.client.post(cast.alice.url(f"notices/{notice_id}/release/"), follow=True))
    assert "Nobody has said that they are on it" in text


def test_a_hand_over_leads_to_its_own_page(cast: Cast) -> None:
    facts = {"task": "1", "last_safe_on": "2026-12-04"}
    open_incident(cast.alice.actor, incident="handover:1", kind="handover_needed", facts=facts)
    (notice,) = list_open(cast.alice.actor)
    text = page(cast, f"notices/{notice.notice_id}/")
    assert "A second authoriser for Xero is needed by 4 Dec 2026." in text
    assert "/handovers/" in text


def test_what_is_over_is_listed_below_and_cannot_be_taken(cast: Cast) -> None:
    notice_id = open_one(cast)
    close_incident(cast.alice.actor, incident="connection:1")
    text = page(cast, "notices/")
    assert "Nothing is wrong" in text
    assert str(notice_id) in text
    assert "I am on it" not in page(cast, f"notices/{notice_id}/")
    assert cast.alice.client.post(cast.alice.url(f"notices/{notice_id}/take/")).status_code == 404


def test_another_account_does_not_see_it(cast: Cast) -> None:
    notice_id = open_one(cast)
    assert "Nothing is wrong" in text_of(cast.charlie.client.get(cast.charlie.url("notices/")))
    assert cast.charlie.client.get(cast.charlie.url(f"notices/{notice_id}/")).status_code == 404


def test_longer_lists_take_no_more_queries_and_go_on_over_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        actions.acknowledge(cast.alice.actor, notice_id=open_one(cast, number))
    close_incident(cast.alice.actor, incident="connection:0")
    with CaptureQueriesContext(connection) as short:
        page(cast, "notices/")
    for number in range(2, 8):
        open_one(cast, number)
    for number in range(2, 5):
        close_incident(cast.alice.actor, incident=f"connection:{number}")
    with CaptureQueriesContext(connection) as long:
        page(cast, "notices/")
    assert len(long) == len(short)
    monkeypatch.setattr("tandem.web.notices.views.PAGE", 2)
    text = page(cast, "notices/")
    older = text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    text = page(cast, f"notices/{older}")
    assert "Newest" in text
    assert "Nothing is wrong" not in text
    assert "Newest" not in page(cast, "notices/?before=nonsense")


def test_everybody_keeps_their_own_choices(cast: Cast) -> None:
    chosen = {
        "least_urgency": "soon",
        "run_letters": "at_once",
        "quiet_from": "20:00",
        "quiet_until": "07:00",
        "daily_letter_at": "09:30",
        "away_until": "2026-12-01",
    }
    text = text_of(cast.alice.client.post(cast.alice.url("notices/choices/"), chosen, follow=True))
    assert "Your choices were saved." in text
    assert 'value="20:00"' in text
    saved = get_choices(cast.alice.actor)
    assert (saved.quiet_from, saved.least_urgency) == (time(20), Urgency.SOON)
    assert saved.run_letters is RunLetters.AT_ONCE
    assert get_choices(cast.charlie.actor).quiet_from is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"quiet_from": "20:00"}, "Quiet hours need a beginning and an end."),
        ({"quiet_from": "20:00", "quiet_until": "20:00"}, "would last all day"),
        ({"daily_letter_at": "soon"}, "This is not a time."),
        ({"least_urgency": "loud"}, "Select a valid choice"),
        ({"run_letters": ""}, "Choose what comes of automatic runs."),
    ],
)
def test_choices_that_mean_nothing_are_not_saved_and_stay_as_typed(cast: Cast, sent: dict[str, str], said: str) -> None:
    form = {"least_urgency": "digest", "run_letters": "daily", "daily_letter_at": "08:00", **sent}
    response = cast.alice.client.post(cast.alice.url("notices/choices/"), form)
    assert response.status_code == 422
    assert said in text_of(response)
    assert get_choices(cast.alice.actor).quiet_from is None
