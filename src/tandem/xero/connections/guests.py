"""Links with which somebody who has no sign-in here authorises once (docs/adr/0022-a-guests-link.md).

The address names the account and holds a secret of which only the digest is stored, so it is looked up inside the
account's scope. Opening a link uses nothing up, since mail scanners open links too: an authorisation that is in place does.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tandem.access.selectors import names_of
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections.consent_outcome import stop
from tandem.xero.connections.guest_rules import LinkFacts, Standing, standing
from tandem.xero.models import Connection, Grant, GuestLink
from tandem.xero.oauth import flow
from tandem.xero.oauth.flow import ConsentPurpose

PURPOSES = (ConsentPurpose.RECONNECT, ConsentPurpose.STANDBY)
OPEN_AT_ONCE = 10
SHOWN = 10


@dataclass(frozen=True)
class GuestLinkRecord:
    """One link, as administrators see it. `is_at_xero` while a guest is there with it."""

    link_id: UUID
    purpose: ConsentPurpose
    made_for: str
    made_at: datetime
    made_by_user_id: UUID | None
    expires_at: datetime
    standing: Standing
    is_at_xero: bool
    used_at: datetime | None
    holder_name: str


@dataclass(frozen=True)
class NewGuestLink:
    """A link that has just been made. Its secret is known this once."""

    record: GuestLinkRecord
    token: str = field(repr=False)


@dataclass(frozen=True)
class GuestPage:
    """What a guest is shown: who asks, for which organisation, where the link stands. Nothing of HR."""

    account_id: UUID
    account_name: str
    time_zone: str
    asked_by: str
    organisation_name: str
    purpose: ConsentPurpose
    standing: Standing
    expires_at: datetime
    is_own_use: bool
    used_at: datetime | None
    holder_name: str


@scoped
def make_guest_link(actor: Actor, *, purpose: ConsentPurpose, made_for: str) -> NewGuestLink:
    """Make a link to authorise the organisation that the account is linked to; raise Invalid."""
    actor.require(Permission.MANAGE_INTEGRATION)
    connection = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
    if connection is None or connection.xero_tenant_id is None:
        raise Invalid(
            Problem("", "A guest can only authorise an organisation that was connected before. Connect first.")
        )
    _check(actor, purpose, made_for)
    token, now = f"{actor.account_id.hex}.{secrets.token_urlsafe(32)}", clock.now()
    link = GuestLink.objects.create(
        account_id=actor.account_id,
        connection=connection,
        purpose=purpose.value,
        token_digest=flow.digest(token),
        xero_tenant_id=connection.xero_tenant_id,
        made_for=made_for.strip(),
        made_by_user_id=actor.user_id,
        made_at=now,
        expires_at=now + timedelta(hours=settings.TANDEM.handover.guest_link_hours),
    )
    _note(actor, Event.GUEST_LINK_MADE, link)
    return NewGuestLink(_as_record(link), token)


def _check(actor: Actor, purpose: ConsentPurpose, made_for: str) -> None:
    if purpose not in PURPOSES:
        raise Invalid(Problem("purpose", "Choose what the link is for."))
    if not made_for.strip():
        raise Invalid(Problem("made_for", "Say who the link is for. Only administrators see it."))
    if purpose is ConsentPurpose.STANDBY and not _has_primary(actor.account_id):
        raise Invalid(Problem("purpose", "A standby needs a connection to stand by for. Choose to reconnect."))
    still = GuestLink.objects.filter(account_id=actor.account_id, used_at__isnull=True, revoked_at__isnull=True)
    if still.filter(expires_at__gt=clock.now()).count() >= OPEN_AT_ONCE:
        raise Invalid(Problem("", f"{OPEN_AT_ONCE} links are open already. Take one back first."))


def _has_primary(account_id: UUID) -> bool:
    return Grant.objects.filter(account_id=account_id, role="primary").exists()


@scoped_part
def list_guest_links(actor: Actor) -> list[GuestLinkRecord]:
    """Return the newest links, whatever became of them."""
    actor.require(Permission.MANAGE_INTEGRATION)
    rows = GuestLink.objects.select_related("connection", "grant").filter(account_id=actor.account_id)
    return [_as_record(row) for row in rows.order_by("-made_at")[:SHOWN]]


@scoped
def revoke_guest_link(actor: Actor, *, link_id: UUID) -> GuestLinkRecord:
    """Take a link back; a guest who is at Xero with it comes back to a refusal. Raise Invalid where it is over already."""
    actor.require(Permission.MANAGE_INTEGRATION)
    link = _locked(actor.account_id, link_id)
    if link is None:
        raise NotFound
    if link.used_at is not None or link.revoked_at is not None:
        raise Invalid(Problem("", "This link was used or taken back already. Nothing was changed."))
    link.revoked_at, link.revoked_by_user_id = clock.now(), actor.user_id
    link.save(update_fields=["revoked_at", "revoked_by_user_id"])
    _note(actor, Event.GUEST_LINK_REVOKED, link)
    return _as_record(link)


def guest_address(made: NewGuestLink) -> str:
    """Return the full address of a link that has just been made."""
    return settings.TANDEM.base_url.rstrip("/") + reverse("guest-open", args=[made.token])


def find_guest_link(token: str) -> tuple[UUID, UUID] | None:
    """Return the account and the link that an address belongs to."""
    account_id = flow.account_in(token)
    if account_id is None:
        return None
    with scope(account_id):
        rows = GuestLink.objects.filter(account_id=account_id, token_digest=flow.digest(token))
        link_id = rows.values_list("link_id", flat=True).first()
    return (account_id, link_id) if link_id else None


def get_guest_page(account_id: UUID, *, link_id: UUID, browser: str) -> GuestPage | None:
    """Return what the guest in this browser sees of a link; `browser` is the secret of its session."""
    account = get_account(account_id)
    with scope(account_id):
        link = (
            GuestLink.objects.select_related("connection", "grant")
            .filter(account_id=account_id, link_id=link_id)
            .first()
        )
        if link is None:
            return None
        maker = link.made_by_user_id
        names = names_of(Actor.guest(account_id), user_ids=[maker] if maker else [])
    is_own = link.used_at is not None and link.taken_by_digest == flow.digest(browser)
    return GuestPage(
        account_id=account_id,
        account_name=account.name,
        time_zone=account.time_zone,
        asked_by=names.get(maker, "") if maker else "",
        organisation_name=link.connection.tenant_name,
        purpose=ConsentPurpose(link.purpose),
        standing=standing_of(link, browser=browser),
        expires_at=link.expires_at,
        is_own_use=is_own,
        used_at=link.used_at,
        holder_name=link.grant.holder_name if is_own and link.grant else "",
    )


def standing_of(link: GuestLink, *, browser: str = "") -> Standing:
    """Say where a link stands for the browser with this secret."""
    facts = LinkFacts(
        expires_at=link.expires_at,
        used_at=link.used_at,
        revoked_at=link.revoked_at,
        taken_by=link.taken_by_digest,
        taken_until=link.taken_until,
        same_organisation=not _is_elsewhere(link),
    )
    return standing(facts, clock.now(), browser=flow.digest(browser))


def _is_elsewhere(link: GuestLink) -> bool:
    """Say whether the account works with another organisation than the link was made for."""
    return link.connection.archived_at is not None or link.connection.xero_tenant_id != link.xero_tenant_id


def take(account_id: UUID, link_id: UUID, *, browser: str) -> GuestLink:
    """Keep other browsers off while this one is at Xero; raise Invalid where the link is not open for it."""
    link = _locked(account_id, link_id)
    if link is None or standing_of(link, browser=browser) is not Standing.OPEN:
        raise Invalid(Problem("", "This link is not open any more. Nothing was changed."))
    link.taken_by_digest, link.taken_until = flow.digest(browser), clock.now() + flow.LIFETIME
    link.save(update_fields=["taken_by_digest", "taken_until"])
    return link


def let_go(account_id: UUID, link_id: UUID) -> None:
    """Let any browser use the link again, since nothing came of the trip."""
    with scope(account_id):
        GuestLink.objects.filter(account_id=account_id, link_id=link_id, used_at__isnull=True).update(taken_until=None)


def check(account_id: UUID, link_id: UUID) -> GuestLink:
    """Return the link, locked, while an authorisation may still come of it; raise Stopped. Call inside a scope."""
    link = _locked(account_id, link_id)
    if link is None or link.used_at is not None:
        raise stop("link_used")
    if link.revoked_at is not None or _is_elsewhere(link):
        raise stop("link_revoked")
    return link


def use_up(actor: Actor, link_id: UUID, grant: Grant) -> None:
    """Use a link up, in the transaction that puts its authorisation in place; raise Stopped where another was quicker."""
    link = check(actor.account_id, link_id)
    link.used_at, link.taken_until, link.grant = clock.now(), None, grant
    link.save(update_fields=["used_at", "taken_until", "grant"])
    _note(actor, Event.GUEST_LINK_USED, link)


def _locked(account_id: UUID, link_id: UUID) -> GuestLink | None:
    rows = GuestLink.objects.select_for_update(of=("self",)).select_related("connection")
    return rows.filter(account_id=account_id, link_id=link_id).first()


def _note(actor: Actor, event: Event, link: GuestLink) -> None:
    record(actor, event, subject_kind="guest_link", subject_id=link.link_id, facts={"purpose": link.purpose})


def _as_record(link: GuestLink) -> GuestLinkRecord:
    at = standing_of(link)
    return GuestLinkRecord(
        link_id=link.link_id,
        purpose=ConsentPurpose(link.purpose),
        made_for=link.made_for,
        made_at=link.made_at,
        made_by_user_id=link.made_by_user_id,
        expires_at=link.expires_at,
        standing=Standing.OPEN if at is Standing.BUSY else at,
        is_at_xero=at is Standing.BUSY,
        used_at=link.used_at,
        holder_name=link.grant.holder_name if link.grant else "",
    )
