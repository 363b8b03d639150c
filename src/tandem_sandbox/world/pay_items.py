"""Earnings rates, deductions, leave and reimbursements: what an organisation pays by (xero.md 4.2)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tandem_sandbox.world import pay_item_samples, shapes
from tandem_sandbox.world.shapes import choice, flag, guid, number, text
from tandem_sandbox.world.state import Organisation, World, derive_id, run_time_id
from tandem_sandbox.world.switches import Switches

SEEDED_AT = datetime(2024, 7, 1, tzinfo=UTC)
EARNINGS_TYPES = (
    "FIXED", "ORDINARYTIMEEARNINGS", "OVERTIMEEARNINGS", "ALLOWANCE", "LUMPSUMA", "LUMPSUMB", "LUMPSUMD", "LUMPSUME",
    "LUMPSUMW", "EMPLOYMENTTERMINATIONPAYMENT", "BONUSESANDCOMMISSIONS", "DIRECTORSFEES", "PAIDPARENTALLEAVE",
    "WORKERSCOMPENSATION",
)  # fmt: skip
ALLOWANCE_TYPES = ("CAR", "TRANSPORT", "LAUNDRY", "MEALS", "TRAVEL", "OTHER", "TOOLS", "TASKS", "QUALIFICATIONS")
ALLOWANCE_CATEGORIES = (
    "NONDEDUCTIBLE", "UNIFORM", "PRIVATEVEHICLE", "HOMEOFFICE", "TRANSPORT", "GENERAL", "OTHER",
)  # fmt: skip
LEAVE_CATEGORIES = (
    "ANNUALLEAVE", "LONGSERVICELEAVE", "PERSONALSICKCARERSLEAVE", "ROSTEREDDAYOFF", "TIMEOFFINLIEU",
    "COMPASSIONATEANDBEREAVEMENTLEAVE", "STUDYLEAVE", "FAMILYANDDOMESTICVIOLENCELEAVE", "SPECIALPAIDLEAVE",
    "COMMUNITYSERVICELEAVE", "JURYDUTYLEAVE", "DEFENCERESERVELEAVE",
)  # fmt: skip
NAMED: shapes.Shape = {"Name": text(100), "AccountCode": text(10), "CurrentRecord": flag()}
SHAPES: dict[str, shapes.Shape] = {
    "EarningsRates": {
        **NAMED,
        "EarningsRateID": guid(),
        "EarningsType": choice(EARNINGS_TYPES),
        "RateType": choice(("FIXEDAMOUNT", "MULTIPLE", "RATEPERUNIT")),
        "TypeOfUnits": text(50),
        "RatePerUnit": text(20, pattern=r"\d+(\.\d+)?", says="must be a number."),
        "Multiplier": number(least=0),
        "Amount": number(least=0),
        "AccrueLeave": flag(),
        "IsExemptFromTax": flag(),
        "IsExemptFromSuper": flag(),
        "IsReportableAsW1": flag(),
        "IsQualifyingEarnings": flag(),
        "AllowanceContributesToAnnualLeaveRate": flag(),
        "AllowanceContributesToOvertimeRate": flag(),
        "EmploymentTerminationPaymentType": choice(("O", "R")),
        "AllowanceType": choice(ALLOWANCE_TYPES),
        "AllowanceCategory": choice(ALLOWANCE_CATEGORIES),
    },
    "DeductionTypes": {
        **NAMED,
        "DeductionTypeID": guid(),
        "DeductionCategory": choice(("NONE", "UNIONFEES", "WORKPLACEGIVING")),
        "ReducesTax": flag(),
        "ReducesSuper": flag(),
        "IsExemptFromW1": flag(),
    },
    "LeaveTypes": {
        "Name": text(100),
        "CurrentRecord": flag(),
        "LeaveTypeID": guid(),
        "TypeOfUnits": text(50),
        "NormalEntitlement": number(least=0),
        "LeaveLoadingRate": number(least=0),
        "IsPaidLeave": flag(),
        "ShowOnPayslip": flag(),
        "LeaveCategoryCode": choice(LEAVE_CATEGORIES),
        "SGCExempt": flag(),
        "IsQualifyingEarnings": flag(),
    },
    "ReimbursementTypes": {**NAMED, "ReimbursementTypeID": guid()},
}
IDS = {
    "EarningsRates": "EarningsRateID",
    "DeductionTypes": "DeductionTypeID",
    "LeaveTypes": "LeaveTypeID",
    "ReimbursementTypes": "ReimbursementTypeID",
}
REQUIRED = {
    "EarningsRates": ("Name", "EarningsType", "RateType"),
    "DeductionTypes": ("Name",),
    "LeaveTypes": ("Name", "TypeOfUnits"),
    "ReimbursementTypes": ("Name",),
}
SYSTEM_TYPES = ("LUMPSUMD", "EMPLOYMENTTERMINATIONPAYMENT")
Lists = dict[str, list[dict[str, Any]]]


def of(organisation: Organisation) -> Lists:
    """Return an organisation's four lists, made when first asked for; `UpdatedDateUTC` is an ISO moment."""
    if organisation.pay_items is None:
        organisation.pay_items = {
            kind: [
                {IDS[kind]: _sample_id(organisation, kind, row), **row, "UpdatedDateUTC": SEEDED_AT.isoformat()}
                for row in rows
            ]
            for kind, rows in pay_item_samples.LISTS.items()
        }
    return organisation.pay_items


