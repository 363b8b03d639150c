"""Super memberships: an employee names a fund by USI or ABN, Xero by the id of a fund in the organisation. Pure.

A fund that the organisation does not have yet is never added from here: it becomes a task for payroll (R32).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tandem.kernel.errors import Problem
from tandem.people.official_numbers import abn_fault, compact, usi_fault
from tandem.people.payroll_records import Fund, FundKind, SuperMembership
from tandem.xero.client import wire_payroll as wire
from tandem.xero.mapping.fields import SharedField, clean
from tandem.xero.mapping.oddities import Oddities, unusable

FIELD = SharedField.SUPER_MEMBERSHIPS
KINDS: Mapping[str, FundKind] = {"REGULATED": FundKind.REGULATED, "SMSF": FundKind.SELF_MANAGED}
UNREADABLE = "Xero holds a super membership that cannot be read. Look at it in Xero; nothing was taken over."
FUND_GONE = "Xero holds a super membership in a fund that the organisation has no more. Look at it in Xero."
FUND_UNKNOWN = (
    "Xero holds a super membership in a kind of fund that Tandem does not know yet. It stays in Xero as it is."
)


@dataclass(frozen=True)
class XeroFund:
    """A fund of the organisation; `kind` is None where Xero names a kind that is new to Tandem."""

    xero_fund_id: UUID
    kind: FundKind | None
    name: str
    usi: str
    abn: str

    @property
    def as_fund(self) -> Fund:
        """Return the fund as an employee would name it."""
        return Fund(self.kind or FundKind.REGULATED, self.usi, self.abn, self.name)


class TaskReason(StrEnum):
    NOT_IN_XERO = "fund_not_in_xero"
    SEVERAL_IN_XERO = "several_funds_in_xero"


@dataclass(frozen=True)
class FundTask:
    """What payroll must do in Xero before a membership can be sent."""

    reason: TaskReason
    fund: Fund

    @property
    def sentence(self) -> str:
        """Return the task in plain words, with the fund's published name and number."""
        number = (
            f"ABN {self.fund.abn}"
            if self.fund.kind is FundKind.SELF_MANAGED or not self.fund.usi
            else f"USI {self.fund.usi}"
        )
        name = self.fund.name or "the fund"
        if self.reason is TaskReason.SEVERAL_IN_XERO:
            return f"Xero has more than one fund with {number}. Remove or rename the one that is not used, or enter the USI here."
        return f"Add {name} ({number}) in Xero under Payroll settings > Superannuation. The membership is sent at the next run."


def funds_from_xero(rows: Sequence[object]) -> tuple[XeroFund, ...]:
    """Return the organisation's funds; a row without an id is none, and an old SPIN stands in for a missing USI."""
    found, _ = wire.read_rows(wire.SuperFund, rows)
    return tuple(
        XeroFund(
            row.super_fund_id,
            KINDS.get(clean(row.type).upper()),
            clean(row.name),
            compact(row.usi or row.spin).upper(),
            compact(row.abn),
        )
        for row in found
        if row.super_fund_id
    )


def find_fund(fund: Fund, funds: Sequence[XeroFund]) -> XeroFund | TaskReason:
    """Return the organisation's fund that an employee means, or why there is none to take."""
    usi, abn = compact(fund.usi).upper(), compact(fund.abn)
    same_kind = [one for one in funds if one.kind is fund.kind]
    if fund.kind is FundKind.REGULATED and usi:
        found = [one for one in same_kind if one.usi == usi]
    else:
        found = [one for one in same_kind if abn and one.abn == abn]
    if len(found) == 1:
        return found[0]
    return TaskReason.SEVERAL_IN_XERO if found else TaskReason.NOT_IN_XERO


def super_memberships_from_xero(
    rows: Sequence[object], *, funds: Sequence[XeroFund]
) -> tuple[tuple[SuperMembership, ...], Oddities]:
    """Return the memberships with their funds by USI or ABN; a list with one that is not understood stays in Xero."""
    found, unread = wire.read_rows(wire.SuperMembership, rows)
    if unread:
        return (), unusable(FIELD, UNREADABLE)
    known = {fund.xero_fund_id: fund for fund in funds}
    memberships = []
    for row in found:
        fund = known.get(row.super_fund_id) if row.super_fund_id else None
        if fund is None or fund.kind is None:
            return (), unusable(FIELD, FUND_UNKNOWN if fund else FUND_GONE)
        memberships.append(SuperMembership(fund.as_fund, clean(row.employee_number)))
    return tuple(memberships), ()


