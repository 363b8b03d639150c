"""The mail that Tandem wrote for this account; where no mail server is set, this is where it can be read."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tandem.kernel.permissions import Permission
from tandem.notices.records import LetterRecord
from tandem.notices.selectors import get_letter, list_letters
from tandem.web.requests import Request, needs


def _row(request: Request, letter: LetterRecord) -> dict[str, object]:
    return {
        "url": reverse("letter-detail", kwargs={"account": request.account.slug, "letter_id": letter.letter_id}),
        "to": letter.to_address,
        "subject": letter.subject,
        "sent_at": letter.written_at,
        "body": letter.body,
        "problem": letter.problem_code,
    }


@needs(Permission.MANAGE_USERS)
def mailbox(request: Request) -> HttpResponse:
    """List the letters, newest first."""
    mails = [_row(request, letter) for letter in list_letters(request.actor)]
    stays = not settings.TANDEM.smtp_url
    return render(request, "mailbox/mail_list.html", {"mails": mails, "stays_here": stays})


@needs(Permission.MANAGE_USERS)
def letter_detail(request: Request, letter_id: UUID) -> HttpResponse:
    """Show one letter."""
    mail = _row(request, get_letter(request.actor, letter_id=letter_id))
    back = reverse("mailbox", kwargs={"account": request.account.slug})
    return render(request, "mailbox/mail.html", {"mail": mail, "back_url": back})