def _sample_id(organisation: Organisation, kind: str, row: Mapping[str, Any]) -> str:
    part, name = pay_item_samples.ID_PARTS[kind], row["Name"]
    return derive_id(organisation.seed, organisation.id, part, pay_item_samples.SHORT_NAMES.get(name, name))


def ids(organisation: Organisation, kind: str, *, current: bool = True) -> set[str]:
    """Return the ids of one list; only the current ones unless told otherwise."""
    return {row[IDS[kind]] for row in of(organisation)[kind] if row["CurrentRecord"] or not current}


def sample_ids(organisation: Organisation, kind: str) -> list[str]:
    """Return the ids of one list as every organisation starts with it, in its order."""
    return [_sample_id(organisation, kind, row) for row in pay_item_samples.LISTS[kind]]


def item(organisation: Organisation, kind: str, row_id: str) -> dict[str, Any]:
    """Return one pay item; an empty row for an id that there is not."""
    return next((row for row in of(organisation)[kind] if row[IDS[kind]] == row_id), {})


def ordinary_rate_id(organisation: Organisation) -> str:
    """Return the rate that a new employee gets."""
    return str(of(organisation)["EarningsRates"][0]["EarningsRateID"])


def save(
    world: World, organisation: Organisation, sent: Mapping[str, Any], *, switches: Switches, now: datetime
) -> list[str]:
    """Replace each list that was sent by what was sent; say what is wrong and change nothing, or return nothing."""
    errors = [f"'{name}' is not a valid element in PayItem" for name in sent if name not in SHAPES]
    lists = {kind: shapes.objects(sent[kind], kind) for kind in SHAPES if sent.get(kind) is not None}
    for kind, rows in lists.items():
        errors += _wrong(organisation, kind, rows, switches=switches)
    if errors:
        return errors
    for kind, rows in lists.items():
        of(organisation)[kind] = _replaced(world, organisation, kind, rows, switches=switches, now=now)
    world.touch()
    return []


def _wrong(organisation: Organisation, kind: str, rows: list[dict[str, Any]], *, switches: Switches) -> list[str]:
    known = {row[IDS[kind]]: row for row in of(organisation)[kind]}
    errors: list[str] = []
    for row in rows:
        errors += shapes.problems(row, SHAPES[kind], type_name=kind[:-1])
        errors += [
            f"The {shapes.label(name)} is required." for name in REQUIRED[kind] if shapes.is_blank(row.get(name))
        ]
        row_id = row.get(IDS[kind])
        if row_id and str(row_id).lower() not in known:
            errors.append(f"The {shapes.label(IDS[kind])} does not exist.")
        errors += _qualifying(row, kind, switches=switches) + _rate_type(row)
        if switches["default_pay_items_refused"] and row.get("EarningsType") in SYSTEM_TYPES:
            errors.append(f"The earnings rate '{row.get('Name')}' is not valid.")
    names = [str(row.get("Name")).casefold() for row in rows if row.get("CurrentRecord") is not False]
    errors += [
        f"The Name '{name}' is used twice." for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return errors


def _qualifying(row: Mapping[str, Any], kind: str, *, switches: Switches) -> list[str]:
    if "IsQualifyingEarnings" not in SHAPES[kind]:
        return []
    if row.get("IsQualifyingEarnings") is None:
        return ["IsQualifyingEarnings is required."] if switches["qualifying_earnings_required"] else []
    if row["IsQualifyingEarnings"] is True and row.get("IsExemptFromSuper") is True:
        return ["IsQualifyingEarnings cannot be true when IsExemptFromSuper is true."]
    return []


def _rate_type(row: Mapping[str, Any]) -> list[str]:
    if row.get("RateType") == "MULTIPLE" and shapes.is_blank(row.get("Multiplier")):
        return ["The Multiplier is required when the rate is a multiple."]
    if row.get("EarningsType") == "ALLOWANCE" and shapes.is_blank(row.get("AllowanceType")):
        return ["The Allowance Type is required for an allowance."]
    return []


def _replaced(
    world: World,
    organisation: Organisation,
    kind: str,
    rows: list[dict[str, Any]],
    *,
    switches: Switches,
    now: datetime,
) -> list[dict[str, Any]]:
    left = {row[IDS[kind]]: row for row in of(organisation)[kind]}
    moment, result = now.isoformat(), []
    for sent in rows:
        tidy = shapes.tidied(sent, SHAPES[kind])
        row_id = tidy.get(IDS[kind]) or run_time_id(world, kind)
        before = left.pop(row_id, {})
        after = {"CurrentRecord": True, **before, **tidy, IDS[kind]: row_id}
        result.append(before if after == before else {**after, "UpdatedDateUTC": moment})
    return result + _left_out(left, switches=switches, moment=moment)


def _left_out(left: Mapping[str, dict[str, Any]], *, switches: Switches, moment: str) -> list[dict[str, Any]]:
    if switches["pay_items_left_out"] == "removed":
        return []
    if switches["pay_items_left_out"] == "kept":
        return list(left.values())
    return [
        {**row, "CurrentRecord": False, "UpdatedDateUTC": moment} if row["CurrentRecord"] else row
        for row in left.values()
    ]
