"""Carry letters to their addresses: by SMTP where there is a server; else they stay in the mailbox page.

A letter is leased, sent outside any transaction, then noted as sent. A worker that dies between the sending and the note
leaves a letter that is sent again: at least once, with the same Message-ID, by which mail programs know a copy.

Sign-in mail (allauth's) holds links that let somebody in, so it becomes a letter in the demo alone. Elsewhere without a
mail server it is dropped, and the log says so.
"""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage as Message
from email.utils import format_datetime, formataddr
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from tandem.access.selectors import find_user_id
from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter, Notice
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account, list_accounts_of

log = structlog.get_logger()
SUBMISSION_PORT = 587
TLS_PORT = 465
LEASE = timedelta(minutes=5)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
#: A letter older than this says what is no longer so.
KEPT_FOR = timedelta(days=3)
PERMANENT = 500
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: The server took the talk and refused this one letter; anything else is true of every letter.
OF_THE_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)


class NotEncryptedError(smtplib.SMTPException):
    """The server offers no TLS, and a password is not sent without it."""


@dataclass(frozen=True)
class Failure:
    """What went wrong, whether trying again is pointless, and whether it is the server's trouble, so every letter's."""

    code: str
    is_permanent: bool = False
    is_everywhere: bool = False


TOO_LATE = Failure("too_old", is_permanent=True)


def deliver_waiting(account_id: UUID) -> int:
    """Send the account's letters that are due; return how many went. Run outside a transaction."""
    if not settings.TANDEM.smtp_url:
        return 0
    account, sent = get_account(account_id), 0
    while (letter := _claim(account_id)) is not None:
        is_too_old = clock.now() - letter.written_at > KEPT_FOR
        failure = TOO_LATE if is_too_old else _send(_message(account, letter))
        _note(letter, failure)
        if failure is not None and failure.is_everywhere:
            _hold_back(letter)
            break
        sent += failure is None
    return sent


def _claim(account_id: UUID) -> Letter | None:
    """Lease the next letter that is due, so that no other worker sends it meanwhile."""
    now = clock.now()
    with scope(account_id):
        rows = Letter.objects.select_for_update(skip_locked=True, of=("self",))
        rows = rows.filter(account_id=account_id, next_try_at__lte=now)
        # What seems to be over is not told meanwhile: the letter goes if it comes back, and is kept back if it does not.
        rows = rows.exclude(notice__calm_since__isnull=False, notice__closed_at__isnull=True)
        letter = rows.exclude(leased_until__gt=now).order_by("next_try_at", "letter_id").first()
        if letter is not None:
            letter.leased_until = now + LEASE
            letter.save(update_fields=["leased_until"])
    return letter


def _hold_back(failed: Letter) -> None:
    """Let what waits behind a letter wait as long as it does: the server would fail at each, and each takes its time."""
    now = clock.now()
    with scope(failed.account_id):
        rows = Letter.objects.filter(account_id=failed.account_id, next_try_at__lte=now).exclude(leased_until__gt=now)
        rows.update(next_try_at=failed.next_try_at)


def _note(letter: Letter, failure: Failure | None) -> None:
    """Write down what came of it: sent, to be tried again later, or given up."""
    now = clock.now()
    letter.tries += 1
    letter.leased_until, letter.problem_code = None, failure.code if failure else ""
    if failure is None:
        letter.next_try_at, letter.delivered_at = None, now
    elif failure.is_permanent:
        letter.next_try_at, letter.given_up_at = None, now
    else:
        letter.next_try_at = now + BACK_OFF[min(letter.tries, len(BACK_OFF)) - 1]
    with scope(letter.account_id):
        letter.save(
            update_fields=["tries", "leased_until", "problem_code", "next_try_at", "delivered_at", "given_up_at"]
        )
        if letter.given_up_at is not None and letter.notice_id is not None:
            # Whoever cannot be reached is passed over: the next rung is told now.
            Notice.objects.filter(
                account_id=letter.account_id,
                notice_id=letter.notice_id,
                is_ladder=True,
                closed_at__isnull=True,
                calm_since__isnull=True,
            ).update(climbs_at=now)


def _message(account: AccountRecord, letter: Letter) -> Message:
    host = urlsplit(settings.TANDEM.base_url).hostname or "localhost"
    message = Message()
    message["From"] = formataddr((account.brand_name, settings.TANDEM.mail_from))
    message["To"], message["Subject"] = letter.to_address, letter.subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.letter_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if account.support_email:
        message["Reply-To"] = account.support_email
    message.set_content(letter.body)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def _send(message: Message) -> Failure | None:
    """Hand one mail to the server; return what went wrong, if anything did."""
    try:
        with _server() as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", error_type=type(error).__name__)
        return Failure(
            type(error).__name__,
            is_permanent=_is_permanent(error),
            is_everywhere=not isinstance(error, OF_THE_LETTER),
        )
    return None


def _is_permanent(error: Exception) -> bool:
    """Say whether the server refused this very letter, and for good (RFC 5321: 5xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT


def _server() -> smtplib.SMTP:
    """Connect and sign in: smtps:// speaks TLS from the start; smtp:// begins it where the server offers it.

    The certificate is checked either way. A password goes to another machine under TLS alone.
    """
    parts, timeout = urlsplit(settings.TANDEM.smtp_url), settings.TANDEM.smtp_timeout_seconds
    host, trusted = parts.hostname or "localhost", ssl.create_default_context()
    is_secret = parts.scheme == "smtps"
    if is_secret:
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or TLS_PORT, timeout=timeout, context=trusted)
    else:
        server = smtplib.SMTP(host, parts.port or SUBMISSION_PORT, timeout=timeout)
        server.ehlo()
        is_secret = server.has_extn("starttls")
        if is_secret:
            server.starttls(context=trusted)
            server.ehlo()
    if parts.username:
        if not (is_secret or host in LOOPBACK):
            server.close()
            raise NotEncryptedError
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


class Backend(BaseEmailBackend):
    """Django's way to send mail, for what is not ours: allauth's sign-in mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each mail; return how many were taken."""
        return sum(self._take(message) for message in email_messages)

    def _take(self, mail: EmailMessage) -> bool:
        if settings.TANDEM.smtp_url:
            message = Message()
            message["From"], message["To"] = settings.TANDEM.mail_from, ", ".join(mail.recipients())
            message["Subject"] = str(mail.subject)
            message.set_content(str(mail.body))
            return _send(message) is None
        if settings.TANDEM.demo:
            return sum(_keep(address, mail) for address in mail.recipients()) > 0
        log.warning("mail_dropped_without_server")
        return False


def _keep(address: str, message: EmailMessage) -> bool:
    """Put a mail into the mailbox of the first account that its reader belongs to."""
    user_id = find_user_id(address)
    accounts = list_accounts_of(user_id) if user_id else []
    if not accounts:
        return False
    with scope(accounts[0].account_id):
        Letter.objects.create(
            account_id=accounts[0].account_id,
            kind="sign_in",
            to_user_id=user_id,
            to_address=address,
            subject=str(message.subject)[:200],
            body=str(message.body),
            written_at=clock.now(),
        )
    return True
