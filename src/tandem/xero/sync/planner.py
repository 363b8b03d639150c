"""Compare both sides with what they agreed on last, and say what should happen. Pure."""

from datetime import datetime

from tandem.xero.sync.plan import Plan
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.records import RunRequest, Snapshot


def plan(snapshot: Snapshot, preferences: Preferences, now: datetime, *, request: RunRequest | None = None) -> Plan:
    """Return what one run would do: every person is a step, a conflict, a problem, a proposal or a named skip."""
    raise NotImplementedError
