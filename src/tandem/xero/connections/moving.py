"""A move to another Xero organisation is asked for by one administrator and approved by another (docs/adr/0029-moving.md).

Nothing flows differently, and nothing is asked of Xero, before a consent for the approved organisation has proved itself:
`switching` makes the change then.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from tandem.access.selectors import list_administrators
from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import Fact, record
from tandem.timeline.events import Event
from tandem.xero.connections.consent_outcome import stop
from tandem.xero.connections.incidents import page_address
from tandem.xero.connections.move_rules import (
    NOT_BY,
    TO_CONSENT,
    TO_DECIDE,
    Closed,
    MoveFacts,
    MoveStanding,
    same_name,
    standing,
    why_not_decide,
)
from tandem.xero.models import Connection, MoveRequest

ASKED = "move_asked"
SHORTEST_REASON, LONGEST_REASON, LONGEST_NAME = 5, 200, 200


@dataclass(frozen=True)
class MoveRecord:
    """One request to move, as administrators see it."""

    request_id: UUID
    standing: MoveStanding
    from_name: str
    to_name: str
    is_back: bool
    reason: str
    asked_by_user_id: UUID
    asked_at: datetime
    expires_at: datetime
    decided_by_user_id: UUID | None
    decided_at: datetime | None


@scoped
def ask_to_move(actor: Actor, *, to_name: str, confirmed: str, reason: str, back_to: UUID | None = None) -> MoveRecord:
    """Ask another administrator to approve a move; `back_to` names an archived connection. Raise Invalid.

    `confirmed` is the name of the present organisation, typed by the person who asks.
    """
    actor.require(Permission.MANAGE_INTEGRATION)
    asker = _person(actor)
    connection = _linked(actor)
    target = _target(actor, to_name.strip(), back_to)
    _check(connection, target[0], confirmed=confirmed, reason=reason.strip())
    others = _others(actor)
    if not others:
        raise Invalid(
            Problem("", "Nobody else is an administrator here, and one person alone cannot move. Add one first.")
        )
    _refuse_second(actor)
    move = MoveRequest.objects.create(
        account_id=actor.account_id,
        connection=connection,
        from_name=connection.tenant_name,
        to_name=target[0],
        back_to=target[1],
        reason=reason.strip(),
        asked_by_user_id=asker,
        asked_at=clock.now(),
        expires_at=clock.now() + TO_DECIDE,
    )
    _note(actor, Event.MOVE_ASKED, move)
    open_incident(
        actor,
        incident=_incident(move),
        kind=ASKED,
        facts={"request": str(move.request_id), "until": move.expires_at.date().isoformat()},
        tell=others,
        wording=_wording(actor),
    )
    return _as_record(move)


@scoped
def approve_move(actor: Actor) -> MoveRecord:
    """Approve the move that somebody else asked for: a consent for that organisation may make it, for a day."""
    move = _to_decide(actor)
    now = clock.now()
    move.approved_by_user_id, move.approved_at, move.expires_at = actor.user_id, now, now + TO_CONSENT
    move.save(update_fields=["approved_by_user_id", "approved_at", "expires_at"])
    _note(actor, Event.MOVE_APPROVED, move)
    close_incident(actor, incident=_incident(move))
    return _as_record(move)


@scoped
def refuse_move(actor: Actor) -> MoveRecord:
    """Refuse the move that somebody else asked for."""
    move = _to_decide(actor)
    close(actor, move, Closed.REFUSED)
    _note(actor, Event.MOVE_REFUSED, move)
    return _as_record(move)


@scoped
def withdraw_move(actor: Actor) -> MoveRecord:
    """Take a request back, approved or not; every administrator may, and a command."""
    actor.require(Permission.MANAGE_INTEGRATION)
    move = _open(actor.account_id)
    if move is None:
        raise Invalid(Problem("", "No move is asked for any more. Nothing was changed."))
    close(actor, move, Closed.WITHDRAWN)
    _note(actor, Event.MOVE_WITHDRAWN, move)
    return _as_record(move)


@scoped_part
def find_move(actor: Actor) -> MoveRecord | None:
    """Return the newest request, whatever became of it."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = MoveRequest.objects.filter(account_id=actor.account_id)
    move = rows.order_by(F("closed_at").desc(nulls_first=True), "-asked_at").first()
    return _as_record(move) if move else None


def close_expired(account_id: UUID) -> bool:
    """Close the request whose time is over, with its notice; say whether there was one."""
    actor = Actor.system(account_id, because="moving")
    with scope(account_id):
        move = _rows(account_id).filter(expires_at__lte=clock.now()).first()
        if move is not None:
            close(actor, move, Closed.EXPIRED)
    return move is not None


def close(actor: Actor, move: MoveRequest, because: Closed) -> None:
    """End a request, and the notice about it. Inside the account's scope."""
    move.closed_at, move.closed_because, move.closed_by_user_id = clock.now(), because.value, actor.user_id
    move.save()
    close_incident(actor, incident=_incident(move))


