from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from tandem.people.payroll_records import Fund, FundKind, SuperMembership
from tandem.xero.mapping.superannuation import (
    FundTask,
    TaskReason,
    check_super_memberships,
    find_fund,
    fund_tasks,
    funds_from_xero,
    names_unknown_fund,
    normalise_memberships,
    super_memberships_from_xero,
    super_memberships_to_xero,
)

ABN = "51824753556"
IDS = tuple(str(UUID(int=number)) for number in range(1, 6))
ROWS: list[object] = [
    {"SuperFundID": IDS[0], "Type": "REGULATED", "Name": "Sample Industry Super", "USI": f"{ABN}001", "ABN": ABN},
    {"SuperFundID": IDS[1], "Type": "REGULATED", "Name": "Sample Retail Super", "USI": f"{ABN}002", "ABN": ABN},
    {"SuperFundID": IDS[2], "Type": "smsf", "Name": "Byron\u00a0Family Fund", "ABN": "51 824 753 556"},
    {"SuperFundID": IDS[3], "Type": "REGULATED", "Name": "Sample Legacy Super", "SPIN": "zzz0000au"},
    {"Type": "REGULATED", "Name": "a fund that was never saved"},
    "no fund",
]
FUNDS = funds_from_xero(ROWS)
INDUSTRY = Fund(usi=f"{ABN}001", abn=ABN, name="Sample Industry Super")
FAMILY = Fund(FundKind.SELF_MANAGED, abn=ABN, name="Byron Family Fund")
MEMBERS = (SuperMembership(INDUSTRY, "0042"), SuperMembership(FAMILY, "A-1"))
SENT: list[Any] = [
    {"SuperFundID": IDS[0], "EmployeeNumber": " 0042"},
    {"SuperFundID": IDS[2], "EmployeeNumber": "A-1", "SuperMembershipID": IDS[4]},
]


def test_memberships_in_regulated_and_self_managed_funds_are_read() -> None:
    assert super_memberships_from_xero(SENT, funds=FUNDS) == (MEMBERS, ())
    assert super_memberships_from_xero([], funds=()) == ((), ())


def test_memberships_are_written_with_xeros_ids_and_keep_those_they_had() -> None:
    body = super_memberships_to_xero(MEMBERS, funds=FUNDS, read=SENT)
    assert body["SuperMemberships"] == [
        {"SuperFundID": IDS[0], "EmployeeNumber": "0042"},
        {"SuperFundID": IDS[2], "EmployeeNumber": "A-1", "SuperMembershipID": IDS[4]},
    ]


@pytest.mark.parametrize(
    ("fund", "found"),
    [
        (Fund(usi=f"{ABN} 001"), IDS[0]),
        (Fund(usi="ZZZ0000AU"), IDS[3]),
        (FAMILY, IDS[2]),
        (Fund(abn=ABN), TaskReason.SEVERAL_IN_XERO),
        (Fund(usi="NEW0001AU"), TaskReason.NOT_IN_XERO),
        (Fund(FundKind.SELF_MANAGED), TaskReason.NOT_IN_XERO),
        (Fund(), TaskReason.NOT_IN_XERO),
    ],
)
def test_a_fund_is_found_by_its_usi_or_abn_and_never_guessed(fund: Fund, found: object) -> None:
    result = find_fund(fund, FUNDS)
    assert (result if isinstance(result, TaskReason) else str(result.xero_fund_id)) == found


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (
            FundTask(TaskReason.NOT_IN_XERO, replace(INDUSTRY, usi="NEW0001AU")),
            "Add Sample Industry Super (USI NEW0001AU) in Xero under Payroll settings > Superannuation. "
            "The membership is sent at the next run.",
        ),
        (
            FundTask(TaskReason.NOT_IN_XERO, Fund(FundKind.SELF_MANAGED, abn=ABN)),
            f"Add the fund (ABN {ABN}) in Xero under Payroll settings > Superannuation. "
            "The membership is sent at the next run.",
        ),
        (
            FundTask(TaskReason.SEVERAL_IN_XERO, Fund(abn=ABN)),
            f"Xero has more than one fund with ABN {ABN}. Remove or rename the one that is not used, or enter the USI here.",
        ),
    ],
)
def test_a_fund_that_xero_lacks_becomes_a_task(task: FundTask, sentence: str) -> None:
    assert task.sentence == sentence
    regulated = [fund for fund in FUNDS if fund.kind is FundKind.REGULATED]
    assert fund_tasks((SuperMembership(task.fund, "1"), MEMBERS[0]), funds=regulated) == (task,)
    assert super_memberships_to_xero((SuperMembership(task.fund, "1"),), funds=regulated) == {}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*SENT, "a membership"], "cannot be read"),
        ([{"SuperFundID": IDS[4], "EmployeeNumber": "1"}], "the organisation has no more"),
        ([{"SuperFundID": None, "EmployeeNumber": "1"}], "the organisation has no more"),
        ([{"SuperFundID": IDS[0], "EmployeeNumber": "1"}], "does not know yet"),
    ],
)
def test_a_membership_that_is_not_understood_stays_in_xero(rows: list[object], words: str) -> None:
    funds = FUNDS if "know" not in words else tuple(replace(fund, kind=None) for fund in FUNDS)
    memberships, oddities = super_memberships_from_xero(rows, funds=funds)
    assert memberships == ()
    assert [oddity.is_usable for oddity in oddities] == [False]
    assert words in oddities[0].sentence


