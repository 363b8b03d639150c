"""Carry letters to their addresses: by SMTP where there is a server; else they stay in the mailbox page.

Sign-in mail (allauth's) holds links that let somebody in, so it becomes a letter in the demo alone. Elsewhere without a
mail server it is dropped, and the log says so.
"""

import smtplib
from collections.abc import Sequence
from email.message import EmailMessage as Message
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from tandem.access.selectors import find_user_id
from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.tenancy.selectors import list_accounts_of

log = structlog.get_logger()
TIMEOUT_SECONDS = 20
SUBMISSION_PORT = 587
TLS_PORT = 465


def deliver_waiting(account_id: UUID) -> int:
    """Send the account's letters that have not gone yet; return how many went. Run outside a transaction."""
    if not settings.TANDEM.smtp_url:
        return 0
    with scope(account_id):
        waiting = list(Letter.objects.filter(account_id=account_id, delivered_at__isnull=True).order_by("written_at"))
    sent = 0
    for letter in waiting:
        problem = _send(to=[letter.to_address], subject=letter.subject, body=letter.body)
        sent += not problem
        letter.problem_code, letter.delivered_at = problem, None if problem else clock.now()
        with scope(account_id):
            letter.save(update_fields=["problem_code", "delivered_at"])
    return sent


def _send(*, to: Sequence[str], subject: str, body: str) -> str:
    """Hand one mail to the server; return "" or the code of what went wrong."""
    message = Message()
    message["From"], message["To"], message["Subject"] = settings.TANDEM.mail_from, ", ".join(to), subject
    message.set_content(body)
    try:
        with _server() as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", error_type=type(error).__name__)
        return type(error).__name__
    return ""


def _server() -> smtplib.SMTP:
    """Connect and sign in: smtps:// speaks TLS from the start; smtp:// begins it where the server offers it."""
    parts = urlsplit(settings.TANDEM.smtp_url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or TLS_PORT, timeout=TIMEOUT_SECONDS)
    else:
        server = smtplib.SMTP(host, parts.port or SUBMISSION_PORT, timeout=TIMEOUT_SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls()
            server.ehlo()
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


class Backend(BaseEmailBackend):
    """Django's way to send mail, for what is not ours: allauth's sign-in mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each mail; return how many were taken."""
        return sum(self._take(message) for message in email_messages)

    def _take(self, message: EmailMessage) -> bool:
        if settings.TANDEM.smtp_url:
            return not _send(to=message.recipients(), subject=str(message.subject), body=str(message.body))
        if settings.TANDEM.demo:
            return sum(_keep(address, message) for address in message.recipients()) > 0
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
            to_user_id=user_id,
            to_address=address,
            subject=str(message.subject)[:200],
            body=str(message.body),
            written_at=clock.now(),
        )
    return True
