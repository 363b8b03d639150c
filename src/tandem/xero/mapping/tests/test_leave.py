from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.people.leave_records import LeaveRequest, LeaveStatus, LeaveTerms
from tandem.people.payroll_records import LeaveBalance
from tandem.xero.mapping.leave_balances import TWICE, UNREADABLE, leave_balances_from_xero
from tandem.xero.mapping.leave_moves import (
    BOTH_CHANGED,
    BOTH_DECIDED,
    DELETE_IN_XERO,
    ENTER_ANEW,
    GONE,
    Agreed,
    LeaveMove,
    LeaveVerb,
    decide_leave,
    paid_sentence,
)
from tandem.xero.mapping.leave_requests import (
    NEW_STATUS,
    NO_DATES,
    NOBODYS,
    LeaveType,
    PaidPeriod,
    XeroLeave,
    XeroLeaveStatus,
    check_leave,
    leave_from_xero,
    leave_to_xero,
    leave_types_from_xero,
)
from tandem.xero.mapping.tests.payroll_values import ANNUAL, PERSONAL

SYDNEY = "Australia/Sydney"
APPLICATION, PERSON = UUID(int=41), UUID(int=42)
TERMS = LeaveTerms(ANNUAL, date(2026, 11, 2), date(2026, 11, 6), "Week off", "by the sea")
ROW: dict[str, Any] = {
    "LeaveApplicationID": str(APPLICATION),
    "EmployeeID": str(PERSON),
    "LeaveTypeID": str(ANNUAL),
    "Title": " Week\u00a0off",
    "Description": "by the sea",
    "StartDate": "/Date(1793577600000+0000)/",
    "EndDate": "/Date(1793923200000+0000)/",
    "PayOutType": "DEFAULT",
    "LeavePeriods": [
        {
            "PayPeriodStartDate": "/Date(1793577600000+0000)/",
            "PayPeriodEndDate": "/Date(1794700800000+0000)/",
            "NumberOfUnits": 38,
            "LeavePeriodStatus": "SCHEDULED",
        }
    ],
}
TYPES = (
    LeaveType(ANNUAL, "Annual Leave", "Hours", is_current=True),
    LeaveType(PERSONAL, "Sick", "Hours", is_current=False),
)
THEIRS = XeroLeave(APPLICATION, PERSON, TERMS, XeroLeaveStatus.APPROVED)
OURS = LeaveRequest(UUID(int=43), UUID(int=44), TERMS, LeaveStatus.APPROVED)
LATER = replace(TERMS, until_on=date(2026, 11, 9))


def periods(*words: object) -> list[dict[str, object]]:
    return [{"LeavePeriodStatus": word} for word in words]


def read(**changes: Any) -> XeroLeave:
    found = leave_from_xero(ROW | changes, time_zone=SYDNEY)
    assert isinstance(found, XeroLeave)
    return found


def test_balances_of_every_type_are_read_to_the_last_digit() -> None:
    rows = [
        {"LeaveTypeID": str(PERSONAL), "LeaveName": "Sick\u00a0days", "NumberOfUnits": "-7.60", "TypeOfUnits": "Hours"},
        {"LeaveTypeID": str(ANNUAL), "LeaveName": "Annual Leave 🏖", "NumberOfUnits": 152.0769, "TypeOfUnits": "Hours"},
    ]
    assert leave_balances_from_xero(rows) == (
        (
            LeaveBalance(ANNUAL, "Annual Leave 🏖", Decimal("152.0769"), "Hours"),
            LeaveBalance(PERSONAL, "Sick days", Decimal("-7.60"), "Hours"),
        ),
        (),
    )


@pytest.mark.parametrize(
    "bad",
    [
        "a balance",
        {"LeaveTypeID": None, "NumberOfUnits": 1},
        {"LeaveTypeID": str(PERSONAL), "NumberOfUnits": None},
        {"LeaveTypeID": str(PERSONAL), "NumberOfUnits": "lots"},
    ],
)
def test_one_bad_balance_never_hides_the_others(bad: object) -> None:
    good = {"LeaveTypeID": str(ANNUAL), "LeaveName": "Annual Leave", "NumberOfUnits": 0, "TypeOfUnits": None}
    balances, oddities = leave_balances_from_xero([bad, good, good])
    assert [balance.units for balance in balances] == [Decimal(0)]
    assert [(oddity.sentence, oddity.is_usable) for oddity in oddities] == [(UNREADABLE, True)]


