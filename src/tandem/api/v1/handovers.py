"""Hand-overs: by when a second authoriser is needed, who takes it in hand, putting it off. Never why."""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema

from tandem.api.auth import actor_of
from tandem.xero import facade
from tandem.xero.facade import HandoverPage, HandoverRecord

router = Router(tags=["hand-overs"])


class HandoverOut(Schema):
    """A second authoriser is needed by a day; whose grant it is, only for those who may see why."""

    task_id: UUID
    grant_id: UUID | None
    last_safe_on: date
    opened_at: datetime
    owner_user_id: UUID | None
    put_off_until: date | None
    closed_at: datetime | None
    closed_because: str

    @classmethod
    def of(cls, task: HandoverRecord) -> "HandoverOut":
        """Make it from the task."""
        return cls(
            task_id=task.task_id,
            grant_id=task.grant_id,
            last_safe_on=task.last_safe_on,
            opened_at=task.opened_at,
            owner_user_id=task.owner_user_id,
            put_off_until=task.put_off_until,
            closed_at=task.closed_at,
            closed_because=task.closed_because,
        )


class HandoverDetailOut(HandoverOut):
    """One task, and who could take it in hand: empty for those who may not know why."""

    candidate_user_ids: list[UUID]
    second_proved_at: datetime | None

    @classmethod
    def of_page(cls, page: HandoverPage) -> "HandoverDetailOut":
        """Make it from the page."""
        return cls(
            **HandoverOut.of(page.task).dict(),
            candidate_user_ids=[one.user_id for one in page.candidates],
            second_proved_at=page.second_proved_at,
        )


class AppointIn(Schema):
    """The administrator who takes a hand-over in hand."""

    user_id: UUID


class PutOffIn(Schema):
    """The day on which people are reminded again: after today, and not beyond the last safe day."""

    until: date


@router.get("/handovers", response=list[HandoverOut], summary="Second authorisers that are needed")
def show_handovers(request: HttpRequest, account_id: Path[UUID], closed: bool = False) -> list[HandoverOut]:  # noqa: ARG001, FBT001, FBT002  the key is checked against the account; a query has no other form
    """Return the open tasks, the most pressing first, or with `closed` those closed last; never why."""
    actor = actor_of(request)
    tasks = facade.list_closed_handovers(actor) if closed else facade.list_handovers(actor)
    return [HandoverOut.of(task) for task in tasks]


@router.get("/handovers/{task_id}", response=HandoverDetailOut, summary="One hand-over")
def show_handover(request: HttpRequest, account_id: Path[UUID], task_id: UUID) -> HandoverDetailOut:  # noqa: ARG001
    """Return one task, open or closed, and when another person's authorisation was proved last."""
    return HandoverDetailOut.of_page(facade.get_handover(actor_of(request), task_id=task_id))


@router.post("/handovers/{task_id}/appoint", response=HandoverDetailOut, summary="Say who takes it in hand")
def appoint(request: HttpRequest, account_id: Path[UUID], task_id: UUID, payload: AppointIn) -> HandoverDetailOut:  # noqa: ARG001
    """Name the administrator who takes a hand-over in hand; they are written to. Never somebody who leaves."""
    actor = actor_of(request)
    facade.appoint(actor, task_id=task_id, user_id=payload.user_id)
    return HandoverDetailOut.of_page(facade.get_handover(actor, task_id=task_id))


@router.post("/handovers/{task_id}/put-off", response=HandoverDetailOut, summary="Put it off")
def put_off(request: HttpRequest, account_id: Path[UUID], task_id: UUID, payload: PutOffIn) -> HandoverDetailOut:  # noqa: ARG001
    """Let a hand-over rest until a day; nobody is reminded before."""
    actor = actor_of(request)
    facade.put_off(actor, task_id=task_id, until=payload.until)
    return HandoverDetailOut.of_page(facade.get_handover(actor, task_id=task_id))
