"""The one door to the Xero room: what web, flows and the commands may call."""

from tandem.xero.catalog.reading import read_lists_now
from tandem.xero.catalog.selectors import CatalogPage, list_catalog, list_leave_types, list_super_funds
from tandem.xero.client.simulator import NoSimulator
from tandem.xero.client.simulator import is_named as has_simulator
from tandem.xero.connections.asking import asked_words, only_read, pending_words
from tandem.xero.connections.bundle import BundleRefused, make_bundle
from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import CauseEntry, StepCode
from tandem.xero.connections.consent import (
    OrganisationChoice,
    choose_organisation,
    finish_consent,
    finish_guest_consent,
    get_choice,
    start_consent,
    start_guest_consent,
)
from tandem.xero.connections.consent_outcome import ConsentOutcome, ConsentResult
from tandem.xero.connections.disconnecting import (
    WHERE_TO_LOOK,
    ReceiptRecord,
    ReceiptStep,
    StepName,
    disconnect,
    get_receipt,
)
from tandem.xero.connections.disconnecting import Outcome as ReceiptOutcome
from tandem.xero.connections.earlier import EarlierOrganisation, list_earlier
from tandem.xero.connections.fleet import FleetPage, FleetRow, get_fleet, list_fleet_ids
from tandem.xero.connections.fleet_account import FleetAccount, get_fleet_account
from tandem.xero.connections.fleet_tally import NEEDS_SOMEBODY, ORDER, SILENT, Age, CauseLine, Question, Tally
from tandem.xero.connections.foresight import foresee
from tandem.xero.connections.guest_rules import IS_MEMBER as GUEST_IS_MEMBER
from tandem.xero.connections.guest_rules import SENTENCES as GUEST_SENTENCES
from tandem.xero.connections.guest_rules import TOO_MANY as GUEST_TOO_MANY
from tandem.xero.connections.guest_rules import UNKNOWN as GUEST_UNKNOWN
from tandem.xero.connections.guest_rules import Standing as GuestStanding
from tandem.xero.connections.guests import (
    GuestLinkRecord,
    GuestPage,
    NewGuestLink,
    find_guest_link,
    get_guest_page,
    guest_address,
    list_guest_links,
    make_guest_link,
    revoke_guest_link,
)
from tandem.xero.connections.handover_desk import appoint, put_off, remind_due
from tandem.xero.connections.handover_pages import (
    HandoverPage,
    HandoverRecord,
    ReasonRecord,
    find_open_handover,
    get_handover,
    list_closed_handovers,
    list_handovers,
)
from tandem.xero.connections.health import ConnectionState, Health, Light, LightState, Reading
from tandem.xero.connections.holders import (
    HolderRecord,
    Match,
    assign_holder,
    find_holder,
    find_holder_with_sign_in,
    holders_by_employee,
    needed_here,
)
from tandem.xero.connections.incidents import notice_line
from tandem.xero.connections.move_rules import MoveStanding
from tandem.xero.connections.moving import (
    MoveRecord,
    approve_move,
    ask_to_move,
    find_move,
    refuse_move,
    withdraw_move,
)
from tandem.xero.connections.outreach import (
    BULK_LIMIT,
    Outcome,
    OutreachPage,
    OutreachPreview,
    OutreachResult,
    list_outreach,
    preview_outreach,
    send_outreach,
)
from tandem.xero.connections.pages import (
    Authoriser,
    ConnectionPage,
    ConnectionSummary,
    Leftover,
    connection_summary,
    get_connection_page,
    is_set_up,
)
from tandem.xero.connections.probes import accept_list, probe_now
from tandem.xero.connections.standby import TakeoverRecord, last_takeover, put_off_standby, want_standby
from tandem.xero.connections.takeover import retire_standby, swap
from tandem.xero.connections.writing import ApprovalRecord, approve_writes, find_approval, withdraw_approval
from tandem.xero.drill.conduct import (
    DrillRecord,
    advance_drill,
    clean_up_drill,
    clean_up_left,
    get_drill,
    list_drills,
    start_drill,
)
from tandem.xero.drill.steps import PLAN as DRILL_PLAN
from tandem.xero.drill.steps import Outcome as DrillOutcome
from tandem.xero.drill.steps import Standing as DrillStanding
from tandem.xero.drill.steps import Step as DrillStep
from tandem.xero.governor.shares import Counts, Share
from tandem.xero.governor.spending import CallSpending, DaySpent, call_spending
from tandem.xero.leave import pages as leave_pages
from tandem.xero.leave.balances import Balances, find_balances, read_balances_now
from tandem.xero.leave.settling import leave_is_due, settle_leave_now
from tandem.xero.mapping.bank import check_bank_accounts, normalise_accounts
from tandem.xero.mapping.catalog import ListKind
from tandem.xero.mapping.fields import FieldGroup, SharedField
from tandem.xero.mapping.leave_requests import LeaveType, check_leave
from tandem.xero.mapping.superannuation import XeroFund, check_super_memberships, find_fund, fund_tasks
from tandem.xero.mapping.tax_rules import check_tax
from tandem.xero.matching.comparing import Agreement
from tandem.xero.matching.matching import Side
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.preferences.actions import (
    Difference,
    PreferencesRecord,
    PresetsPage,
    compare_with_snapshot,
    get_preferences,
    list_presets,
)
from tandem.xero.preferences.presets import Preset
from tandem.xero.schedule import run_digest
from tandem.xero.schedule.actions import (
    apply_preset,
    put_back_preset,
    restore_snapshot,
    run_at_night,
    save_preferences,
)
from tandem.xero.schedule.tending import read_pressure
from tandem.xero.sync import duplicates
from tandem.xero.sync.approving import ChoicePage, approve_part, choice_page, is_automatic
from tandem.xero.sync.choosing import Choice
from tandem.xero.sync.choosing import Outcome as ChoiceOutcome
from tandem.xero.sync.choosing import outcome as choice_outcome
from tandem.xero.sync.conflicts import decide_conflict
from tandem.xero.sync.doubts import decide_unknown
from tandem.xero.sync.history import iter_history, list_history
from tandem.xero.sync.in_xero import has_number_in_xero
from tandem.xero.sync.pages import (
    ChangeLine,
    ConflictPage,
    DecidedPage,
    HistoryFilter,
    HistoryLine,
    HistoryPage,
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
    UndoStanding,
    WaitingChange,
)
from tandem.xero.sync.progress import WholeImport, foresee_whole_import
from tandem.xero.sync.proposals import ProposalDecision, ask_again, decide_proposal
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.relinking import move_link
from tandem.xero.sync.review import links_of, list_decided, list_matches, list_proposals, review_page
from tandem.xero.sync.runs import (
    RunMoved,
    approve_gap_report,
    approve_run,
    cancel_run,
    preview_run,
)
from tandem.xero.sync.selectors import (
    get_gap_report,
    get_run,
    list_conflicts,
    list_runs,
    list_waiting_changes,
    sync_summary,
)
from tandem.xero.sync.standing import (
    StandingDecision,
    StandingField,
    Why,
    decide_always,
    find_standing_field,
    list_standing,
    may_stand,
    take_back_always,
)
from tandem.xero.sync.undoing import preview_undo
from tandem.xero.sync.unlinking import Unlinking, find_unlinking, undo_match
from tandem.xero.sync.working import work_on_run