def test_two_balances_of_one_type_are_believed_neither() -> None:
    rows = [{"LeaveTypeID": str(ANNUAL), "NumberOfUnits": units} for units in (1, 2)]
    balances, oddities = leave_balances_from_xero(rows)
    assert (balances, [oddity.sentence for oddity in oddities]) == ((), [TWICE])


def test_leave_types_are_read_and_those_that_are_gone_are_marked() -> None:
    rows: list[object] = [
        {"LeaveTypeID": str(ANNUAL), "Name": "Annual Leave", "TypeOfUnits": "Hours"},
        {"LeaveTypeID": str(PERSONAL), "Name": "Sick", "TypeOfUnits": "Hours", "CurrentRecord": False},
        {"Name": "never saved"},
    ]
    assert leave_types_from_xero(rows) == TYPES


def test_a_leave_request_is_read_and_written() -> None:
    found = read()
    assert found.terms == TERMS
    assert found.periods == (PaidPeriod(date(2026, 11, 2), date(2026, 11, 15), Decimal(38), is_paid=False),)
    assert (found.status, found.is_cashed_out, found.sentences) == (XeroLeaveStatus.APPROVED, False, ())
    body = leave_to_xero(found.terms, xero_employee_id=PERSON)
    assert body == {name: ROW[name] for name in body} | {"Title": "Week off"}
    assert "LeavePeriods" not in body
    assert "Description" not in leave_to_xero(replace(TERMS, description=" "), xero_employee_id=PERSON)
    assert read(PayOutType="CASHED_OUT").is_cashed_out


def test_leave_that_starts_at_22_00_utc_starts_on_the_next_day_in_sydney_and_says_so() -> None:
    found = read(StartDate="/Date(1793570400000+0000)/", EndDate="/Date(1793916000000+0000)/")
    assert (found.terms.from_on, found.terms.until_on) == (TERMS.from_on, TERMS.until_on)
    assert found.sentences == (
        "Xero sent the days of this leave with a time; Tandem took the dates in Australia/Sydney.",
    )


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["REQUESTED", "requested"], XeroLeaveStatus.REQUESTED),
        (["SCHEDULED"], XeroLeaveStatus.APPROVED),
        (["REJECTED"], XeroLeaveStatus.REJECTED),
        (["PROCESSED"], XeroLeaveStatus.PAID),
        (["PROCESSED", "SCHEDULED"], XeroLeaveStatus.PART_PAID),
        (["REQUESTED", "PROCESSED"], XeroLeaveStatus.UNKNOWN),
        (["ESCALATED"], XeroLeaveStatus.UNKNOWN),
        ([None], XeroLeaveStatus.UNKNOWN),
        ([], XeroLeaveStatus.UNKNOWN),
    ],
)
def test_the_status_of_leave_is_that_of_its_periods(words: list[object], status: XeroLeaveStatus) -> None:
    found = read(LeavePeriods=periods(*words))
    assert found.status is status
    assert found.sentences == ((NEW_STATUS,) if status is XeroLeaveStatus.UNKNOWN else ())


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("leave", NOBODYS),
        (ROW | {"LeaveApplicationID": None}, NOBODYS),
        (ROW | {"EmployeeID": str(UUID(int=0))}, NOBODYS),
        (ROW | {"LeaveTypeID": ""}, NOBODYS),
        (ROW | {"StartDate": "soon"}, NO_DATES),
        (ROW | {"EndDate": None}, NO_DATES),
    ],
)
def test_leave_that_is_not_understood_stays_in_xero(raw: object, sentence: str) -> None:
    assert leave_from_xero(raw, time_zone=SYDNEY) == sentence


def test_an_unreadable_number_of_hours_is_none() -> None:
    assert read(LeavePeriods=[{"NumberOfUnits": "many", "LeavePeriodStatus": "SCHEDULED"}]).periods[0].units is None


