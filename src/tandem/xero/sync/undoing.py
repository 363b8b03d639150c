"""Ask for the undo of a run: a run of its own, which reads, shows what it would put back, and waits for an approval."""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.xero.models import Run
from tandem.xero.sync import past_runs, runs
from tandem.xero.sync.pages import Reach, Trigger
from tandem.xero.sync.records import RunKind


@scoped
def preview_undo(actor: Actor, run_id: UUID) -> UUID:
    """Begin the undo of a run, which stops with a plan; raise NotReady with the reason where there is none. Return its id."""
    actor.require(Permission.MANAGE_INTEGRATION)
    run = Run.objects.select_related("connection").filter(account_id=actor.account_id, run_id=run_id).first()
    if run is None:
        raise NotFound("There is no such run in this account.")
    if reason := past_runs.standing_of(run, has_written=past_runs.may_have_written(run)).why_not:
        raise runs.NotReady(Problem("", reason))
    runs.refuse_unready(actor.account_id)
    return runs.begin(actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY, trigger=Trigger.PERSON, undoes=run_id)
