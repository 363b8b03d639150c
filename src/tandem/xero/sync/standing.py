"""Decided for everybody: one side is kept wherever a field clashes, until somebody takes the decision back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.timeline.selectors import TimelineEntry, list_entries
from tandem.xero.mapping.fields import SharedField
from tandem.xero.matching.matching import Side
from tandem.xero.models import IN_USE
from tandem.xero.models import Conflict as ConflictRow
from tandem.xero.preferences.actions import get_preferences, set_standing
from tandem.xero.sync.conflicts import write_decision
from tandem.xero.sync.preferences import NEVER_STANDING

JOURNAL_DEPTH = 200


class Why(StrEnum):
    """Why one side is always kept; a code, since the timeline holds no words of people."""

    KEPT_THERE = "kept_there"
    CHECKED_THERE = "checked_there"
    SPELT_DIFFERENTLY = "spelt_differently"
    ANOTHER_REASON = "another_reason"

    @property
    def sentence(self) -> str:
        """Return the reason as people read it."""
        return WHY_SENTENCES[self]


WHY_SENTENCES: Mapping[Why, str] = {
    Why.KEPT_THERE: "This field is looked after on that side",
    Why.CHECKED_THERE: "It is checked with the person on that side",
    Why.SPELT_DIFFERENTLY: "Both sides mean the same and only write it differently",
    Why.ANOTHER_REASON: "Another reason",
}


@dataclass(frozen=True)
class StandingField:
    """A field that may be decided for everybody; `open_conflicts` counts those that nobody has decided yet."""

    field: str
    label: str
    open_conflicts: int
    keep: Side | None


@dataclass(frozen=True)
class StandingDecision:
    """Which side is kept for a field, and since when; who and why come from the timeline, where they are still there."""

    field: str
    label: str
    keep: Side
    why: str
    at: datetime | None
    by_user_id: UUID | None


@scoped_part
def find_standing_field(actor: Actor, field: str) -> StandingField | None:
    """Return a field as the page of the decision shows it; None where it is unknown or decided person by person only."""
    actor.require(Permission.MANAGE_INTEGRATION)
    shared = _known(field)
    if shared is None:
        return None
    keep = get_preferences(actor).preferences.standing.get(shared)
    return StandingField(shared.value, shared.label, _undecided(actor, shared).count(), keep)


@scoped
def decide_always(actor: Actor, field: str, *, keep: Side, why: Why, and_open: int | None = None) -> int:
    """Keep one side wherever a field clashes; return how many open conflicts that decided.

    `and_open` is the number of open conflicts that the person saw and wants decided with it, None to leave them as they
    are; raise Invalid where there are more or fewer by now, or where the field is decided person by person.
    """
    actor.require(Permission.MANAGE_INTEGRATION)
    shared = _known(field)
    if shared is None:
        raise Invalid(Problem("field", "This field is decided person by person, never for everybody at once."))
    rows = [] if and_open is None else list(_undecided(actor, shared).select_for_update(of=("self",)))
    if and_open is not None and len(rows) != and_open:
        message = f"Open conflicts of this field now: {len(rows)}, not {and_open}. Look at them, then decide."
        raise Invalid(Problem("with_open", message))
    set_standing(actor, shared, keep=keep)
    for row in rows:
        write_decision(actor, row, keep=keep)
    facts = {"standing_field": shared.value, "standing_keep": keep.value, "standing_why": why.value}
    record(actor, Event.STANDING_DECIDED, subject_kind="settings", facts={**facts, "standing_open": len(rows)})
    return len(rows)


@scoped
def take_back_always(actor: Actor, field: str) -> None:
    """Ask again where a field clashes; what was written by the decision stays. Raise NotFound when none stands."""
    actor.require(Permission.MANAGE_INTEGRATION)
    shared = _known(field)
    if shared is None or shared not in get_preferences(actor).preferences.standing:
        raise NotFound("This was taken back already. Nothing was changed.")
    set_standing(actor, shared, keep=None)
    record(actor, Event.STANDING_TAKEN_BACK, subject_kind="settings", facts={"standing_field": shared.value})


@scoped_part
def list_standing(actor: Actor) -> list[StandingDecision]:
    """Return what is decided for everybody, by the names of the fields."""
    actor.require(Permission.VIEW_INTEGRATION)
    standing = get_preferences(actor).preferences.standing
    if not standing:
        return []
    entries = list_entries(actor, limit=JOURNAL_DEPTH, events=[Event.STANDING_DECIDED.value])
    journal = {(entry.facts["standing_field"], entry.facts["standing_keep"]): entry for entry in reversed(entries)}
    found = [_decision(shared, side, journal.get((shared.value, side.value))) for shared, side in standing.items()]
    return sorted(found, key=lambda one: one.label)


def _decision(shared: SharedField, keep: Side, entry: TimelineEntry | None) -> StandingDecision:
    if entry is None:
        return StandingDecision(shared.value, shared.label, keep, "", None, None)
    why = Why(entry.facts["standing_why"]).sentence
    return StandingDecision(shared.value, shared.label, keep, why, entry.at, entry.actor_id)


def may_stand(field: str) -> bool:
    """Say whether a field may be decided for everybody."""
    return _known(field) is not None


def _known(field: str) -> SharedField | None:
    if field not in set(SharedField):
        return None
    shared = SharedField(field)
    return None if shared in NEVER_STANDING else shared


def _undecided(actor: Actor, shared: SharedField) -> QuerySet[ConflictRow]:
    return ConflictRow.objects.filter(
        account_id=actor.account_id, field=shared.value, closed_at__isnull=True, decision="", **IN_USE
    )