__all__ = [
    "BULK_LIMIT",
    "CAUSES",
    "DRILL_PLAN",
    "GUEST_IS_MEMBER",
    "GUEST_SENTENCES",
    "GUEST_TOO_MANY",
    "GUEST_UNKNOWN",
    "NEEDS_SOMEBODY",
    "ORDER",
    "SILENT",
    "WHERE_TO_LOOK",
    "Age",
    "Agreement",
    "ApprovalRecord",
    "Authoriser",
    "Balances",
    "BundleRefused",
    "CallSpending",
    "CatalogPage",
    "CauseEntry",
    "CauseLine",
    "ChangeLine",
    "Choice",
    "ChoiceOutcome",
    "ChoicePage",
    "ConflictPage",
    "ConnectionPage",
    "ConnectionState",
    "ConnectionSummary",
    "ConsentOutcome",
    "ConsentPurpose",
    "ConsentResult",
    "Counts",
    "DaySpent",
    "DecidedPage",
    "Difference",
    "DrillOutcome",
    "DrillRecord",
    "DrillStanding",
    "DrillStep",
    "EarlierOrganisation",
    "FieldGroup",
    "FleetAccount",
    "FleetPage",
    "FleetRow",
    "GuestLinkRecord",
    "GuestPage",
    "GuestStanding",
    "HandoverPage",
    "HandoverRecord",
    "Health",
    "HistoryFilter",
    "HistoryLine",
    "HistoryPage",
    "HolderRecord",
    "ItemKind",
    "LeaveType",
    "Leftover",
    "Light",
    "LightState",
    "Likeness",
    "ListKind",
    "Match",
    "MatchPage",
    "MoveRecord",
    "MoveStanding",
    "NewGuestLink",
    "NoSimulator",
    "OrganisationChoice",
    "Outcome",
    "OutreachPage",
    "OutreachPreview",
    "OutreachResult",
    "PreferencesRecord",
    "Preset",
    "PresetsPage",
    "Progress",
    "ProposalDecision",
    "ProposalPage",
    "Question",
    "Reach",
    "Reading",
    "ReasonRecord",
    "ReceiptOutcome",
    "ReceiptRecord",
    "ReceiptStep",
    "RunItem",
    "RunKind",
    "RunMoved",
    "RunPage",
    "RunStatus",
    "RunSummary",
    "Share",
    "SharedField",
    "Side",
    "StandingDecision",
    "StandingField",
    "StepCode",
    "StepName",
    "StepStatus",
    "SyncSummary",
    "TakeoverRecord",
    "Tally",
    "Trigger",
    "UndoStanding",
    "Unlinking",
    "WaitingChange",
    "WholeImport",
    "Why",
    "XeroFund",
    "accept_list",
    "advance_drill",
    "apply_preset",
    "appoint",
    "approve_gap_report",
    "approve_move",
    "approve_part",
    "approve_run",
    "approve_writes",
    "ask_again",
    "ask_to_move",
    "asked_words",
    "assign_holder",
    "call_spending",
    "cancel_run",
    "check_bank_accounts",
    "check_leave",
    "check_super_memberships",
    "check_tax",
    "choice_outcome",
    "choice_page",
    "choose_organisation",
    "clean_up_drill",
    "clean_up_left",
    "compare_with_snapshot",
    "connection_summary",
    "decide_always",
    "decide_conflict",
    "decide_proposal",
    "decide_unknown",
    "disconnect",
    "duplicates",
    "find_approval",
    "find_balances",
    "find_fund",
    "find_guest_link",
    "find_holder",
    "find_holder_with_sign_in",
    "find_move",
    "find_open_handover",
    "find_standing_field",
    "find_unlinking",
    "finish_consent",
    "finish_guest_consent",
    "foresee",
    "foresee_whole_import",
    "fund_tasks",
    "get_choice",
    "get_connection_page",
    "get_drill",
    "get_fleet",
    "get_fleet_account",
    "get_gap_report",
    "get_guest_page",
    "get_handover",
    "get_preferences",
    "get_receipt",
    "get_run",
    "guest_address",
    "has_number_in_xero",
    "has_simulator",
    "holders_by_employee",
    "is_automatic",
    "is_set_up",
    "iter_history",
    "last_takeover",
    "leave_is_due",
    "leave_pages",
    "links_of",
    "list_catalog",
    "list_closed_handovers",
    "list_conflicts",
    "list_decided",
    "list_drills",
    "list_earlier",
    "list_fleet_ids",
    "list_guest_links",
    "list_handovers",
    "list_history",
    "list_leave_types",
    "list_matches",
    "list_outreach",
    "list_presets",
    "list_proposals",
    "list_runs",
    "list_standing",
    "list_super_funds",
    "list_waiting_changes",
    "make_bundle",
    "make_guest_link",
    "may_stand",
    "move_link",
    "needed_here",
    "normalise_accounts",
    "notice_line",
    "only_read",
    "pending_words",
    "preview_outreach",
    "preview_run",
    "preview_undo",
    "probe_now",
    "put_back_preset",
    "put_off",
    "put_off_standby",
    "read_balances_now",
    "read_lists_now",
    "read_pressure",
    "refuse_move",
    "remind_due",
    "restore_snapshot",
    "retire_standby",
    "review_page",
    "revoke_guest_link",
    "run_at_night",
    "run_digest",
    "save_preferences",
    "send_outreach",
    "settle_leave_now",
    "start_consent",
    "start_drill",
    "start_guest_consent",
    "swap",
    "sync_summary",
    "take_back_always",
    "undo_match",
    "want_standby",
    "withdraw_approval",
    "withdraw_move",
    "work_on_run",
]
