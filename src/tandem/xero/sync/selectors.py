"""What pages and commands read of runs, conflicts and matches. Query counts do not grow with the rows."""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.xero.sync.pages import ConflictPage, MatchPage, ProposalPage, RunPage, RunSummary, SyncSummary, WaitingChange


def get_run(actor: Actor, run_id: UUID, *, page: int = 1, show: str = "") -> RunPage:
    """Return one run with a page of its lines; `show` narrows to an ItemKind or a StepStatus."""
    raise NotImplementedError


def list_runs(actor: Actor, *, limit: int = 25) -> list[RunSummary]:
    """Return the newest runs first."""
    raise NotImplementedError


def list_conflicts(actor: Actor) -> list[ConflictPage]:
    """Return the open conflicts, decided ones that no run has applied yet included."""
    raise NotImplementedError


def list_proposals(actor: Actor) -> list[ProposalPage]:
    """Return the Xero people a person should look at."""
    raise NotImplementedError


def list_matches(actor: Actor) -> list[MatchPage]:
    """Return the linked people, newest link first."""
    raise NotImplementedError


def list_waiting_changes(actor: Actor) -> list[WaitingChange]:
    """Return what an export would send, from what Tandem knows; asks Xero nothing."""
    raise NotImplementedError


def get_gap_report(actor: Actor) -> RunPage | None:
    """Return the two-way preview that waits since a reconnect, or None when no gap is open."""
    raise NotImplementedError


def sync_summary(actor: Actor) -> SyncSummary:
    """Return the few counts that home and the connection page show."""
    raise NotImplementedError
