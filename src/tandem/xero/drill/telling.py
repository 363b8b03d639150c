"""Whom a break would reach and with which words; written as a drill to whoever asked, to the others only if they said so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.notices.actions import Recipient, Wording, write_letters
from tandem.notices.ladder import foretell_ladder
from tandem.notices.records import NoticeRecord, Pressure
from tandem.notices.rules import Person, Rung, Urgency
from tandem.tenancy.selectors import get_account
from tandem.xero.connections.incidents import BROKEN, voice_of
from tandem.xero.models.drill import Drill

KIND = "drill"
ONLY_A_DRILL = (
    "This is a drill. Nothing is broken, and nothing needs to be done. An administrator rehearsed a break of the "
    "connection on a throw-away link. This is what the letter would have said:"
)


def tell(drill: Drill, *, seen: Mapping[str, Any]) -> Mapping[str, Any]:
    """Word the letter about what was noticed, foretell whom it would reach, and write it to those who were chosen."""
    actor = Actor.system(drill.account_id, because=KIND)
    wording = _wording(drill, seen)
    reached = foretell_ladder(actor, kind=BROKEN)
    to = [_recipient(person) for person, _ in reached if _is_written_to(drill, person)]
    sent = write_letters(actor, to=to, wording=as_drill(wording), kind=KIND)
    now = clock.now()
    return {
        "subject": wording.subject,
        "body": wording.body,
        "reached": [_as_seen(person, at, now) for person, at in reached],
        "sent": sent,
    }


def _wording(drill: Drill, seen: Mapping[str, Any]) -> Wording:
    account = get_account(drill.account_id)
    notice = NoticeRecord(
        notice_id=drill.drill_id,
        incident=f"drill:{drill.drill_id}",
        kind=BROKEN,
        facts={"cause": seen["cause"], "certain": seen["certain"]},
        opened_at=clock.now(),
    )
    return voice_of(account).letter(notice, Urgency.SOON, Rung.ADMINISTRATORS, Pressure())


def as_drill(wording: Wording) -> Wording:
    """Mark a letter as a drill, in its subject and before its text."""
    return Wording(subject=f"Drill: {wording.subject}", body=f"{ONLY_A_DRILL}\n\n{wording.body}")


def _is_written_to(drill: Drill, person: Person) -> bool:
    return drill.tells_others or person.key == str(drill.by_user_id)


def _recipient(person: Person) -> Recipient:
    return Recipient(None if person.rung is Rung.SUPPORT else UUID(person.key), person.address)


def _as_seen(person: Person, at: datetime, now: datetime) -> dict[str, Any]:
    """Keep who it is by id alone; support has none."""
    is_support = person.rung is Rung.SUPPORT
    hours = max(0.0, (at - now).total_seconds() / 3600)
    return {"user_id": None if is_support else person.key, "rung": person.rung.value, "after_hours": round(hours, 1)}