def names_unknown_fund(rows: Sequence[object], *, funds: Sequence[XeroFund]) -> bool:
    """Say whether somebody is in a fund that is not on the list as last read, so that it is worth reading anew."""
    found, _ = wire.read_rows(wire.SuperMembership, rows)
    known = {fund.xero_fund_id for fund in funds}
    return any(row.super_fund_id not in known for row in found if row.super_fund_id)


def super_memberships_to_xero(
    memberships: Sequence[SuperMembership], *, funds: Sequence[XeroFund], read: Sequence[object] = ()
) -> dict[str, object]:
    """Return the whole list; one that Xero has already keeps its id, since pay template lines point at it.

    A list with a fund that is not in Xero is not sent at all, since Xero would take it for the whole; see `fund_tasks`.
    """
    before, _ = wire.read_rows(wire.SuperMembership, read)
    ids = {(row.super_fund_id, clean(row.employee_number)): row.super_membership_id for row in before}
    rows: list[dict[str, object]] = []
    for membership in memberships:
        fund = find_fund(membership.fund, funds)
        if isinstance(fund, TaskReason):
            return {}
        number = clean(membership.member_number)
        row: dict[str, object] = {"SuperFundID": str(fund.xero_fund_id), "EmployeeNumber": number}
        if known := ids.get((fund.xero_fund_id, number)):
            row["SuperMembershipID"] = str(known)
        rows.append(row)
    return {"SuperMemberships": rows}


def fund_tasks(memberships: Sequence[SuperMembership], *, funds: Sequence[XeroFund]) -> tuple[FundTask, ...]:
    """Return what payroll must do in Xero before these memberships can be sent."""
    found = ((membership.fund, find_fund(membership.fund, funds)) for membership in memberships)
    return tuple(FundTask(reason, fund) for fund, reason in found if isinstance(reason, TaskReason))


def fund_key(fund: Fund) -> tuple[str, str, str]:
    """Return what tells funds apart: the USI of a regulated one where it is known, else the ABN."""
    usi = compact(fund.usi).upper()
    if fund.kind is FundKind.REGULATED and usi:
        return fund.kind.value, usi, ""
    return fund.kind.value, "", compact(fund.abn)


def normalise_memberships(memberships: Sequence[SuperMembership]) -> tuple[SuperMembership, ...]:
    """Return memberships as they are compared: funds by their number alone, and in no order."""
    keys = sorted((*fund_key(one.fund), clean(one.member_number)) for one in memberships)
    return tuple(SuperMembership(Fund(FundKind(kind), usi, abn), member) for kind, usi, abn, member in keys)


def check_super_memberships(memberships: Sequence[SuperMembership]) -> list[Problem]:
    """Return everything that is wrong with the memberships; fields are `super_memberships.<place from 1>.<part>`."""
    problems = [problem for place, one in enumerate(memberships, 1) for problem in _check(place, one)]
    keys = [fund_key(one.fund) for one in memberships]
    if len(set(keys)) < len(keys):
        problems.append(Problem(FIELD.value, "The same super fund is listed twice. Take one of the two out."))
    return problems


def _check(place: int, membership: SuperMembership) -> list[Problem]:
    fund = membership.fund
    faults: dict[str, str] = {}
    if fund.kind is FundKind.SELF_MANAGED:
        faults["abn"] = abn_fault(fund.abn) if compact(fund.abn) else "Enter the ABN of the self-managed fund."
    elif compact(fund.usi):
        faults["usi"] = usi_fault(fund.usi)
    else:
        faults["usi"] = abn_fault(fund.abn) if compact(fund.abn) else "Enter the USI of the fund, or its ABN."
    if not clean(membership.member_number):
        faults["member_number"] = "Xero needs the member number. Enter it; the fund's letters show it."
    return [Problem(f"{FIELD.value}.{place}.{part}", fault) for part, fault in faults.items() if fault]
