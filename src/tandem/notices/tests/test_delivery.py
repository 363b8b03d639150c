"""Letters go out by a worker, in two parts that say the same, with back-off, and never twice by two workers."""

import smtplib
import socket
import socketserver
import ssl
from dataclasses import replace
from datetime import time, timedelta
from email import message_from_string
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.notices import mail
from tandem.notices.actions import Recipient, Wording, write_letters
from tandem.notices.choices import save_choices
from tandem.notices.letters import blocks_of
from tandem.notices.models import Letter
from tandem.notices.records import ChoicesRecord, LetterRecord
from tandem.notices.selectors import accounts_with_something_due, list_letters
from tandem.notices.tests.conftest import Post, PostOffice, self_signed, serving
from tandem.testing.cast import Cast

pytestmark = pytest.mark.usefixtures("real_db")
WORDING = Wording(
    "Something broke", "Look <at> it:\n\n1. Open http://localhost:8000/a/x/.\n2. Press the button.\n\n- One"
)


def write_one(cast: Cast) -> LetterRecord:
    write_letters(cast.alice.actor, to=[Recipient(cast.alice.user.id, cast.alice.user.email)], wording=WORDING)
    return the_letter(cast)


def the_letter(cast: Cast) -> LetterRecord:
    (letter,) = list_letters(cast.alice.actor)
    return letter


def deliver(cast: Cast) -> int:
    return mail.deliver_waiting(cast.alice.account.account_id)


def parts_of(sent: str) -> tuple[Message, str, str]:
    message = message_from_string(sent)
    text, html = (part.get_payload(decode=True) for part in message.walk() if not part.is_multipart())
    assert isinstance(text, bytes)
    assert isinstance(html, bytes)
    return message, text.decode(), html.decode()


def test_nobody_waits_for_the_mail_server_a_worker_sends(cast: Cast, post: list[str]) -> None:
    write_one(cast)
    assert post == []
    assert accounts_with_something_due(the_letter(cast).written_at) == [cast.alice.account.account_id]
    assert (deliver(cast), deliver(cast)) == (1, 0)
    assert the_letter(cast).delivered_at is not None
    assert accounts_with_something_due(the_letter(cast).written_at) == []


def test_both_parts_say_the_same_and_carry_the_brand_and_its_support_address(cast: Cast, post: list[str]) -> None:
    letter = write_one(cast)
    deliver(cast)
    message, text, html = parts_of(post[0])
    assert message["Message-ID"] == f"<{letter.letter_id}@localhost>"
    assert (message["Reply-To"], message["Auto-Submitted"]) == ("support@tandem.example", "auto-generated")
    assert message["From"].startswith("Tandem <")
    for part in (text, html):
        for said in ("Press the button.", "support@tandem.example", "http://localhost:8000/a/x/"):
            assert said in part
    assert "<ol><li>" in html
    assert "Look &lt;at&gt; it" in html
    for tracking in ("<img", "src=", "<script", "@import"):
        assert tracking not in html


def test_a_list_is_a_list_only_where_every_line_is_an_item() -> None:
    assert [block.tag for block in blocks_of("Hello\n\n- one\n- two\n\n1. first\nand more")] == ["p", "ul", "p"]


def test_a_server_that_does_not_answer_is_tried_again_later_and_later(
    cast: Cast, frozen: FrozenClock, settings: Settings, post: list[str]
) -> None:
    right = settings.TANDEM
    settings.TANDEM = replace(right, smtp_url="smtp://127.0.0.1:1")
    write_one(cast)
    waits = []
    for _ in range(3):
        assert deliver(cast) == 0
        letter = the_letter(cast)
        assert (letter.delivered_at, letter.given_up_at, letter.problem_code) == (None, None, "ConnectionRefusedError")
        assert letter.next_try_at is not None
        waits.append(letter.next_try_at - frozen.now())
        assert deliver(cast) == 0, "not before its time"
        assert the_letter(cast).tries == letter.tries
        frozen.move_to(letter.next_try_at)
    assert waits == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)]
    settings.TANDEM = right
    assert deliver(cast) == 1
    assert len(post) == 1


def test_what_is_three_days_old_is_given_up_and_never_sent(cast: Cast, frozen: FrozenClock, post: list[str]) -> None:
    write_one(cast)
    frozen.advance(days=3, minutes=1)
    assert deliver(cast) == 0
    letter = the_letter(cast)
    assert (post, letter.problem_code, letter.next_try_at) == ([], "too_old", None)
    assert letter.given_up_at is not None


