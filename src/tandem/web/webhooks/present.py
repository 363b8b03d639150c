"""What endpoints and messages look like on a page."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from tandem.webhooks.records import DeliveryRecord, EndpointRecord

PROBLEMS: Mapping[str, str] = {
    "address_not_allowed": "The address leads inside a network, so it was not called",
    "name_unknown": "The name of the server is not known",
    "no_answer": "The server does not answer",
    "too_slow": "The server took longer than ten seconds",
    "tls_failed": "The certificate of the server is not trusted, or it speaks no TLS",
    "endpoint_off": "The webhook was switched off",
}
OFF: Mapping[str, str] = {
    "by_hand": "Switched off",
    "failing": "Switched off: it took nothing for three days",
    "gone": "Switched off: the server said that it is gone",
}
FATES: Mapping[str, tuple[str, str]] = {
    "sent": ("good", "Taken"),
    "waiting": ("idle", "Waiting"),
    "failed": ("bad", "Given up"),
}


def endpoint(found: EndpointRecord, names: Mapping[UUID, str]) -> dict[str, object]:
    """Return an endpoint as the list and its own page show it."""
    tone, text = ("idle", OFF.get(found.off_because, "Switched off"))
    if found.is_on:
        tone, text = ("bad", "Failing") if found.failing_since else ("good", "On")
    return {
        "endpoint_id": found.endpoint_id,
        "url": found.url,
        "events_text": ", ".join(found.events),
        "hint": f"whsec_… {found.hint}",
        "made_at": found.made_at,
        "maker": names.get(found.made_by_user_id, "") if found.made_by_user_id else "",
        "last_ok_at": found.last_ok_at,
        "failing_since": found.failing_since,
        "is_on": found.is_on,
        "tone": tone,
        "state_text": text,
    }


def delivery(found: DeliveryRecord) -> dict[str, object]:
    """Return one message as the log shows it."""
    tone, text = FATES[found.fate]
    return {
        "delivery_id": found.delivery_id,
        "event": found.event,
        "message": f"msg_{found.message_id.hex}",
        "body": found.body,
        "created_at": found.created_at,
        "tries": found.tries,
        "next_try_at": found.next_try_at,
        "tone": tone,
        "fate": text,
        "problem": problem(found.status, found.problem_code) if found.fate != "sent" and found.tries else "",
    }


def problem(status: int | None, code: str) -> str:
    """Say why a message was not taken."""
    if status is None:
        return PROBLEMS.get(code, "The server could not be called")
    known = {one.value: one.phrase for one in HTTPStatus}
    return f"The server answered {status} {known.get(status, '')}".strip()
