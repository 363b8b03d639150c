"""The mail that Tandem wrote for this account; where no mail server is set, this is where it can be read."""

import base64
import hashlib
from uuid import UUID

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.notices.letters import STYLE
from tandem.notices.records import LetterRecord
from tandem.notices.selectors import get_letter, list_letters
from tandem.web.notices.present import fate
from tandem.web.requests import Request, needs

STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# A letter needs its one style sheet and nothing else: no script, no form, no picture, no frame around it.
LETTER_POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'none'"],
    "form-action": ["'none'"],
    "style-src": [f"'sha256-{STYLE_DIGEST}'"],
    "sandbox": True,
}


def _row(request: Request, letter: LetterRecord) -> dict[str, object]:
    where = {"account": request.account.slug, "letter_id": letter.letter_id}
    return {
        "url": reverse("letter-detail", kwargs=where),
        "html_url": reverse("letter-html", kwargs=where) if letter.html else "",
        "to": letter.to_address,
        "subject": letter.subject,
        "sent_at": letter.written_at,
        "body": letter.body,
        "delivered_at": letter.delivered_at,
        "next_try_at": letter.next_try_at if letter.fate == "waiting" else None,
        **fate(letter.fate, letter.problem_code),
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


@csp_replace(LETTER_POLICY)  # type: ignore[arg-type]  # it names no further arguments of a view
@needs(Permission.MANAGE_USERS)
def letter_html(request: Request, letter_id: UUID) -> HttpResponse:
    """Show the HTML part as a mail program would, shut in by a policy of its own; raise NotFound where there is none."""
    letter = get_letter(request.actor, letter_id=letter_id)
    if not letter.html:
        raise NotFound
    return HttpResponse(letter.html)
