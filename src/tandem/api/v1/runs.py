"""Runs: preview, approve, cancel, look. Nothing is written to either side before an approval."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Path, Router, Status

from tandem.api.auth import actor_of
from tandem.api.v1.schemas import ChoiceIn, RunDetailOut, RunIn, RunOut
from tandem.xero import facade

router = Router(tags=["runs"])
LONGEST_LIST = 100


@router.get("/runs", response=list[RunOut], summary="The newest runs")
def show_runs(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001  the key is checked against it
    limit: Annotated[int, Field(ge=1, le=LONGEST_LIST)] = 25,
) -> list[RunOut]:
    """Return the run history, the newest first."""
    return [RunOut.of(run) for run in facade.list_runs(actor_of(request), limit=limit)]


@router.post("/runs", response={202: RunDetailOut}, summary="Preview a run")
def preview(request: HttpRequest, account_id: Path[UUID], payload: RunIn) -> Status[RunDetailOut]:  # noqa: ARG001
    """Begin to read both sides; ask for the run until its status is `planned`, then approve or cancel it."""
    actor = actor_of(request)
    run_id = facade.preview_run(actor, kind=payload.kind, reach=payload.reach, employee_id=payload.employee_id)
    return Status(202, RunDetailOut.of_page(facade.get_run(actor, run_id)))


@router.get("/runs/{run_id}", response=RunDetailOut, summary="One run and its lines")
def show_run(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001
    run_id: UUID,
    page: Annotated[int, Field(ge=1)] = 1,
) -> RunDetailOut:
    """Return a run with one page of its lines: which record, which fields, how it went; values stay on the page."""
    return RunDetailOut.of_page(facade.get_run(actor_of(request), run_id, page=page))


@router.post("/runs/{run_id}/approve", response=RunDetailOut, summary="Let a previewed run write")
def approve(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001
    run_id: UUID,
    payload: ChoiceIn | None = None,
) -> RunDetailOut:
    """Approve exactly the plan that was previewed, or the part that is named; refused when either side moved since."""
    actor = actor_of(request)
    if payload is None:
        facade.approve_run(actor, run_id)
    else:
        facade.approve_part(actor, run_id, payload.choice)
    return RunDetailOut.of_page(facade.get_run(actor, run_id))


@router.post("/runs/{run_id}/cancel", response=RunDetailOut, summary="Stop a run")
def cancel(request: HttpRequest, account_id: Path[UUID], run_id: UUID) -> RunDetailOut:  # noqa: ARG001
    """Stop a run; what was written stays, what was not yet begun is left."""
    actor = actor_of(request)
    facade.cancel_run(actor, run_id)
    return RunDetailOut.of_page(facade.get_run(actor, run_id))


@router.post("/runs/{run_id}/undo", response={202: RunDetailOut}, summary="Preview the undo of a run")
def undo(request: HttpRequest, account_id: Path[UUID], run_id: UUID) -> Status[RunDetailOut]:  # noqa: ARG001
    """Begin the run that takes this one back; look at its lines when it is `planned`, then approve or cancel it."""
    actor = actor_of(request)
    return Status(202, RunDetailOut.of_page(facade.get_run(actor, facade.preview_undo(actor, run_id))))
