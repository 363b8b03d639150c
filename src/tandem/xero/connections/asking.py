"""What the next consent of an account asks for, by what is switched on; and doing without what was refused."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.conf import settings

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.xero.connections import scopes, state
from tandem.xero.models import Grant
from tandem.xero.preferences.actions import get_preferences, save_preferences


def scopes_to_ask(account_id: UUID) -> tuple[str, ...]:
    """Return the scopes that what is switched on needs. Inside the account's scope."""
    chosen = get_preferences(Actor.system(account_id, because="consent")).preferences
    return scopes.asked(settings.TANDEM.xero.scopes, read_only=chosen.read_only)


def missing_of(account_id: UUID, granted: Iterable[str]) -> tuple[str, ...]:
    """Return which of them a consent does not cover. Inside the account's scope."""
    return tuple(sorted(set(scopes_to_ask(account_id)) - scopes.covered(granted)))


@scoped_part
def pending_words(actor: Actor) -> list[str]:
    """Return, in words, what a chosen option needs and Xero was not asked for yet; nothing while there is no consent."""
    actor.require(Permission.VIEW_INTEGRATION)
    grant = Grant.objects.filter(account_id=actor.account_id, role="primary").first()
    return scopes.in_words(missing_of(actor.account_id, grant.scopes)) if grant and grant.scopes else []


@scoped_part
def asked_words(actor: Actor) -> list[str]:
    """Return, in words, everything that the next consent asks for."""
    return scopes.in_words(scopes_to_ask(actor.account_id))


@scoped
def only_read(actor: Actor) -> None:
    """Change nobody in Xero from now on, because a person chose so or did not allow more. The rest goes on."""
    actor.require(Permission.MANAGE_INTEGRATION)
    chosen = get_preferences(actor).preferences
    save_preferences(actor, replace(chosen, read_only=True, auto_export=False))
    state.update(actor.account_id)
