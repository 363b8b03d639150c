"""Fields that both sides changed: decide one, or a field for everybody. Which values they are is read on the page."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema

from tandem.api.auth import actor_of
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.xero import facade
from tandem.xero.facade import ConflictPage, Side, Why

router = Router(tags=["conflicts"])
APPLIED = "The decision was kept, and a run has carried it out already: this conflict is not open any more."


class ConflictOut(Schema):
    """One field that waits: `decision` is the side that somebody said to keep, which the next run applies."""

    conflict_id: UUID
    employee_id: UUID
    field: str
    label: str
    reason: str
    opened_at: datetime
    decision: str
    decided_at: datetime | None
    run_id: UUID | None

    @classmethod
    def of(cls, one: ConflictPage) -> "ConflictOut":
        """Make it from the page's value, without the values."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class DecisionIn(Schema):
    """The side whose value is right."""

    keep: Side


class StandingOut(Schema):
    """A field that is decided for everybody, and how many of its conflicts are open all the same."""

    field: str
    label: str
    keep: Side
    why: str
    at: datetime | None
    by_user_id: UUID | None


class StandingIn(Schema):
    """Which side is always kept, and why; `open_conflicts` decides those too, if there are exactly so many."""

    keep: Side
    why: Why
    open_conflicts: int | None = None


@router.get("/conflicts", response=list[ConflictOut], summary="Fields that both sides changed")
def show_conflicts(request: HttpRequest, account_id: Path[UUID]) -> list[ConflictOut]:  # noqa: ARG001  the key is checked against it
    """Return the open conflicts, the undecided ones last."""
    return [ConflictOut.of(one) for one in facade.list_conflicts(actor_of(request))]


@router.post("/conflicts/{conflict_id}/decide", response=ConflictOut, summary="Decide one conflict")
def decide(request: HttpRequest, account_id: Path[UUID], conflict_id: UUID, payload: DecisionIn) -> ConflictOut:  # noqa: ARG001
    """Say which side's value is right; the next run writes it to the other, if both are still what they were."""
    actor = actor_of(request)
    facade.decide_conflict(actor, conflict_id, keep=payload.keep)
    for one in facade.list_conflicts(actor):
        if one.conflict_id == conflict_id:
            return ConflictOut.of(one)
    raise NotFound(APPLIED)


@router.get("/conflicts/standing", response=list[StandingOut], summary="Fields decided for everybody")
def show_standing(request: HttpRequest, account_id: Path[UUID]) -> list[StandingOut]:  # noqa: ARG001
    """Return what is decided for everybody, by the names of the fields."""
    return [StandingOut(**vars(one)) for one in facade.list_standing(actor_of(request))]


@router.post("/conflicts/standing/{field}", response=StandingOut, summary="Decide a field for everybody")
def decide_always(request: HttpRequest, account_id: Path[UUID], field: str, payload: StandingIn) -> StandingOut:  # noqa: ARG001
    """Keep one side wherever this field clashes, until it is taken back; refused for fields decided person by person."""
    actor = actor_of(request)
    facade.decide_always(actor, field, keep=payload.keep, why=payload.why, and_open=payload.open_conflicts)
    return _standing(actor, field)


@router.delete("/conflicts/standing/{field}", response=list[StandingOut], summary="Ask again")
def take_back(request: HttpRequest, account_id: Path[UUID], field: str) -> list[StandingOut]:  # noqa: ARG001
    """Ask again where this field clashes; what was written by the decision stays. The answer is what still stands."""
    actor = actor_of(request)
    facade.take_back_always(actor, field)
    return [StandingOut(**vars(one)) for one in facade.list_standing(actor)]


def _standing(actor: Actor, field: str) -> StandingOut:
    for one in facade.list_standing(actor):
        if one.field == field:
            return StandingOut(**vars(one))
    raise NotFound
