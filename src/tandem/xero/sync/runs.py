"""Begin, approve, cancel and carry on with runs."""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.xero.sync.pages import Reach
from tandem.xero.sync.records import RunKind


def preview_run(actor: Actor, *, kind: RunKind, reach: Reach, employee_id: UUID | None = None) -> UUID:
    """Begin a run that reads both sides and stops with a plan; the worker does the reading. Return its id."""
    raise NotImplementedError


def approve_run(actor: Actor, run_id: UUID) -> None:
    """Let a planned run go ahead; the worker first checks that neither side has moved."""
    raise NotImplementedError


def cancel_run(actor: Actor, run_id: UUID) -> None:
    """Stop a run; what it has already written stays and is listed."""
    raise NotImplementedError


def approve_gap_report(actor: Actor, run_id: UUID) -> None:
    """Let the two-way run of the gap report go ahead, and automatic runs after it."""
    raise NotImplementedError


def decide_unknown(actor: Actor, step_id: UUID, *, send_again: bool) -> None:
    """Say whether a person whose creation Xero never confirmed is to be sent again by the next run."""
    raise NotImplementedError
