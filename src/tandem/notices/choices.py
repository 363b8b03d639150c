"""When each member wants to be told: quiet hours, the hour of the daily letter, an absence, what by mail. Each sets their own."""

from collections.abc import Iterable
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotPermitted, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.notices.digest_rules import RunLetters
from tandem.notices.models import Choices
from tandem.notices.records import ChoicesRecord
from tandem.notices.rules import Quiet, Urgency


@scoped_part
def get_choices(actor: Actor) -> ChoicesRecord:
    """Return the actor's own choices."""
    row = Choices.objects.filter(account_id=actor.account_id, user_id=_own(actor)).first()
    return _as_record(row) if row else ChoicesRecord()


@scoped
def save_choices(actor: Actor, chosen: ChoicesRecord) -> None:
    """Keep the actor's own choices; raise Invalid when quiet hours have no end or no length."""
    user_id = _own(actor)
    if (chosen.quiet_from is None) != (chosen.quiet_until is None):
        field = "quiet_until" if chosen.quiet_until is None else "quiet_from"
        raise Invalid(Problem(field, "Quiet hours need a beginning and an end. Fill in both, or neither."))
    if chosen.quiet_from is not None and chosen.quiet_from == chosen.quiet_until:
        raise Invalid(Problem("quiet_until", "Quiet hours that end when they begin would last all day. Choose an end."))
    Choices.objects.update_or_create(
        account_id=actor.account_id,
        user_id=user_id,
        defaults=vars(chosen) | {"least_urgency": chosen.least_urgency.value, "run_letters": chosen.run_letters.value},
    )


def choices_of(account_id: UUID, user_ids: Iterable[UUID]) -> dict[UUID, ChoicesRecord]:
    """Return the choices of those who made any. Call inside the account's scope."""
    rows = Choices.objects.filter(account_id=account_id, user_id__in=list(user_ids))
    return {row.user_id: _as_record(row) for row in rows}


def quiet_of(chosen: ChoicesRecord) -> Quiet | None:
    """Return somebody's quiet hours, if they keep any."""
    if chosen.quiet_from is None or chosen.quiet_until is None:
        return None
    return Quiet(chosen.quiet_from, chosen.quiet_until)


def _own(actor: Actor) -> UUID:
    actor.require(Permission.VIEW_INTEGRATION)
    if actor.user_id is None:
        raise NotPermitted
    return actor.user_id


def _as_record(row: Choices) -> ChoicesRecord:
    return ChoicesRecord(
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        daily_letter_at=row.daily_letter_at,
        away_until=row.away_until,
        least_urgency=Urgency(row.least_urgency),
        run_letters=RunLetters(row.run_letters),
    )
