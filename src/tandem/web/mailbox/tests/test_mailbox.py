"""The mailbox: what Tandem wrote, for those who run the account."""

from uuid import UUID

from tandem.notices.actions import Recipient, Wording, write_letters
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