def test_a_fund_of_a_new_kind_is_read_without_a_kind() -> None:
    (fund,) = funds_from_xero([{"SuperFundID": IDS[0], "Type": "COLLECTIVE"}])
    assert (fund.kind, fund.as_fund.kind) == (None, FundKind.REGULATED)


def test_neither_a_funds_name_nor_the_order_is_a_difference() -> None:
    renamed = (
        replace(MEMBERS[1], member_number="A-1 "),
        SuperMembership(replace(INDUSTRY, name="Industry", abn=""), "0042"),
    )
    assert normalise_memberships(renamed) == normalise_memberships(MEMBERS)
    assert normalise_memberships((replace(MEMBERS[0], member_number="42"),)) != normalise_memberships(MEMBERS[:1])
    assert normalise_memberships((SuperMembership(Fund(abn=ABN), "1"),)) != normalise_memberships(
        (SuperMembership(FAMILY, "1"),)
    )


@pytest.mark.parametrize(
    ("membership", "part", "words"),
    [
        (SuperMembership(INDUSTRY, " "), "member_number", "Xero needs the member number"),
        (SuperMembership(Fund(), "1"), "usi", "Enter the USI of the fund, or its ABN"),
        (SuperMembership(Fund(usi="not/one"), "1"), "usi", "letters and digits"),
        (SuperMembership(Fund(abn="123"), "1"), "usi", "11 digits"),
        (SuperMembership(Fund(FundKind.SELF_MANAGED), "1"), "abn", "Enter the ABN"),
        (SuperMembership(Fund(FundKind.SELF_MANAGED, abn="51824753557"), "1"), "abn", "do not add up"),
    ],
)
def test_what_is_wrong_with_a_membership_is_said_beside_the_field(
    membership: SuperMembership, part: str, words: str
) -> None:
    (problem,) = check_super_memberships((MEMBERS[1], membership))
    assert problem.field == f"super_memberships.2.{part}"
    assert words in problem.message


def test_a_fund_listed_twice_is_named_and_good_memberships_are_not() -> None:
    assert [one.field for one in check_super_memberships((MEMBERS[0], MEMBERS[0]))] == ["super_memberships"]
    assert check_super_memberships(MEMBERS) == []


@pytest.mark.parametrize(
    ("rows", "funds", "expected"),
    [(SENT, FUNDS, False), (SENT, FUNDS[:1], True), (SENT, (), True), ([{"EmployeeNumber": "1"}, "none"], (), False)],
)
def test_somebody_in_a_fund_that_is_not_on_the_list_makes_it_worth_reading_anew(
    rows: list[Any], funds: Any, expected: bool
) -> None:
    assert names_unknown_fund(rows, funds=funds) is expected
