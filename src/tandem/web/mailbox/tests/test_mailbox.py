"""The mailbox: what Tandem wrote, for those who run the account."""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from pytest_django.fixtures import Settings

from tandem.notices.actions import Recipient, Wording, write_letters
from tandem.notices.mail import deliver_waiting
from tandem.notices.selectors import list_letters
from tandem.testing.cast import Cast


def _letter(cast: Cast) -> UUID:
    wording = Wording("A subject <b>", "Open http://localhost:8000/a/harbour-lane/ please.")
    write_letters(cast.alice.actor, to=[Recipient(cast.alice.user.id, cast.alice.user.email)], wording=wording)
    return list_letters(cast.alice.actor)[0].letter_id


def test_an_empty_mailbox_says_what_will_come(cast: Cast) -> None:
    assert "No mail yet" in cast.alice.client.get(cast.alice.url("mailbox/")).content.decode()


def test_a_letter_is_listed_and_read_with_its_link(cast: Cast) -> None:
    letter_id = _letter(cast)
    assert "A subject &lt;b&gt;" in cast.alice.client.get(cast.alice.url("mailbox/")).content.decode()
    text = cast.alice.client.get(cast.alice.url(f"mailbox/{letter_id}/")).content.decode()
    assert 'href="http://localhost:8000/a/harbour-lane/"' in text


def test_nobody_reads_another_account_s_letters(cast: Cast) -> None:
    letter_id = _letter(cast)
    assert cast.charlie.client.get(f"/a/second-street/mailbox/{letter_id}/").status_code == 404
    assert cast.bob.client.get(cast.bob.url(f"mailbox/{letter_id}/")).status_code == 403


def test_the_html_part_is_shown_alone_and_lets_nothing_in(cast: Cast) -> None:
    letter_id = _letter(cast)
    text = cast.alice.client.get(cast.alice.url(f"mailbox/{letter_id}/")).content.decode()
    assert f"/mailbox/{letter_id}/html/" in text
    response = cast.alice.client.get(cast.alice.url(f"mailbox/{letter_id}/html/"))
    policy = response.headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "img-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "sandbox"):
        assert rule in policy
    style = response.content.decode().split("<style>")[1].split("</style>")[0]
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert "A subject &lt;b&gt;" in response.content.decode()


def test_the_list_says_what_became_of_each_letter(cast: Cast, settings: Settings) -> None:
    letter_id = _letter(cast)
    assert "Kept here" in cast.alice.client.get(cast.alice.url("mailbox/")).content.decode()
    settings.TANDEM = replace(settings.TANDEM, smtp_url="smtp://127.0.0.1:1")
    assert "Waiting" in cast.alice.client.get(cast.alice.url("mailbox/")).content.decode()
    deliver_waiting(cast.alice.account.account_id)
    text = cast.alice.client.get(cast.alice.url(f"mailbox/{letter_id}/")).content.decode()
    assert "The mail server does not answer" in text
    assert "Next try" in text
