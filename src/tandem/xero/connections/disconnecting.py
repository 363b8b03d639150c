"""Disconnect on purpose, step by step, with a receipt that says what was proved and what cannot be (design 2, step 6).

The receipt is written before the first call and after every step, so that a crash leaves a true half, which the next
probe or another press carries on. Settings stay; the two automatic ticks are cleared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.crypto import Unreadable, VaultUnavailable
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import durable_scope, scope, scoped_part
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client import identity, transport
from tandem.xero.client.errors import GrantRevoked, NoSuchRecord, XeroError
from tandem.xero.connections import handover, reliance, state
from tandem.xero.connections.due import DueKind, clear_due
from tandem.xero.connections.session import NotConnected, XeroSession, open_candidate_session
from tandem.xero.models import Connection, Grant, Receipt
from tandem.xero.oauth import vault
from tandem.xero.preferences.actions import clear_ticks

WHERE_TO_LOOK = (
    "In Xero, open the nine dots, Manage app connections, Connected apps. If the app is still listed there, disconnect "
    "it there."
)


class Outcome(StrEnum):
    """What came of a step."""

    DONE = "done"
    REFUSED = "refused"
    NOT_TRIED = "not_tried"
    UNPROVED = "unproved"


class StepName(StrEnum):
    """The steps, in order; the middle four are taken for each grant."""

    SNAPSHOT = "snapshot"
    DELETE = "delete"
    READ_BACK = "read_back"
    REVOKE = "revoke"
    PROVE_DEAD = "prove_dead"
    DESTROY = "destroy"


# What a receipt says, by step, outcome and code; a pair without a code of its own says what the outcome says.
SENTENCES: Mapping[tuple[str, str], str] = {
    ("snapshot", "done"): "Settings were kept; automatic import and automatic export were switched off.",
    ("delete", "done"): "Xero was asked to remove the connection, and agreed.",
    ("delete", "gone"): "Xero had no such connection any more.",
    ("delete", "used_elsewhere"): "The connection at Xero was left, because another account works through it.",
    ("delete", "sign_in_dead"): "Xero could not be asked to remove the connection: the sign-in had already ended.",
    ("delete", "refused"): "Xero refused to remove the connection.",
    ("delete", "unproved"): "Xero did not answer when it was asked to remove the connection.",
    ("read_back", "done"): "Xero's list was read back: the organisation is not on it any more.",
    ("read_back", "left_behind"): "Xero's list was read back: the organisation is still on it.",
    (
        "read_back",
        "used_elsewhere",
    ): "Xero's list still names the organisation, because another account works through it.",
    ("read_back", "sign_in_dead"): "Whether Xero still lists the app cannot be proved from here.",
    ("read_back", "refused"): "Xero refused to show its list.",
    ("read_back", "unproved"): "Whether Xero still lists the app could not be read.",
    ("revoke", "done"): "The sign-in was revoked at Xero.",
    (
        "revoke",
        "relied_on",
    ): "The sign-in was not revoked: the same person's consent is used elsewhere in this installation.",
    ("revoke", "sign_in_dead"): "There was no sign-in left to revoke.",
    ("revoke", "refused"): "Xero refused to revoke the sign-in.",
    ("revoke", "unproved"): "Xero did not answer when it was asked to revoke the sign-in.",
    ("prove_dead", "done"): "The sign-in was tried once more, and Xero refused it: it is dead.",
    ("prove_dead", "still_alive"): "Xero still accepted the sign-in after it was revoked. Tandem has forgotten it.",
    ("prove_dead", "relied_on"): "The sign-in was not tried, since it was not revoked. Tandem has forgotten it.",
    ("prove_dead", "sign_in_dead"): "The sign-in had already ended before.",
    ("prove_dead", "unproved"): "Whether the sign-in is dead could not be proved. Tandem has forgotten it.",
    ("destroy", "done"): "The stored tokens were destroyed.",
}
# Longer than any call takes, so that a step in progress is not taken twice.
RESUME_AFTER = timedelta(minutes=2)
#: What comes due no more for a connection that is gone. A run under way comes back once more: its worker may have died.
ENDS = tuple(kind for kind in DueKind if kind is not DueKind.RESUME)
LOOK_AT = frozenset({"left_behind", "sign_in_dead", "refused", "unproved"})


@dataclass(frozen=True)
class ReceiptStep:
    """One step: its outcome, a code where there is more to say, the sentence, and when."""

    step: StepName
    outcome: Outcome
    code: str
    sentence: str
    at: datetime
    holder_name: str


@dataclass(frozen=True)
class ReceiptRecord:
    """What a disconnect did. `where_to_look` is "" unless something could not be proved from here."""

    receipt_id: UUID
    at: datetime
    by_user_id: UUID | None
    organisation_name: str
    steps: tuple[ReceiptStep, ...]
    is_finished: bool
    where_to_look: str


def disconnect(actor: Actor) -> ReceiptRecord:
    """Disconnect the account from Xero and return the receipt; an unfinished disconnect is carried on."""
    actor.require(Permission.MANAGE_INTEGRATION)
    with durable_scope(actor.account_id):
        earlier = _unfinished(actor.account_id)
        is_overtaken = earlier is not None and _in_use(actor.account_id).filter(authorised_at__gt=earlier.at).exists()
    if earlier is not None and is_overtaken:
        _carry_out(actor, earlier)
    with durable_scope(actor.account_id):
        receipt = _unfinished(actor.account_id) or _begin(actor)
    _carry_out(actor, receipt)
    return get_receipt(actor, receipt_id=receipt.receipt_id)


def resume(account_id: UUID) -> None:
    """Carry an unfinished disconnect on, unless somebody may still be at it."""
    with scope(account_id):
        receipt = _unfinished(account_id)
    if receipt is not None and clock.now() - _last_step_at(receipt) >= RESUME_AFTER:
        _carry_out(Actor.system(account_id, because="disconnect"), receipt)


def is_unfinished(account_id: UUID) -> bool:
    """Say whether a disconnect was begun and not finished. Call inside the account's scope."""
    return _unfinished(account_id) is not None


