"""Drills: rehearse a break and a reconnect on a throw-away link, one step a call."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status

from tandem.api.auth import actor_of
from tandem.xero import facade
from tandem.xero.facade import DrillRecord

router = Router(tags=["drills"])


class DrillIn(Schema):
    """Whether everybody whom a real break would reach gets the letter, marked as a drill."""

    tell_others: bool = False


class StepIn(Schema):
    """`pressed` goes on where the drill waits for somebody to reconnect."""

    pressed: bool = False


class DrillStepOut(Schema):
    """One step that was done: how it ended and how long it took."""

    step: str
    outcome: str
    seconds: float


class DrillOut(Schema):
    """One drill: `standing` is moving, working, your_turn, interrupted or ended; `outcome` is there once it ended."""

    drill_id: UUID
    started_at: datetime
    ended_at: datetime | None
    standing: str
    outcome: str | None
    next_step: str | None
    noticed_after_seconds: float | None
    steps: list[DrillStepOut]

    @classmethod
    def of(cls, drill: DrillRecord) -> "DrillOut":
        """Make it from the drill."""
        return cls(
            drill_id=drill.drill_id,
            started_at=drill.started_at,
            ended_at=drill.ended_at,
            standing=drill.standing.value,
            outcome=drill.outcome.value if drill.outcome else None,
            next_step=drill.next_step.value if drill.next_step else None,
            noticed_after_seconds=drill.noticed_after,
            steps=[
                DrillStepOut(step=one.step.value, outcome=one.outcome.value, seconds=one.seconds) for one in drill.steps
            ],
        )


@router.get("/drills", response=list[DrillOut], summary="The newest drills")
def show_drills(request: HttpRequest, account_id: Path[UUID]) -> list[DrillOut]:  # noqa: ARG001  the key is checked against it
    """Return the newest drills first, with what each step took."""
    return [DrillOut.of(drill) for drill in facade.list_drills(actor_of(request))]


@router.post("/drills", response={201: DrillOut}, summary="Begin a drill")
def begin(request: HttpRequest, account_id: Path[UUID], payload: DrillIn) -> Status[DrillOut]:  # noqa: ARG001
    """Begin a drill; nothing is done before the first step is asked for. One at a time."""
    return Status(201, DrillOut.of(facade.start_drill(actor_of(request), tells_others=payload.tell_others)))


@router.post("/drills/{drill_id}/advance", response=DrillOut, summary="Do the next step")
def advance(request: HttpRequest, account_id: Path[UUID], drill_id: UUID, payload: StepIn) -> DrillOut:  # noqa: ARG001
    """Do the next step and return the drill; where it waits for a press, nothing happens without one."""
    return DrillOut.of(facade.advance_drill(actor_of(request), drill_id=drill_id, pressed=payload.pressed))


@router.post("/drills/{drill_id}/clean-up", response=DrillOut, summary="Clean up after a drill")
def clean_up(request: HttpRequest, account_id: Path[UUID], drill_id: UUID) -> DrillOut:  # noqa: ARG001
    """End a drill that was interrupted, and remove what is left of its link."""
    return DrillOut.of(facade.clean_up_drill(actor_of(request), drill_id=drill_id))