def test_everything_wrong_with_a_leave_request_is_said_at_once() -> None:
    bad = LeaveTerms(PERSONAL, date(2026, 11, 6), date(2026, 11, 2), "", "x" * 201)
    assert [problem.field for problem in check_leave(bad, leave_types=TYPES)] == [
        "leave_type_id",
        "until_on",
        "title",
        "description",
    ]
    long = replace(TERMS, title="🏖" * 26, leave_type_id=UUID(int=99))
    assert [problem.message for problem in check_leave(long, leave_types=TYPES)] == [
        "Xero has this leave type no more. Choose another one.",
        "Title has 52 characters and Xero takes at most 50. Shorten it.",
    ]
    assert check_leave(TERMS, leave_types=TYPES) == []


X = XeroLeaveStatus
H = LeaveStatus
V = LeaveVerb


@pytest.mark.parametrize(
    ("ours", "theirs", "agreed", "verb"),
    [
        # Only Tandem knows it: nothing that nobody approved is sent.
        (H.APPROVED, None, None, V.CREATE),
        (H.REQUESTED, None, None, V.NOTHING),
        (H.REJECTED, None, None, V.NOTHING),
        (H.APPROVED, None, H.APPROVED, V.TASK),
        (H.WITHDRAWN, None, H.APPROVED, V.NOTHING),
        # Only Xero knows it.
        (None, X.REQUESTED, None, V.TAKE),
        (None, X.UNKNOWN, None, V.NOTHING),
        (None, None, H.APPROVED, V.NOTHING),
        # Xero waits for a decision.
        (H.REQUESTED, X.REQUESTED, H.REQUESTED, V.NOTHING),
        (H.APPROVED, X.REQUESTED, H.REQUESTED, V.APPROVE),
        (H.REJECTED, X.REQUESTED, H.REQUESTED, V.REJECT),
        (H.WITHDRAWN, X.REQUESTED, H.REQUESTED, V.REJECT),
        # Xero approved, and perhaps paid.
        (H.REQUESTED, X.APPROVED, H.REQUESTED, V.TAKE),
        (H.REQUESTED, X.PAID, H.REQUESTED, V.TAKE),
        (H.APPROVED, X.APPROVED, H.APPROVED, V.NOTHING),
        (H.APPROVED, X.PART_PAID, H.APPROVED, V.NOTHING),
        (H.REJECTED, X.APPROVED, H.REQUESTED, V.ASK),
        (H.REJECTED, X.APPROVED, None, V.ASK),
        (H.WITHDRAWN, X.APPROVED, H.APPROVED, V.TASK),
        (H.WITHDRAWN, X.PART_PAID, H.APPROVED, V.TASK),
        (H.REJECTED, X.APPROVED, H.REJECTED, V.TAKE),
        # Xero rejected.
        (H.REQUESTED, X.REJECTED, H.REQUESTED, V.TAKE),
        (H.REJECTED, X.REJECTED, H.REQUESTED, V.NOTHING),
        (H.APPROVED, X.REJECTED, H.REQUESTED, V.ASK),
        (H.APPROVED, X.REJECTED, None, V.ASK),
        (H.APPROVED, X.REJECTED, H.APPROVED, V.TAKE),
        (H.APPROVED, X.REJECTED, H.REJECTED, V.TASK),
    ],
)
def test_what_becomes_of_leave_whose_terms_agree(
    ours: LeaveStatus | None, theirs: XeroLeaveStatus | None, agreed: LeaveStatus | None, verb: LeaveVerb
) -> None:
    move = decide_leave(
        replace(OURS, status=ours) if ours else None,
        replace(THEIRS, status=theirs) if theirs else None,
        agreed=Agreed(TERMS, agreed) if agreed else None,
    )
    assert move.verb is verb


@pytest.mark.parametrize(
    ("ours", "theirs", "agreed", "move"),
    [
        (LATER, TERMS, TERMS, LeaveMove(V.UPDATE)),
        (TERMS, LATER, TERMS, LeaveMove(V.TAKE)),
        (LATER, replace(LATER, until_on=date(2026, 11, 10)), TERMS, LeaveMove(V.ASK, BOTH_CHANGED)),
        (LATER, TERMS, None, LeaveMove(V.ASK, BOTH_CHANGED)),
        (replace(TERMS, title="Week\u00a0 off"), TERMS, None, LeaveMove(V.NOTHING)),
    ],
)
def test_changed_terms_flow_from_the_side_that_changed(
    ours: LeaveTerms, theirs: LeaveTerms, agreed: LeaveTerms | None, move: LeaveMove
) -> None:
    base = Agreed(agreed, LeaveStatus.APPROVED) if agreed else None
    assert decide_leave(replace(OURS, terms=ours), replace(THEIRS, terms=theirs), agreed=base) == move


