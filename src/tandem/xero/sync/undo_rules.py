"""Whether a run can be undone, and until when. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.xero.sync.pages import RunStatus

#: For so long the values from before a run are kept (safety.md), so for so long it can be undone.
WINDOW = timedelta(days=14)
#: Ends of a line after which there may be something left to put back.
LEFT = ("skipped", "rejected", "unknown", "intended", "planned")
IS_AN_UNDO = "This run is itself an undo. What it put back waits under Conflicts, where you say which value stays."
STILL_GOING = "This run has not ended yet. It can be undone once it has."
NOTHING_WRITTEN = "This run wrote nothing, so there is nothing to undo."
ELSEWHERE = (
    "This run wrote to another Xero organisation than the one that is connected now, so it cannot be undone here."
)
UNDONE = "This run was undone."
BEING_UNDONE = "An undo of this run has begun."
TOO_OLD = "This run ended more than 14 days ago. The values from before it are no longer kept, so it cannot be undone."


@dataclass(frozen=True)
class Undo:
    """One undo of a run: where it is, and how its lines ended."""

    status: RunStatus
    counts: Mapping[str, int]

    @property
    def is_whole(self) -> bool:
        """Say whether it did all that it was to do."""
        return self.status is RunStatus.DONE and not any(self.counts.get(name) for name in LEFT)

    @property
    def is_open(self) -> bool:
        """Say whether it waits for approval or goes on."""
        return self.status is RunStatus.PLANNED or self.status.is_active


@dataclass(frozen=True)
class Past:
    """What decides whether a run can be undone; `undos` are those that were begun before."""

    status: RunStatus
    ended_at: datetime | None
    has_written: bool
    is_undo: bool = False
    is_elsewhere: bool = False
    undos: tuple[Undo, ...] = ()


def is_within(ended_at: datetime, now: datetime) -> bool:
    """Say whether the values from before a run are still kept."""
    return now - ended_at < WINDOW


def why_not(past: Past, now: datetime) -> str:
    """Return why a run cannot be undone, in a sentence; "" where it can."""
    if past.is_undo:
        return IS_AN_UNDO
    if not past.status.is_over or past.ended_at is None:
        return STILL_GOING
    if not past.has_written:
        return NOTHING_WRITTEN
    if past.is_elsewhere:
        return ELSEWHERE
    if any(undo.is_whole for undo in past.undos):
        return UNDONE
    if any(undo.is_open for undo in past.undos):
        return BEING_UNDONE
    return "" if is_within(past.ended_at, now) else TOO_OLD
