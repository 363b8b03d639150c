"""Take down grants that were replaced: delete their connection at Xero where that harms nobody, forget their tokens.

A replaced grant is first marked `retired` with its tokens still there, in the transaction that replaced it; what has to
be asked of Xero comes after, and is done again by the next probe if it did not get an answer.
"""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.crypto import Unreadable, VaultUnavailable
from tandem.kernel.scoping import scope
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client import identity, transport
from tandem.xero.client.errors import GrantRevoked, NoAnswer, NoSuchRecord, ServerError, XeroError
from tandem.xero.connections import reliance
from tandem.xero.connections.session import open_candidate_session
from tandem.xero.models import Grant
from tandem.xero.oauth import vault

GIVE_UP_AFTER = timedelta(days=1)
ABANDONED_AFTER = timedelta(hours=1)
DEAD = "sign_in_dead"
LEFT_BEHIND = "left_behind"
REFUSED = "refused"
PENDING = "pending"


def retire_replaced(account_id: UUID) -> None:
    """Finish the retirement of every replaced grant, and forget consents that nobody finished."""
    now = clock.now()
    with scope(account_id):
        found = _left_over(account_id).select_for_update(no_key=True)
        replaced = [grant for grant in found if grant.role == "retired"]
        for grant in found:
            if grant.role == "quarantined":
                vault.destroy_tokens(grant)
                grant.save()
    for grant in replaced:
        leftover = _take_down(grant)
        is_late = now - grant.authorised_at > GIVE_UP_AFTER and now - (grant.refreshed_at or now) > GIVE_UP_AFTER
        if leftover != PENDING or is_late:
            _retire(grant, leftover=leftover, was_revoked=_revoke_if_unneeded(grant))


def has_work(account_id: UUID) -> bool:
    """Say whether `retire_replaced` has anything to do. Call inside the account's scope."""
    return _left_over(account_id).exists()


def _left_over(account_id: UUID) -> QuerySet[Grant]:
    """Return replaced grants that are not retired yet, and consents that nobody finished."""
    is_abandoned = Q(role="quarantined", refresh_token__isnull=False, authorised_at__lt=clock.now() - ABANDONED_AFTER)
    return Grant.objects.filter(is_abandoned | Q(role="retired", retired_at__isnull=True), account_id=account_id)


def drop_candidate(account_id: UUID, grant_id: UUID) -> None:
    """Forget the tokens of a consent that came to nothing. Nothing is revoked, since that would end other links too."""
    with scope(account_id):
        grant = Grant.objects.select_for_update(no_key=True).get(account_id=account_id, grant_id=grant_id)
        vault.destroy_tokens(grant)
        grant.retired_at = clock.now()
        grant.save()


def _take_down(grant: Grant) -> str:
    """Delete the grant's connection at Xero if that harms nobody; return why it may still be listed, or ""."""
    if grant.xero_connection_id is None:
        return ""
    with scope(grant.account_id):
        is_needed = reliance.others_rely_on_connection(
            grant.account_id, grant.xero_connection_id
        ) or reliance.we_rely_on_connection(grant.account_id, grant.xero_connection_id, besides=grant.grant_id)
    if is_needed:
        return ""
    if grant.refresh_token is None:
        return DEAD
    session = open_candidate_session(grant.account_id, grant.grant_id)
    try:
        session.delete_connection(grant.xero_connection_id)
        listed = any(row.id == grant.xero_connection_id for row in session.list_connections())
    except NoSuchRecord:
        return ""
    except GrantRevoked:
        return DEAD
    except (NoAnswer, ServerError, VaultUnavailable, Unreadable):
        return PENDING
    except XeroError:
        return REFUSED
    return LEFT_BEHIND if listed else ""


def _revoke_if_unneeded(grant: Grant) -> bool:
    """End the sign-in at Xero where no account relies on that person any more: it would end every link of theirs."""
    with scope(grant.account_id):
        row = Grant.objects.get(account_id=grant.account_id, grant_id=grant.grant_id)
        if row.refresh_token is None or _is_relied_on(row):
            return False
        try:
            request = identity.revoke(vault.refresh_token_of(row))
        except (VaultUnavailable, Unreadable):
            return False
    try:
        answer = transport.send(request, credentials=identity.app_credentials())
    except XeroError:
        return False
    return transport.judge(request, answer) is None


def _is_relied_on(grant: Grant) -> bool:
    return reliance.others_rely_on_user(grant.account_id, grant.xero_userid) or reliance.we_rely_on_user(
        grant.account_id, grant.xero_userid, besides=grant.grant_id
    )


def _retire(grant: Grant, *, leftover: str, was_revoked: bool) -> None:
    actor = Actor.system(grant.account_id, because="retirement")
    with scope(grant.account_id):
        row = Grant.objects.select_for_update(no_key=True).get(account_id=grant.account_id, grant_id=grant.grant_id)
        if row.retired_at is not None:
            return
        vault.destroy_tokens(row)
        row.retired_at, row.leftover = clock.now(), leftover
        row.save()
        record(
            actor,
            Event.GRANT_RETIRED,
            subject_kind="grant",
            subject_id=row.grant_id,
            facts={"leftover": leftover or None, "revoked": was_revoked},
        )
