"""Every write of leave: announced with its key and bytes before the call, its outcome after it. Ids and codes alone."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.people.leave_records import LeaveStatus, LeaveTerms
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client.errors import ServerError
from tandem.xero.leave.stored import agreed_as_json, terms_as_json, terms_from_json
from tandem.xero.mapping.leave_moves import Agreed, LeaveVerb
from tandem.xero.models import LeaveEntry, LeaveLink
from tandem.xero.sync.journal import NEVER_LEFT

BODY, SAID = "xero_leavelink.body", "xero_leavelink.said"
INTENDED, UNKNOWN, REFUSED, UNCONFIRMED = "intended", "unknown", "refused", "unconfirmed"
#: States in which a write may have come through.
UNSETTLED = (INTENDED, UNKNOWN, UNCONFIRMED)
EVENTS = {
    "applied": Event.WRITE_APPLIED,
    "adopted": Event.WRITE_APPLIED,
    "rejected": Event.WRITE_REJECTED,
    "unknown": Event.WRITE_UNKNOWN,
}
CODE_LENGTH = 60
#: An announced write that ended in one of these never reached Xero, or Xero answered that it was not done.
NOT_DONE = frozenset({*NEVER_LEFT, ServerError.code})


def key_of(link: LeaveLink) -> str:
    """Return the key of a link's attempt group: the same for a retry, new for every other write."""
    return f"{link.link_id}-{link.attempt_group}"


def announce(link: LeaveLink, *, verb: LeaveVerb, terms: LeaveTerms, body: Mapping[str, object] | None) -> None:
    """Note what goes out and over what, with a key of its own and the bytes sealed. Inside the account's scope."""
    link.verb, link.sent = verb.value, {**terms_as_json(terms), "over": link.theirs}
    link.attempt_group += 1
    link.body = None
    if body is not None:
        link.body = vault.seal(link.account_id, json.dumps(body), column=BODY, row_id=link.link_id)
    announce_again(link)


def announce_again(link: LeaveLink) -> None:
    """Note that what was announced goes out once more, under the same key. Inside the account's scope."""
    link.state, link.intended_at = INTENDED, clock.now()
    link.save()
    _write(link, "intended")


def body_of(link: LeaveLink) -> dict[str, Any]:
    """Return the bytes that were announced, as the object that they say. Inside the account's scope."""
    if link.body is None:
        return {}
    found: dict[str, Any] = json.loads(vault.unseal(link.account_id, link.body, column=BODY, row_id=link.link_id))
    return found


def confirm(link: LeaveLink, *, event: str) -> None:
    """Note that a write came through: what it said is agreed. Inside the account's scope."""
    status = LeaveStatus.REJECTED if link.verb == LeaveVerb.REJECT.value else LeaveStatus.APPROVED
    if link.sent:
        link.agreed = agreed_as_json(Agreed(terms_from_json(link.sent), status))
    link.state, link.body, link.said, link.failures, link.searched_at = "", None, None, 0, None
    link.task, link.asks = "", False
    link.save()
    _write(link, event)


def leave_open(link: LeaveLink, *, state: str, event: str, code: str = "", correlation_id: str = "") -> None:
    """Note an outcome that is none yet, or a refusal. Inside the account's scope."""
    link.state = state
    if state in ("", REFUSED):
        link.body = None
    link.save()
    _write(link, event, code=code, correlation_id=correlation_id)


def said_against(link: LeaveLink, messages: list[str]) -> None:
    """Keep Xero's own words about a refusal, sealed. Inside the account's scope."""
    link.said = vault.seal(link.account_id, json.dumps(messages), column=SAID, row_id=link.link_id)


def words_against(link: LeaveLink) -> list[str]:
    """Return Xero's own words about a refusal. Inside the account's scope."""
    if link.said is None:
        return []
    found: list[str] = json.loads(vault.unseal(link.account_id, link.said, column=SAID, row_id=link.link_id))
    return found


def first_intent_at(link: LeaveLink) -> datetime | None:
    """Return when the write under the present key was first announced. Inside the account's scope."""
    entries = LeaveEntry.objects.filter(
        account_id=link.account_id, link_id=link.link_id, idempotency_key=key_of(link), event="intended"
    )
    return entries.order_by("entry_id").values_list("at", flat=True).first()


def may_have_left(link: LeaveLink) -> bool:
    """Say whether Xero may have got what was announced under the present key; a worker that died counts as one that sent.

    Inside the account's scope.
    """
    entries = LeaveEntry.objects.filter(account_id=link.account_id, link_id=link.link_id, idempotency_key=key_of(link))
    told = list(entries.values_list("event", "code"))
    announced = sum(event == "intended" for event, _ in told)
    return announced > sum(event == "unknown" and code in NOT_DONE for event, code in told)


def _write(link: LeaveLink, event: str, *, code: str = "", correlation_id: str = "") -> None:
    LeaveEntry.objects.create(
        account_id=link.account_id,
        link_id=link.link_id,
        at=clock.now(),
        event=event,
        verb=link.verb,
        idempotency_key=key_of(link),
        request_digest=hashlib.sha256(bytes(link.body)).hexdigest() if link.body else "",
        code=code[:CODE_LENGTH],
        correlation_id=correlation_id[:CODE_LENGTH],
    )
    if event in EVENTS:
        actor = Actor.system(link.account_id, because="leave")
        facts = {"verb": link.verb, "code": code[:CODE_LENGTH]}
        record(actor, EVENTS[event], subject_kind="leave", subject_id=link.request_id, facts=facts)
