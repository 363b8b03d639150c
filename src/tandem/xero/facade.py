"""The one door to the Xero room: what web, flows and the commands may call."""

from tandem.xero.matching.matching import Side
from tandem.xero.sync.conflicts import decide_conflict
from tandem.xero.sync.pages import (
    ChangeLine,
    ConflictPage,
    ItemKind,
    Likeness,
    MatchPage,
    Progress,
    ProposalPage,
    Reach,
    RunItem,
    RunPage,
    RunStatus,
    RunSummary,
    StepStatus,
    SyncSummary,
    Trigger,
    WaitingChange,
)
from tandem.xero.sync.proposals import ProposalDecision, decide_proposal, undo_match
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.runs import approve_gap_report, approve_run, cancel_run, decide_unknown, preview_run
from tandem.xero.sync.selectors import (
    get_gap_report,
    get_run,
    list_conflicts,
    list_matches,
    list_proposals,
    list_runs,
    list_waiting_changes,
    sync_summary,
)

__all__ = [
    "ChangeLine",
    "ConflictPage",
    "ItemKind",
    "Likeness",
    "MatchPage",
    "Progress",
    "ProposalDecision",
    "ProposalPage",
    "Reach",
    "RunItem",
    "RunKind",
    "RunPage",
    "RunStatus",
    "RunSummary",
    "Side",
    "StepStatus",
    "SyncSummary",
    "Trigger",
    "WaitingChange",
    "approve_gap_report",
    "approve_run",
    "cancel_run",
    "decide_conflict",
    "decide_proposal",
    "decide_unknown",
    "get_gap_report",
    "get_run",
    "list_conflicts",
    "list_matches",
    "list_proposals",
    "list_runs",
    "list_waiting_changes",
    "preview_run",
    "sync_summary",
    "undo_match",
]
