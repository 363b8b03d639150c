"""Django finds a room's models through this module."""

from tandem.xero.models.budget import AppBudget, CallBudget, CallDay, InFlight
from tandem.xero.models.catalog import CatalogItem, CatalogList
from tandem.xero.models.connection import (
    IN_USE,
    Connection,
    ConsentFlow,
    Evidence,
    Grant,
    GuestLink,
    HandoverReason,
    HandoverTask,
    MoveRequest,
    Receipt,
    Takeover,
    WriteApproval,
)
from tandem.xero.models.doubles import NotOnePerson
from tandem.xero.models.drill import Drill, DrillLink
from tandem.xero.models.leave import LeaveBalances, LeaveDesk, LeaveEntry, LeaveLink
from tandem.xero.models.outreach import Outreach
from tandem.xero.models.preferences import PreferencesVersion
from tandem.xero.models.schedule import Due
from tandem.xero.models.sync import Binding, Conflict, JournalEntry, MatchProposal, Run, Step, XeroPerson

__all__ = [
    "IN_USE",
    "AppBudget",
    "Binding",
    "CallBudget",
    "CallDay",
    "CatalogItem",
    "CatalogList",
    "Conflict",
    "Connection",
    "ConsentFlow",
    "Drill",
    "DrillLink",
    "Due",
    "Evidence",
    "Grant",
    "GuestLink",
    "HandoverReason",
    "HandoverTask",
    "InFlight",
    "JournalEntry",
    "LeaveBalances",
    "LeaveDesk",
    "LeaveEntry",
    "LeaveLink",
    "MatchProposal",
    "MoveRequest",
    "NotOnePerson",
    "Outreach",
    "PreferencesVersion",
    "Receipt",
    "Run",
    "Step",
    "Takeover",
    "WriteApproval",
    "XeroPerson",
]
