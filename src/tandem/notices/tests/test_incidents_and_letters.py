"""One incident, one notice, one letter; and mail that goes out, or stays where it can be read."""

from dataclasses import replace

import pytest
from django.core.mail import send_mail
from pytest_django.fixtures import Settings

from tandem.kernel.errors import NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident, remind
from tandem.notices.models import Letter
from tandem.notices.selectors import count_open, get_letter, list_letters, list_open, list_tellings
from tandem.testing.cast import Cast, Player

pytestmark = pytest.mark.usefixtures("real_db")
WORDING = Wording("Something broke", "Look at it.\n")
OURS = "tandem.notices.mail.Backend"  # Django's test runner puts another one in its place
MENDED = Wording("It works again", "Thank you.\n")


def open_one(player: Player) -> bool:
    return open_incident(
        player.actor,
        incident="connection:1",
        kind="connection_broken",
        facts={"cause": "unknown"},
        tell=[Recipient(player.user.id, player.user.email)],
        wording=WORDING,
    )


def test_an_incident_that_is_open_is_not_opened_again(cast: Cast) -> None:
    assert open_one(cast.alice)
    assert not open_one(cast.alice)
    assert [notice.kind for notice in list_open(cast.alice.actor)] == ["connection_broken"]
    assert [letter.subject for letter in list_letters(cast.alice.actor)] == ["Something broke"]


def test_closing_tells_those_who_were_told_and_the_next_break_opens_anew(cast: Cast) -> None:
    open_one(cast.alice)
    assert close_incident(cast.alice.actor, incident="connection:1", wording=MENDED)
    assert not close_incident(cast.alice.actor, incident="connection:1", wording=MENDED)
    assert list_open(cast.alice.actor) == []
    assert [letter.subject for letter in list_letters(cast.alice.actor)] == ["It works again", "Something broke"]
    assert open_one(cast.alice)


def test_a_reminder_counts_as_told_for_whoever_was_not_and_stands_beside_the_rest(cast: Cast) -> None:
    open_one(cast.alice)
    (notice,) = list_open(cast.alice.actor)
    people = [Recipient(cast.alice.user.id, cast.alice.user.email), Recipient(None, "support@tandem.example")]
    assert remind(cast.alice.actor, incident="connection:1", to=people, wording=WORDING) == 2
    told = list_tellings(cast.alice.actor, notice_id=notice.notice_id)
    assert sorted((one.address, one.rung) for one in told) == [
        (cast.alice.user.email, "administrators"),
        (cast.alice.user.email, "reminder"),
        ("support@tandem.example", "support"),
    ]


def test_what_can_wait_is_listed_and_puts_no_number_into_the_menu(cast: Cast) -> None:
    open_incident(cast.alice.actor, incident="webhook:1", kind="webhook_disabled", facts={"host": "example.com"})
    assert (len(list_open(cast.alice.actor)), count_open(cast.alice.actor)) == (1, 0)


def test_another_account_and_another_role_see_nothing(cast: Cast) -> None:
    open_one(cast.alice)
    (letter,) = list_letters(cast.alice.actor)
    assert list_open(cast.charlie.actor) == list_open(cast.dana.actor) == []
    assert list_letters(cast.charlie.actor) == []
    with pytest.raises(NotFound):
        get_letter(cast.charlie.actor, letter_id=letter.letter_id)
    with pytest.raises(NotPermitted):
        get_letter(cast.dana.actor, letter_id=letter.letter_id)
    assert get_letter(cast.alice.actor, letter_id=letter.letter_id).body.startswith(WORDING.body)


def test_sign_in_mail_goes_by_the_server_too(cast: Cast, settings: Settings, post: list[str]) -> None:
    settings.EMAIL_BACKEND = OURS
    assert send_mail("Reset", "Follow this.", None, [cast.alice.user.email]) == 1
    assert "Subject: Reset" in post[0]


def test_without_a_server_sign_in_mail_reaches_the_mailbox_in_the_demo_alone(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_BACKEND = OURS
    assert send_mail("Reset", "A link that lets you in.", None, [cast.alice.user.email]) == 0
    with scope(cast.alice.account.account_id):
        assert not Letter.objects.exists()
    settings.TANDEM = replace(settings.TANDEM, demo=True)
    assert (
        send_mail("Reset", "A link that lets you in.", None, [cast.alice.user.email, "nobody@elsewhere.example"]) == 1
    )
    assert [letter.subject for letter in list_letters(cast.alice.actor)] == ["Reset"]
    assert list_letters(cast.charlie.actor) == []