@scoped_part
def get_receipt(actor: Actor, *, receipt_id: UUID | None = None) -> ReceiptRecord:
    """Return one receipt, or the newest; raise NotFound."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = Receipt.objects.filter(account_id=actor.account_id).order_by("-at")
    row = (rows.filter(receipt_id=receipt_id) if receipt_id else rows).first()
    if row is None:
        raise NotFound
    return _as_record(row)


def _last_step_at(receipt: Receipt) -> datetime:
    return max((datetime.fromisoformat(step["at"]) for step in receipt.steps), default=receipt.at)


def _unfinished(account_id: UUID) -> Receipt | None:
    rows = Receipt.objects.select_for_update().filter(account_id=account_id, finished_at__isnull=True)
    return rows.order_by("-at").first()


def _begin(actor: Actor) -> Receipt:
    """Write the intention down: from here on nothing flows, whatever Xero answers."""
    connection = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
    if connection is None or not _in_use(actor.account_id).exists():
        raise NotConnected
    now = clock.now()
    version = clear_ticks(actor)
    connection.disconnected_at = now
    connection.save(update_fields=["disconnected_at"])
    receipt = Receipt.objects.create(
        account_id=actor.account_id,
        connection=connection,
        at=now,
        by_user_id=actor.user_id,
        tenant_name=connection.tenant_name,
        steps=[],
        preferences_version=version,
    )
    _note(receipt, StepName.SNAPSHOT, Outcome.DONE)
    return receipt


def _in_use(account_id: UUID) -> QuerySet[Grant]:
    return Grant.objects.filter(account_id=account_id, role__in=["primary", "standby"]).order_by("role")


def _carry_out(actor: Actor, receipt: Receipt) -> None:
    account_id = actor.account_id
    with scope(account_id):
        # Who reconnected meanwhile is not what this disconnect was about.
        grants = list(_in_use(account_id).filter(authorised_at__lte=receipt.at))
    for grant in grants:
        _take_down(receipt, grant)
        _destroy(actor, receipt, grant)
    with scope(account_id):
        row = Receipt.objects.select_for_update().get(account_id=account_id, receipt_id=receipt.receipt_id)
        if row.finished_at is None:
            row.finished_at = clock.now()
            row.save(update_fields=["finished_at"])
            if not _in_use(account_id).exists():
                clear_due(row.connection_id, *ENDS)
            record(
                actor,
                Event.DISCONNECTED,
                subject_kind="receipt",
                subject_id=row.receipt_id,
                facts={"steps": [f"{step['step']}:{step['code'] or step['outcome']}" for step in row.steps]},
            )
    state.update(account_id)


def _take_down(receipt: Receipt, grant: Grant) -> None:
    """Take the steps that ask Xero, skipping those a crash left behind as taken."""
    account_id = receipt.account_id
    with scope(account_id):
        is_shared = grant.xero_connection_id is not None and reliance.others_rely_on_connection(
            account_id, grant.xero_connection_id
        )
        is_relied_on = reliance.others_rely_on_user(account_id, grant.xero_userid) or reliance.we_rely_on_user(
            account_id, grant.xero_userid, besides=grant.grant_id
        )
    taken = {step["step"] for step in _steps(receipt) if step["grant"] == str(grant.grant_id)}
    session = open_candidate_session(account_id, grant.grant_id)
    if StepName.DELETE not in taken:
        _note(receipt, StepName.DELETE, *_delete(session, grant, is_shared=is_shared), grant=grant)
    if StepName.READ_BACK not in taken:
        _note(receipt, StepName.READ_BACK, *_read_back(session, grant, is_shared=is_shared), grant=grant)
    if StepName.REVOKE not in taken:
        _note(receipt, StepName.REVOKE, *_revoke(grant, is_relied_on=is_relied_on), grant=grant)
    if StepName.PROVE_DEAD not in taken:
        _note(receipt, StepName.PROVE_DEAD, *_prove_dead(receipt, grant), grant=grant)


def _delete(session: XeroSession, grant: Grant, *, is_shared: bool) -> tuple[Outcome, str]:
    if is_shared:
        return Outcome.NOT_TRIED, "used_elsewhere"
    if grant.refresh_token is None or grant.xero_connection_id is None:
        return Outcome.NOT_TRIED, "sign_in_dead"
    try:
        session.delete_connection(grant.xero_connection_id)
    except NoSuchRecord:
        return Outcome.DONE, "gone"
    except GrantRevoked:
        return Outcome.NOT_TRIED, "sign_in_dead"
    except (XeroError, VaultUnavailable, Unreadable) as error:
        return _failed(error)
    return Outcome.DONE, ""


def _read_back(session: XeroSession, grant: Grant, *, is_shared: bool) -> tuple[Outcome, str]:
    with scope(grant.account_id):
        has_token = Grant.objects.filter(grant_id=grant.grant_id, refresh_token__isnull=False).exists()
    if not has_token:
        return Outcome.UNPROVED, "sign_in_dead"
    try:
        listed = any(row.tenant_id == grant.xero_tenant_id for row in session.list_connections())
    except GrantRevoked:
        return Outcome.UNPROVED, "sign_in_dead"
    except (XeroError, VaultUnavailable, Unreadable) as error:
        return Outcome.UNPROVED, _failed(error)[1]
    if not listed:
        return Outcome.DONE, ""
    return (Outcome.NOT_TRIED, "used_elsewhere") if is_shared else (Outcome.REFUSED, "left_behind")


def _failed(error: Exception) -> tuple[Outcome, str]:
    """Return the outcome that an error amounts to: a refusal, or nothing known."""
    was_answered = isinstance(error, XeroError) and error.status is not None and error.status < 500
    return (Outcome.REFUSED, "refused") if was_answered else (Outcome.UNPROVED, "unproved")


def _revoke(grant: Grant, *, is_relied_on: bool) -> tuple[Outcome, str]:
    """End the sign-in at Xero, which would end every link of that person: only where nobody relies on it."""
    if is_relied_on:
        return Outcome.NOT_TRIED, "relied_on"
    token = _refresh_token(grant)
    if not token:
        return Outcome.NOT_TRIED, "sign_in_dead"
    request = identity.revoke(token)
    try:
        answer = transport.send(request, credentials=identity.app_credentials())
        error = transport.judge(request, answer)
    except XeroError as raised:
        error = raised
    return _failed(error) if error is not None else (Outcome.DONE, "")


def _prove_dead(receipt: Receipt, grant: Grant) -> tuple[Outcome, str]:
    """Try the revoked sign-in once more: only `invalid_grant` proves that it is dead."""
    revoked = next(
        step for step in _steps(receipt) if step["step"] == StepName.REVOKE and step["grant"] == str(grant.grant_id)
    )
    if revoked["outcome"] == Outcome.NOT_TRIED:
        return Outcome.NOT_TRIED, str(revoked["code"])
    token = _refresh_token(grant)
    if not token:
        return Outcome.NOT_TRIED, "sign_in_dead"
    request = identity.refresh(token)
    try:
        answer = transport.send(request, credentials=identity.app_credentials())
        error = transport.judge(request, answer)
    except XeroError as raised:
        error = raised
    if isinstance(error, GrantRevoked):
        return Outcome.DONE, ""
    return (Outcome.REFUSED, "still_alive") if error is None else (Outcome.UNPROVED, "unproved")


def _refresh_token(grant: Grant) -> str:
    """Return the refresh token as it is stored now, or "" when there is none that can be opened."""
    with scope(grant.account_id):
        row = Grant.objects.get(account_id=grant.account_id, grant_id=grant.grant_id)
        if row.refresh_token is None:
            return ""
        try:
            return vault.refresh_token_of(row)
        except (VaultUnavailable, Unreadable):
            return ""


def _destroy(actor: Actor, receipt: Receipt, grant: Grant) -> None:
    """Forget the tokens and retire the grant, in the transaction that notes it."""
    with scope(grant.account_id):
        row = Grant.objects.select_for_update(no_key=True).get(account_id=grant.account_id, grant_id=grant.grant_id)
        vault.destroy_tokens(row)
        row.role, row.retired_at = "retired", clock.now()
        row.save()
        handover.close_for_grant(actor, grant.grant_id, because="disconnected")
        _note(receipt, StepName.DESTROY, Outcome.DONE, grant=row)


def _steps(receipt: Receipt) -> list[dict[str, str]]:
    with scope(receipt.account_id):
        steps: list[dict[str, str]] = (
            Receipt.objects.filter(account_id=receipt.account_id, receipt_id=receipt.receipt_id)
            .values_list("steps", flat=True)
            .get()
        )
    return steps


def _note(receipt: Receipt, step: StepName, outcome: Outcome, code: str = "", *, grant: Grant | None = None) -> None:
    """Add a step to the receipt, committed unless a transaction is open; a step that is there stays as it is."""
    with scope(receipt.account_id):
        row = Receipt.objects.select_for_update().get(account_id=receipt.account_id, receipt_id=receipt.receipt_id)
        on = str(grant.grant_id) if grant else ""
        if any((known["step"], known["grant"]) == (step.value, on) for known in row.steps):
            return
        noted = {
            "step": step.value,
            "outcome": outcome.value,
            "code": code,
            "grant": on,
            "at": clock.now().isoformat(),
        }
        row.steps = [*row.steps, noted]
        row.save(update_fields=["steps"])


def _as_record(row: Receipt) -> ReceiptRecord:
    names = {
        str(grant_id): name
        for grant_id, name in Grant.objects.filter(
            account_id=row.account_id, connection_id=row.connection_id
        ).values_list("grant_id", "holder_name")
    }
    steps = tuple(_step(step, names) for step in row.steps)
    needs_look = any(step.code in LOOK_AT and step.step in (StepName.DELETE, StepName.READ_BACK) for step in steps)
    return ReceiptRecord(
        receipt_id=row.receipt_id,
        at=row.at,
        by_user_id=row.by_user_id,
        organisation_name=row.tenant_name,
        steps=steps,
        is_finished=row.finished_at is not None,
        where_to_look=WHERE_TO_LOOK if needs_look else "",
    )


def _step(step: Mapping[str, str], names: Mapping[str, str]) -> ReceiptStep:
    said = step["code"] or step["outcome"]
    return ReceiptStep(
        step=StepName(step["step"]),
        outcome=Outcome(step["outcome"]),
        code=step["code"],
        sentence=SENTENCES[step["step"], said],
        at=datetime.fromisoformat(step["at"]),
        holder_name=names.get(step["grant"], ""),
    )
