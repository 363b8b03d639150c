"""A valid access token for a grant, refreshed once however many processes ask (docs/adr/0015-refresh-under-lock.md).

The row lock is held during the token call, the only network call that runs inside a transaction. What the call brought
is committed before anybody uses it; an answer that was lost leaves the old refresh token in place, which Xero takes
again for half an hour (xero.md 2.3). Only `invalid_grant` ends a grant, and only for the token that the row now holds.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import durable_scope, scope
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client import identity, transport
from tandem.xero.client.errors import AnswerClass, GrantRevoked, NoAnswer, Unreachable, XeroError
from tandem.xero.client.wire import TokenAnswer
from tandem.xero.models import Evidence, Grant
from tandem.xero.oauth import vault
from tandem.xero.oauth.vault import Access

# A token that dies on its way to Xero costs a second call.
LEEWAY = timedelta(seconds=60)


def access_for(account_id: UUID, grant_id: UUID, *, rejected: Access | None = None, purpose: str = "read") -> Access:
    """Return a token that should be accepted; raise GrantRevoked, or NoAnswer and the like when Xero is away.

    `rejected` is the token that Xero has just refused: it is refreshed, unless somebody else did so meanwhile.
    """
    with scope(account_id):
        access = access_at_hand(account_id, grant_id, rejected=rejected)
    return access or refresh(account_id, grant_id, rejected=rejected, purpose=purpose)


def access_at_hand(account_id: UUID, grant_id: UUID, *, rejected: Access | None = None) -> Access | None:
    """Return the token that is stored if it should be accepted. Call inside the account's scope."""
    grant = Grant.objects.get(account_id=account_id, grant_id=grant_id)
    return vault.access_of(grant) if _is_good(grant, rejected) else None


def refresh(
    account_id: UUID, grant_id: UUID, *, rejected: Access | None = None, purpose: str = "read", anyway: bool = False
) -> Access:
    """Refresh a grant unless another process has done it by the time its row is ours; `anyway` asks Xero regardless."""
    started_at = clock.now()
    error: XeroError | None = None
    with durable_scope(account_id):
        grant = Grant.objects.select_for_update(no_key=True).get(account_id=account_id, grant_id=grant_id)
        if not anyway and _is_good(grant, rejected):
            return vault.access_of(grant)
        if grant.refresh_token is None:
            raise GrantRevoked(AnswerClass.INVALID_GRANT)
        if grant.refresh_failed_at is not None and grant.refresh_failed_at > started_at:
            raise Unreachable(AnswerClass.NO_ANSWER)
        try:
            tokens = _ask(grant, purpose=purpose)
        except XeroError as raised:
            error = raised
            _note_failure(grant, raised)
        else:
            vault.keep_tokens(grant, tokens, at=clock.now())
        grant.save()
        access = vault.access_of(grant)
    if error is not None:
        raise error
    return access


def _is_good(grant: Grant, rejected: Access | None) -> bool:
    if grant.access_token is None or grant.access_expires_at is None:
        return False
    if rejected is not None and rejected.version == grant.token_version:
        return False
    return grant.access_expires_at > clock.now() + LEEWAY


def _ask(grant: Grant, *, purpose: str) -> TokenAnswer:
    """Send the grant's refresh token; where Xero knows it no more, the one before it, inside the grace window."""
    try:
        return _persistently(grant, vault.refresh_token_of(grant), purpose=purpose)
    except GrantRevoked:
        previous = vault.previous_refresh_token_of(grant, at=clock.now())
        if not previous:
            raise
    return _persistently(grant, previous, purpose=purpose)


def _persistently(grant: Grant, refresh_token: str, *, purpose: str) -> TokenAnswer:
    """Ask, and once more at once where the line broke: whoever waits for the row should not fail by one lost answer.

    Xero takes the same token again (xero.md 2.3). What took too long is not asked again, since others wait.
    """
    try:
        return _refreshed(grant, refresh_token, purpose=purpose)
    except Unreachable:
        return _refreshed(grant, refresh_token, purpose=purpose)


def _refreshed(grant: Grant, refresh_token: str, *, purpose: str) -> TokenAnswer:
    request, answer = identity.refresh(refresh_token), None
    try:
        answer = transport.send(request, credentials=identity.app_credentials(), holds_lock=True)
        error = transport.judge(request, answer)
        if error is not None:
            raise error
        tokens = transport.read(request, answer)
    except XeroError as error:
        _file(
            grant,
            error.answer,
            purpose=purpose,
            status=error.status,
            correlation_id=error.correlation_id,
            offset=answer.clock_offset if answer else None,
        )
        raise
    _file(
        grant,
        AnswerClass.OK,
        purpose=purpose,
        status=answer.status,
        correlation_id=answer.correlation_id,
        offset=answer.clock_offset,
    )
    return tokens


def _file(
    grant: Grant,
    answer: AnswerClass,
    *,
    purpose: str,
    status: int | None,
    correlation_id: str,
    offset: timedelta | None = None,
) -> None:
    Evidence.objects.create(
        account_id=grant.account_id,
        connection_id=grant.connection_id,
        grant=grant,
        at=clock.now(),
        request_kind="refresh",
        purpose=purpose,
        answer=answer.value,
        status=status,
        correlation_id=correlation_id[:60],
        clock_offset_seconds=round(offset.total_seconds()) if offset is not None else None,
    )


def _note_failure(grant: Grant, error: XeroError) -> None:
    if isinstance(error, NoAnswer):
        grant.refresh_failed_at = clock.now()
    if isinstance(error, GrantRevoked):
        end(grant, of="invalid_grant", at=clock.now())


def end(grant: Grant, *, of: str, at: datetime) -> None:
    """Note that a grant is dead and forget its tokens; the caller saves it."""
    vault.destroy_tokens(grant)
    grant.died_at, grant.died_of = at, of
    actor = Actor.system(grant.account_id, because="refresh")
    record(actor, Event.GRANT_DIED, subject_kind="grant", subject_id=grant.grant_id, facts={"of": of})