def require_approved(account_id: UUID) -> MoveRequest:
    """Return the request, locked, that may be carried out now; raise Stopped. Inside the account's scope."""
    move = _open(account_id)
    if move is None or _standing(move) is not MoveStanding.APPROVED:
        raise stop("move_not_approved")
    # Somebody whose access ended since is no second person any more.
    actor = Actor.system(account_id, because="moving")
    if move.approved_by_user_id not in {member.user_id for member in list_administrators(actor)}:
        raise stop("move_not_approved")
    return move


def _person(actor: Actor) -> UUID:
    if actor.kind is not ActorKind.USER or actor.user_id is None:
        raise Invalid(Problem("", NOT_BY["program"]))
    return actor.user_id


def _linked(actor: Actor) -> Connection:
    row = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
    if row is None or row.xero_tenant_id is None:
        raise Invalid(Problem("", "This account was never connected to Xero, so there is nothing to move. Connect it."))
    return row


def _target(actor: Actor, to_name: str, back_to: UUID | None) -> tuple[str, Connection | None]:
    """Return the name to move to, and the archived connection where the account was there before."""
    if back_to is None:
        return to_name, None
    rows = Connection.every.filter(account_id=actor.account_id, archived_at__isnull=False)
    archived = rows.filter(connection_id=back_to).first()
    if archived is None:
        raise NotFound("This account was never connected to that organisation.")
    return archived.tenant_name, archived


def _check(connection: Connection, to_name: str, *, confirmed: str, reason: str) -> None:
    problems = []
    if not 0 < len(to_name) <= LONGEST_NAME:
        problems.append(Problem("to_name", "Enter the name of the other organisation as Xero shows it."))
    if not same_name(confirmed, connection.tenant_name):
        problems.append(Problem("confirmed", f"Type the name of the present organisation: {connection.tenant_name}."))
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        problems.append(Problem("reason", f"Give the reason in {SHORTEST_REASON} to {LONGEST_REASON} characters."))
    if problems:
        raise Invalid(*problems)


def _others(actor: Actor) -> list[Recipient]:
    members = [one for one in list_administrators(actor) if one.user_id != actor.user_id]
    return [Recipient(member.user_id, member.email) for member in members]


def _refuse_second(actor: Actor) -> None:
    """Refuse a request while another is open; one whose time is over makes room."""
    move = _open(actor.account_id)
    if move is None:
        return
    if _standing(move) is not MoveStanding.EXPIRED:
        raise Invalid(Problem("", "A move is asked for already. Take that request back first."))
    close(actor, move, Closed.EXPIRED)


def _to_decide(actor: Actor) -> MoveRequest:
    """Return the request that waits, locked; raise Invalid where it is not the actor's to decide."""
    actor.require(Permission.MANAGE_INTEGRATION)
    move = _open(actor.account_id)
    if move is None or _standing(move) is not MoveStanding.WAITING:
        raise Invalid(Problem("", "No move waits for approval any more. Nothing was changed."))
    user_id = actor.user_id if actor.kind is ActorKind.USER else None
    if why := why_not_decide(asked_by=move.asked_by_user_id, user_id=user_id):
        raise Invalid(Problem("", why))
    return move


def _rows(account_id: UUID) -> QuerySet[MoveRequest]:
    return MoveRequest.objects.select_for_update().filter(account_id=account_id, closed_at__isnull=True)


def _open(account_id: UUID) -> MoveRequest | None:
    return _rows(account_id).first()


def _standing(move: MoveRequest) -> MoveStanding:
    return standing(MoveFacts(move.expires_at, move.approved_at, move.closed_because), clock.now())


def _incident(move: MoveRequest) -> str:
    return f"move:{move.request_id}"


def _note(actor: Actor, event: Event, move: MoveRequest, **facts: Fact) -> None:
    record(
        actor,
        event,
        subject_kind="connection",
        subject_id=move.connection_id,
        facts={"request": str(move.request_id), **facts},
    )


def _wording(actor: Actor) -> Wording:
    account = get_account(actor.account_id)
    return Wording(
        subject=f"{account.name}: a move to another Xero organisation waits for a second person",
        body=(
            f"An administrator of {account.name} asks to move the connection to another organisation in Xero. Nothing is "
            "changed unless another administrator approves within three days.\n\n"
            f"What to do: open {page_address(account, 'xero-move')}, see which organisation it is and why, and approve or "
            "refuse.\n"
        ),
    )


def _as_record(move: MoveRequest) -> MoveRecord:
    is_decided = move.approved_at is None and move.closed_because == Closed.REFUSED.value
    return MoveRecord(
        request_id=move.request_id,
        standing=_standing(move),
        from_name=move.from_name,
        to_name=move.to_name,
        is_back=move.back_to_id is not None,
        reason=move.reason,
        asked_by_user_id=move.asked_by_user_id,
        asked_at=move.asked_at,
        expires_at=move.expires_at,
        decided_by_user_id=move.closed_by_user_id if is_decided else move.approved_by_user_id,
        decided_at=move.closed_at if is_decided else move.approved_at,
    )