@pytest.mark.parametrize(("code", "is_given_up"), [(550, True), (450, False)])
def test_an_address_that_is_refused_for_good_is_not_tried_again(
    cast: Cast, office: PostOffice, code: int, is_given_up: bool
) -> None:
    office.refuse[cast.alice.user.email] = code
    write_one(cast)
    deliver(cast)
    letter = the_letter(cast)
    assert letter.problem_code == "SMTPRecipientsRefused"
    assert (letter.given_up_at is not None, letter.next_try_at is None) == (is_given_up, is_given_up)


def test_a_letter_that_a_worker_is_sending_is_not_sent_by_another(cast: Cast, office: PostOffice) -> None:
    write_one(cast)
    others: list[int] = []

    def another_worker() -> None:
        others.append(deliver(cast))
        connection.close()

    office.meanwhile = another_worker  # in the server's own thread, while the first is talking to it
    assert deliver(cast) == 1
    assert (others, len(office.taken)) == ([0], 1)


def test_a_worker_that_dies_after_sending_leaves_a_copy_with_the_same_message_id(
    cast: Cast, frozen: FrozenClock, post: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_one(cast)

    def die(self: smtplib.SMTP, *_: object) -> None:
        self.close()
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(smtplib.SMTP, "__exit__", die)
        with pytest.raises(SystemExit):
            deliver(cast)
    assert deliver(cast) == 0, "leased by the dead"
    frozen.advance(minutes=6)
    assert deliver(cast) == 1
    first, second = (message_from_string(sent)["Message-ID"] for sent in post)
    assert first == second


def test_a_letter_waits_for_the_end_of_the_readers_quiet_hours(
    cast: Cast, frozen: FrozenClock, post: list[str]
) -> None:
    save_choices(cast.alice.actor, ChoicesRecord(quiet_from=time(11), quiet_until=time(14)))  # noon in Melbourne
    write_one(cast)
    assert deliver(cast) == 0
    frozen.advance(hours=2)
    assert deliver(cast) == 1


def test_without_a_mail_server_letters_stay_and_nothing_is_due(cast: Cast) -> None:
    write_one(cast)
    assert deliver(cast) == 0
    assert accounts_with_something_due(the_letter(cast).written_at) == []
    with scope(cast.alice.account.account_id):
        assert Letter.objects.get().tries == 0


def talk_to(settings: Settings, address: tuple[str, int], *, scheme: str = "smtp", user: str = "") -> None:
    settings.TANDEM = replace(settings.TANDEM, smtp_url=f"{scheme}://{user}{address[0]}:{address[1]}")


def test_a_server_that_takes_too_long_is_left_and_the_letters_behind_wait_too(
    cast: Cast, frozen: FrozenClock, settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and never says a word
        talk_to(settings, silent.getsockname())
        settings.TANDEM = replace(settings.TANDEM, smtp_timeout_seconds=0.2)
        for _ in range(2):
            write_letters(cast.alice.actor, to=[Recipient(None, "support@tandem.example")], wording=WORDING)
        assert deliver(cast) == 0
        first, second = sorted(list_letters(cast.alice.actor), key=lambda letter: -letter.tries)
    assert (first.problem_code, first.tries, second.tries) == ("SMTPServerDisconnected", 1, 0)
    assert first.next_try_at == second.next_try_at == frozen.now() + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("greeting", "problem"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "SMTPConnectError"),
        (b"554 no\r\n", "SMTPConnectError"),
        (b"", "SMTPServerDisconnected"),
    ],
)
def test_what_answers_as_no_mail_server_does_is_tried_again(
    cast: Cast, settings: Settings, greeting: bytes, problem: str
) -> None:
    class Broken(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(greeting)

    with serving(Broken) as address:
        talk_to(settings, address)
        write_one(cast)
        deliver(cast)
    letter = the_letter(cast)
    assert letter.problem_code == problem
    assert letter.next_try_at is not None


def test_a_password_is_not_sent_without_tls(cast: Cast, office: PostOffice, settings: Settings) -> None:
    port = urlsplit(settings.TANDEM.smtp_url).port or 0
    talk_to(settings, ("127.0.0.1", port), user="tandem:secret@")
    talk = settings.TANDEM
    settings.TANDEM = replace(talk, smtp_url=talk.smtp_url.replace("127.0.0.1", "127.0.0.2"))
    write_one(cast)
    deliver(cast)
    assert (the_letter(cast).problem_code, office.taken) == ("NotEncryptedError", [])


def test_a_certificate_is_checked_and_a_trusted_one_carries_the_letter(
    cast: Cast, frozen: FrozenClock, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, office = self_signed(tmp_path), PostOffice()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(Post, office, tls=context) as address:
        talk_to(settings, address, scheme="smtps")
        write_one(cast)
        deliver(cast)
        assert the_letter(cast).problem_code == "SSLCertVerificationError"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        frozen.advance(minutes=1)
        assert deliver(cast) == 1
    assert len(office.taken) == 1
