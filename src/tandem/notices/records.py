"""Notices, letters and who is told, as values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from tandem.notices.digest_rules import RunLetters
from tandem.notices.rules import DAILY_LETTER_AT, Rung, Urgency


@dataclass(frozen=True)
class Recipient:
    """Somebody to write to, and where mail reaches them. Without a sign-in: the brand's support."""

    user_id: UUID | None
    address: str


@dataclass(frozen=True)
class Wording:
    """A letter's text. Blank lines part paragraphs; lines that begin with `- ` or `1. ` become lists in the HTML part.

    `why` says why somebody gets it, "" for those who look after the account.
    """

    subject: str
    body: str
    why: str = ""


@dataclass(frozen=True)
class Pressure:
    """Why an incident presses: people whose changes are not in Xero, and the next pay day, where it is known."""

    people_waiting: int = 0
    pay_on: date | None = None


@dataclass(frozen=True)
class NoticeRecord:
    """One incident; the page makes the sentence. `closed_at` is when it was over."""

    notice_id: UUID
    incident: str
    kind: str
    facts: dict[str, Any]
    opened_at: datetime
    urgency: Urgency = Urgency.SOON
    closed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by_user_id: UUID | None = None
    people_told: int = 0


#: Makes a letter about a notice, for one rung, as pressing as it is now.
Words = Callable[[NoticeRecord, Urgency, Rung, Pressure], Wording]


@dataclass(frozen=True)
class TellingRecord:
    """Who was told, on which rung, and what became of the letter: "sent", "waiting", "kept" or "failed"."""

    user_id: UUID | None
    address: str
    rung: str
    urgency: Urgency
    told_at: datetime
    letter_id: UUID | None
    fate: str
    problem_code: str


@dataclass(frozen=True)
class LetterRecord:
    """One letter as it was written, and how far it came."""

    letter_id: UUID
    kind: str
    to_address: str
    subject: str
    body: str
    html: str
    written_at: datetime
    tries: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    problem_code: str
    fate: str


@dataclass(frozen=True)
class ChoicesRecord:
    """When one member wants to be told, on the clock of the account, and from which urgency on by mail."""

    quiet_from: time | None = None
    quiet_until: time | None = None
    daily_letter_at: time = DAILY_LETTER_AT
    away_until: date | None = None
    least_urgency: Urgency = Urgency.DIGEST
    run_letters: RunLetters = RunLetters.DAILY
