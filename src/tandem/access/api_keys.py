"""Keys for programs: made once, shown once, stored as a digest, and good for as long as the account wants them.

A key reads `tandem_<key id>_<secret>`. The secret has 256 bits, so a plain SHA-256 is enough to keep it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tandem.access.models import ApiKey, Membership
from tandem.access.records import ApiKeyRecord
from tandem.access.roles import Role, permissions_of
from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.timeline.actions import record
from tandem.timeline.events import Event

PREFIX = "tandem"
SECRET_BYTES = 32
HINT_LENGTH = 4
LONGEST_NAME = 80


@dataclass(frozen=True, repr=False)
class NewKey:
    """A key that was just made: the only moment at which its text is known."""

    record: ApiKeyRecord
    text: str


@scoped
def make_api_key(actor: Actor, *, name: str, roles: Iterable[Role], expires_at: datetime | None = None) -> NewKey:
    """Make a key that may do what the roles add up to; raise Invalid."""
    actor.require(Permission.MANAGE_USERS)
    wanted = [role.value for role in roles]
    problems = _problems(name, wanted, expires_at)
    if problems:
        raise Invalid(*problems)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = ApiKey.objects.create(
        account_id=actor.account_id,
        name=name.strip(),
        digest=_digest(secret),
        hint=secret[-HINT_LENGTH:],
        roles=wanted,
        made_at=clock.now(),
        made_by_user_id=actor.user_id,
        expires_at=expires_at,
    )
    record(actor, Event.API_KEY_MADE, subject_kind="api_key", subject_id=row.key_id, facts={"roles": wanted})
    return NewKey(_as_record(row), f"{PREFIX}_{row.key_id.hex}_{secret}")


def _problems(name: str, roles: list[str], expires_at: datetime | None) -> list[Problem]:
    found = []
    if not name.strip():
        found.append(Problem("name", "Give the key a name that says which program uses it."))
    if len(name.strip()) > LONGEST_NAME:
        found.append(Problem("name", f"A name can have {LONGEST_NAME} characters at most."))
    if not roles:
        found.append(Problem("roles", "Choose at least one role: it says what the key may do."))
    if expires_at is not None and expires_at <= clock.now():
        found.append(Problem("expires_on", "Choose a day after today, or leave it empty."))
    return found


@scoped
def revoke_api_key(actor: Actor, *, key_id: UUID) -> ApiKeyRecord:
    """End a key at once; ending it twice changes nothing. Raise NotFound."""
    actor.require(Permission.MANAGE_USERS)
    row = ApiKey.objects.select_for_update().filter(account_id=actor.account_id, key_id=key_id).first()
    if row is None:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        record(actor, Event.API_KEY_REVOKED, subject_kind="api_key", subject_id=row.key_id)
    return _as_record(row)


@scoped_part
def list_api_keys(actor: Actor) -> list[ApiKeyRecord]:
    """Return every key of the account, the newest first, ended ones too."""
    actor.require(Permission.MANAGE_USERS)
    return [_as_record(row) for row in ApiKey.objects.filter(account_id=actor.account_id).order_by("-made_at")]


def find_actor_by_api_key(account_id: UUID, *, text: str) -> Actor | None:
    """Return the actor that a key is inside an account, or None when it opens nothing there."""
    prefix, _, rest = text.partition("_")
    key_hex, _, secret = rest.partition("_")
    key_id = _uuid(key_hex)
    if prefix != PREFIX or key_id is None or not secret:
        return None
    with scope(account_id):
        row = ApiKey.objects.filter(account_id=account_id, key_id=key_id).first()
        if row is None or not hmac.compare_digest(row.digest, _digest(secret)):
            return None
        if not _as_record(row).is_live(clock.now()):
            return None
        _note_use(row)
        own_record = _record_of(account_id, row.made_by_user_id)
    return Actor(
        account_id=account_id,
        kind=ActorKind.API,
        permissions=permissions_of(row.roles),
        # A key tells of its maker's own record no more than the maker may know.
        employee_id=own_record,
        key_id=row.key_id,
        label=f"{row.name} (API key)",
    )


def _record_of(account_id: UUID, user_id: UUID | None) -> UUID | None:
    if user_id is None:
        return None
    rows = Membership.objects.filter(account_id=account_id, user_id=user_id)
    return rows.values_list("employee_id", flat=True).first()


def _note_use(row: ApiKey) -> None:
    """Remember the day of the last use; one write a day and key is enough to find the unused."""
    today = clock.now().date()
    if row.last_used_on != today:
        row.last_used_on = today
        row.save(update_fields=["last_used_on"])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _as_record(row: ApiKey) -> ApiKeyRecord:
    return ApiKeyRecord(
        key_id=row.key_id,
        name=row.name,
        hint=row.hint,
        roles=tuple(row.roles),
        made_at=row.made_at,
        made_by_user_id=row.made_by_user_id,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
    )
