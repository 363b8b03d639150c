"""What should happen to one leave request that both sides may know. Pure.

Only approved leave goes to Xero, since leave that a program adds there may count as approved at once. Xero has no call
that deletes leave, reopens rejected leave, or changes leave that a posted pay run holds: those become tasks.
"""

from dataclasses import dataclass
from enum import StrEnum

from tandem.people.leave_records import LeaveRequest, LeaveStatus, LeaveTerms
from tandem.xero.mapping.fields import clean
from tandem.xero.mapping.leave_requests import NEW_STATUS, XeroLeave, XeroLeaveStatus


class LeaveVerb(StrEnum):
    """TAKE brings Xero's state to Tandem; TASK is for a person in Xero; ASK is a conflict for a person here."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    APPROVE = "approve"
    REJECT = "reject"
    TAKE = "take"
    TASK = "task"
    ASK = "ask"


@dataclass(frozen=True)
class Agreed:
    """What both sides agreed on last."""

    terms: LeaveTerms
    status: LeaveStatus


@dataclass(frozen=True)
class LeaveMove:
    verb: LeaveVerb
    sentence: str = ""


PAID_SENTENCE = (
    "{paid} in a posted pay run, and Xero does not change leave that was paid. "
    "Ask payroll to correct the pay, and enter what is still to come as new leave."
)
GONE = "Xero holds this leave no more. Look there, and enter it anew if it should stand."
DELETE_IN_XERO = "Xero has no way for a program to take approved leave back. Delete it in Xero under Payroll > Leave."
ENTER_ANEW = "Xero does not reopen rejected leave. Enter it as new leave."
BOTH_CHANGED = "This leave was changed here and in Xero since both agreed. Choose one."
BOTH_DECIDED = "This leave was approved on one side and rejected on the other. Choose one."
NOTHING = LeaveMove(LeaveVerb.NOTHING)
TAKE = LeaveMove(LeaveVerb.TAKE)
PAID = frozenset({XeroLeaveStatus.PAID, XeroLeaveStatus.PART_PAID})


def decide_leave(ours: LeaveRequest | None, theirs: XeroLeave | None, *, agreed: Agreed | None) -> LeaveMove:
    """Return the one thing to do next; after it was done, asking again gives the next, and at last nothing."""
    if theirs is None:
        return _without_xero(ours, agreed)
    if theirs.status is XeroLeaveStatus.UNKNOWN:
        return LeaveMove(LeaveVerb.NOTHING, NEW_STATUS)
    if ours is None:
        return TAKE
    if same_terms(ours.terms, theirs.terms):
        return _decide_status(ours.status, theirs, agreed)
    ours_changed = agreed is None or not same_terms(agreed.terms, ours.terms)
    theirs_changed = agreed is None or not same_terms(agreed.terms, theirs.terms)
    if ours_changed and theirs_changed:
        return LeaveMove(LeaveVerb.ASK, BOTH_CHANGED)
    if theirs_changed:
        return TAKE
    if theirs.status in PAID:
        return LeaveMove(LeaveVerb.TASK, paid_sentence(theirs))
    if theirs.status is XeroLeaveStatus.REJECTED:
        return LeaveMove(LeaveVerb.TASK, ENTER_ANEW)
    if ours.status is LeaveStatus.APPROVED:
        return LeaveMove(LeaveVerb.UPDATE)
    return NOTHING if ours.status is LeaveStatus.REQUESTED else _decide_status(ours.status, theirs, agreed)


def _without_xero(ours: LeaveRequest | None, agreed: Agreed | None) -> LeaveMove:
    if agreed is not None:
        return LeaveMove(LeaveVerb.TASK, GONE) if ours and ours.status is LeaveStatus.APPROVED else NOTHING
    return LeaveMove(LeaveVerb.CREATE) if ours and ours.status is LeaveStatus.APPROVED else NOTHING


def _decide_status(ours: LeaveStatus, theirs: XeroLeave, agreed: Agreed | None) -> LeaveMove:
    if theirs.status is XeroLeaveStatus.REQUESTED:
        return _decide_requested(ours)
    if theirs.status is XeroLeaveStatus.REJECTED:
        return _decide_rejected(ours, agreed)
    if ours is LeaveStatus.APPROVED:
        return NOTHING
    if ours is LeaveStatus.REQUESTED:
        return TAKE
    if theirs.status in PAID:
        return LeaveMove(LeaveVerb.TASK, paid_sentence(theirs))
    if agreed is None or agreed.status is LeaveStatus.REQUESTED:
        return LeaveMove(LeaveVerb.ASK, BOTH_DECIDED)
    return LeaveMove(LeaveVerb.TASK, DELETE_IN_XERO) if agreed.status is LeaveStatus.APPROVED else TAKE


def _decide_requested(ours: LeaveStatus) -> LeaveMove:
    if ours is LeaveStatus.REQUESTED:
        return NOTHING
    return LeaveMove(LeaveVerb.APPROVE if ours is LeaveStatus.APPROVED else LeaveVerb.REJECT)


def _decide_rejected(ours: LeaveStatus, agreed: Agreed | None) -> LeaveMove:
    if ours in (LeaveStatus.REJECTED, LeaveStatus.WITHDRAWN):
        return NOTHING
    if ours is LeaveStatus.REQUESTED or (agreed and agreed.status is LeaveStatus.APPROVED):
        return TAKE
    if agreed and agreed.status in (LeaveStatus.REJECTED, LeaveStatus.WITHDRAWN):
        return LeaveMove(LeaveVerb.TASK, ENTER_ANEW)
    return LeaveMove(LeaveVerb.ASK, BOTH_DECIDED)


def same_terms(left: LeaveTerms, right: LeaveTerms) -> bool:
    """Say whether two requests ask for the same; how a title is spaced is no difference."""
    return _compared(left) == _compared(right)


def _compared(terms: LeaveTerms) -> tuple[object, ...]:
    return terms.leave_type_id, terms.from_on, terms.until_on, clean(terms.title), clean(terms.description)


def paid_sentence(theirs: XeroLeave) -> str:
    """Return why leave that was paid cannot be changed, with the days of the pay periods concerned."""
    days = [day for period in theirs.periods if period.is_paid for day in (period.from_on, period.until_on) if day]
    span = f", {_day(min(days))} to {_day(max(days))}, is" if days else " is"
    what = "This leave" if theirs.status is XeroLeaveStatus.PAID else "Part of this leave"
    return PAID_SENTENCE.format(paid=f"{what}{span}")


def _day(on: object) -> str:
    return f"{on:%d %b %Y}".lstrip("0")
