"""Super funds of an organisation, the products that regulated ones are chosen from, and memberships (xero.md 4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem_sandbox.world import shapes
from tandem_sandbox.world.shapes import choice, guid, text
from tandem_sandbox.world.state import ZERO_ID, Organisation, World, run_time_id
from tandem_sandbox.world.switches import Switches

SAMPLE_ABN = "51824753556"
DIGITS_11 = text(11, pattern=r"\d{11}", says="must be 11 digits.")
SHAPE: shapes.Shape = {
    "SuperFundID": guid(),
    "Type": choice(("REGULATED", "SMSF")),
    "Name": text(76),
    "ABN": DIGITS_11,
    "USI": text(20, pattern=r"[0-9A-Za-z]+"),
    "SPIN": text(20, pattern=r"[0-9A-Za-z]+"),
    "BSB": text(6, pattern=r"\d{6}", says="must be exactly 6 digits."),
    "AccountNumber": text(9),
    "AccountName": text(32),
    "ElectronicServiceAddress": text(16, pattern=r"[0-9A-Za-z]+"),
    "EmployerNumber": text(20),
}
OF_SMSF = ("Name", "ABN", "BSB", "AccountNumber", "AccountName", "ElectronicServiceAddress")
MEMBERSHIP: shapes.Shape = {"SuperMembershipID": guid(), "SuperFundID": text(36), "EmployeeNumber": text(20)}
# The published sample ABN with the suffixes that a USI may carry, and codes that no product has.
PRODUCTS: tuple[dict[str, str], ...] = (
    {"ABN": SAMPLE_ABN, "USI": f"{SAMPLE_ABN}001", "ProductName": "Sample Industry Super"},
    {"ABN": SAMPLE_ABN, "USI": f"{SAMPLE_ABN}002", "ProductName": "Sample Retail Super"},
    {"ABN": SAMPLE_ABN, "USI": f"{SAMPLE_ABN}003", "ProductName": "Sample Growth Super"},
    {"ABN": SAMPLE_ABN, "USI": "ZZZ0000AU", "SPIN": "ZZZ0000AU", "ProductName": "Sample Legacy Super"},
)


@dataclass(frozen=True)
class Saved:
    """One record of a request: the fund it became, or why it was refused."""

    sent: Mapping[str, Any]
    fund_id: str
    fund: dict[str, Any] | None
    errors: tuple[str, ...] = ()


def find(organisation: Organisation, fund_id: str) -> dict[str, Any] | None:
    """Find a fund by id, whatever its case."""
    wanted = fund_id.strip().lower()
    return next((fund for fund in organisation.super_funds if fund["SuperFundID"] == wanted), None)


def products(*, abn: str, usi: str) -> list[dict[str, str]]:
    """List the products of an ABN or with a USI."""
    abn, usi = abn.replace(" ", ""), usi.strip().upper()
    return [
        product for product in PRODUCTS if (not abn or product["ABN"] == abn) and (not usi or product["USI"] == usi)
    ]


def save(
    world: World,
    organisation: Organisation,
    records: Sequence[Mapping[str, Any]],
    *,
    target: str | None,
    switches: Switches,
    now: datetime,
) -> list[Saved]:
    """Create or update each fund; `target` is the id in the path. A batch with a bad record follows its switch."""
    judged = [_judge(organisation, record, target=target, switches=switches) for record in records]
    if any(item.errors for item in judged) and switches["batch_with_bad_record"] == "all_rejected":
        return judged
    return [item if item.errors else _commit(world, organisation, item, now=now) for item in judged]


def _judge(organisation: Organisation, record: Mapping[str, Any], *, target: str | None, switches: Switches) -> Saved:
    errors = shapes.problems(record, SHAPE, type_name="SuperFund")
    wanted = target or str(record.get("SuperFundID") or ZERO_ID).lower()
    existing = find(organisation, wanted)
    if wanted != ZERO_ID and existing is None:
        errors.append("The Super Fund ID does not exist.")
    fund = {**(existing or {}), **shapes.tidied(record, SHAPE)}
    if shapes.is_blank(fund.get("Type")):
        errors.append("The Type is required.")
    if existing and existing["Type"] != fund.get("Type"):
        errors.append("The Type of a fund cannot be changed.")
    if fund.get("Type") == "SMSF":
        errors += [f"The {shapes.label(name)} is required." for name in OF_SMSF if shapes.is_blank(fund.get(name))]
    if fund.get("Type") == "REGULATED":
        errors += _regulated(fund, switches=switches)
    return Saved(record, wanted, None if errors else fund, tuple(errors))


def _regulated(fund: dict[str, Any], *, switches: Switches) -> list[str]:
    code = str(fund.get("USI") or fund.get("SPIN") or "").upper()
    if not code:
        return ["The USI is required for a regulated fund."]
    product = next((item for item in PRODUCTS if code in (item["USI"], item.get("SPIN"))), None)
    if product is None:
        return ["The USI is not that of a super fund product."] if switches["unknown_usi"] == "refuse" else []
    fund["USI"], fund["ABN"] = product["USI"], product["ABN"]
    fund.setdefault("Name", product["ProductName"])
    return []


def _commit(world: World, organisation: Organisation, item: Saved, *, now: datetime) -> Saved:
    fund = dict(item.fund or {})
    fund["SuperFundID"] = run_time_id(world, "fund") if item.fund_id == ZERO_ID else item.fund_id
    existing = find(organisation, fund["SuperFundID"])
    if existing is None:
        fund["UpdatedDateUTC"] = now.isoformat()
        organisation.super_funds.append(fund)
    elif fund != existing:
        existing.update(fund, UpdatedDateUTC=now.isoformat())
    world.touch()
    return Saved(item.sent, fund["SuperFundID"], existing or fund)


def membership_errors(
    memberships: Sequence[Mapping[str, Any]], *, organisation: Organisation, known: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Say what is wrong with an employee's memberships; the fund must be in the organisation first."""
    errors: list[str] = []
    ids = {item.get("SuperMembershipID") for item in known}
    for membership in memberships:
        errors += shapes.problems(membership, MEMBERSHIP, type_name="SuperMembership")
        if find(organisation, str(membership.get("SuperFundID") or "")) is None:
            errors.append("The superannuation fund is required.")
        if shapes.is_blank(membership.get("EmployeeNumber")):
            errors.append("The Employee Number is required.")
        if membership.get("SuperMembershipID") and membership["SuperMembershipID"] not in ids:
            errors.append("The Super Membership ID does not exist.")
    return errors