def test_terms_changed_here_wait_for_approval_and_go_nowhere_once_xero_rejected() -> None:
    changed = replace(OURS, terms=LATER)
    base = Agreed(TERMS, LeaveStatus.APPROVED)
    assert decide_leave(replace(changed, status=LeaveStatus.REQUESTED), THEIRS, agreed=base).verb is V.NOTHING
    assert decide_leave(replace(changed, status=LeaveStatus.WITHDRAWN), THEIRS, agreed=base).sentence == DELETE_IN_XERO
    rejected = replace(THEIRS, status=XeroLeaveStatus.REJECTED)
    assert decide_leave(changed, rejected, agreed=base) == LeaveMove(V.TASK, ENTER_ANEW)


def test_leave_in_a_closed_pay_run_is_explained_with_its_days() -> None:
    part = (
        PaidPeriod(date(2026, 10, 19), date(2026, 11, 1), Decimal(8), is_paid=True),
        PaidPeriod(date(2026, 11, 2), date(2026, 11, 15), Decimal(8), is_paid=False),
    )
    paid = replace(THEIRS, status=XeroLeaveStatus.PART_PAID, periods=part)
    move = decide_leave(replace(OURS, terms=LATER), paid, agreed=Agreed(TERMS, LeaveStatus.APPROVED))
    assert move == LeaveMove(
        V.TASK,
        "Part of this leave, 19 Oct 2026 to 1 Nov 2026, is in a posted pay run, and Xero does not change leave that was "
        "paid. Ask payroll to correct the pay, and enter what is still to come as new leave.",
    )
    assert paid_sentence(replace(paid, status=XeroLeaveStatus.PAID, periods=())).startswith("This leave is in a posted")


def test_the_sentences_say_what_to_do() -> None:
    gone = decide_leave(OURS, None, agreed=Agreed(TERMS, LeaveStatus.APPROVED))
    torn = decide_leave(replace(OURS, status=LeaveStatus.REJECTED), THEIRS, agreed=None)
    assert (gone.sentence, torn.sentence) == (GONE, BOTH_DECIDED)


TERMS_DRAWN = st.sampled_from([TERMS, LATER, replace(TERMS, title="Moving house")])
DONE = {LeaveVerb.NOTHING, LeaveVerb.TASK, LeaveVerb.ASK}


def carried_out(
    move: LeaveMove, ours: LeaveRequest | None, theirs: XeroLeave | None
) -> tuple[LeaveRequest | None, XeroLeave | None]:
    """Do to both sides what a move says, as Xero would take it."""
    if move.verb is LeaveVerb.TAKE:
        assert theirs
        status = {X.REQUESTED: H.REQUESTED, X.REJECTED: H.REJECTED}.get(theirs.status, H.APPROVED)
        return replace(ours or OURS, terms=theirs.terms, status=status), theirs
    assert ours
    if move.verb is LeaveVerb.CREATE:
        return ours, replace(THEIRS, terms=ours.terms, status=X.REQUESTED)
    assert theirs
    decided = {LeaveVerb.APPROVE: X.APPROVED, LeaveVerb.REJECT: X.REJECTED}.get(move.verb, theirs.status)
    return ours, replace(theirs, terms=ours.terms, status=decided)


@settings(max_examples=150, deadline=None)
@given(
    st.none() | st.builds(replace, st.just(OURS), terms=TERMS_DRAWN, status=st.sampled_from(LeaveStatus)),
    st.none() | st.builds(replace, st.just(THEIRS), terms=TERMS_DRAWN, status=st.sampled_from(XeroLeaveStatus)),
    st.none() | st.builds(Agreed, TERMS_DRAWN, st.sampled_from(LeaveStatus)),
)
def test_leave_comes_to_rest_in_a_few_moves_and_then_nothing_is_written(
    ours: LeaveRequest | None, theirs: XeroLeave | None, agreed: Agreed | None
) -> None:
    for _ in range(4):
        move = decide_leave(ours, theirs, agreed=agreed)
        if move.verb in DONE:
            break
        ours, theirs = carried_out(move, ours, theirs)
        assert ours
        agreed = Agreed(ours.terms, ours.status)
    assert decide_leave(ours, theirs, agreed=agreed).verb in DONE
