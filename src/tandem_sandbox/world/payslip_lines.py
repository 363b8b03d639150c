"""What one person is paid in one period, line by line.

Not a pay calculation that anybody should be paid by: tax is a flat fifth of the wages, statutory super a flat 11 per
cent of them. It is here so that pay runs, payslips and leave balances agree with each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tandem_sandbox.world import pay_items, pay_lines, shapes, timesheets
from tandem_sandbox.world.batch import Row
from tandem_sandbox.world.shapes import choice, day, flag, guid, number, text
from tandem_sandbox.world.state import Organisation, Person, derive_id

TAX_SHARE, SUPER_SHARE = 0.2, 0.11
LARGEST, LARGEST_UNIT = 1e12, 1e6
DAYS_OF_YEAR, WEEKS_OF_YEAR = 364, 52
TAXES = ("PAYGMANUAL", "ETPOMANUAL", "ETPRMANUAL", "SCHEDULE4MANUAL", "SCHEDULE5MANUAL", "SCHEDULE5STSLMANUAL")
SHAPES: dict[str, shapes.Shape] = {
    "EarningsLines": pay_lines.SHAPES["EarningsLines"],
    "LeaveEarningsLines": {
        "EarningsRateID": guid(),
        "RatePerUnit": number(),
        "NumberOfUnits": number(),
        "PayOutType": choice(("DEFAULT", "CASHED_OUT")),
    },
    "TimesheetEarningsLines": pay_lines.SHAPES["EarningsLines"],
    "DeductionLines": pay_lines.SHAPES["DeductionLines"],
    "LeaveAccrualLines": {"LeaveTypeID": guid(), "NumberOfUnits": number(), "AutoCalculate": flag()},
    "ReimbursementLines": pay_lines.SHAPES["ReimbursementLines"],
    "SuperannuationLines": {**pay_lines.SHAPES["SuperLines"], "PaymentDateForThisPeriod": day()},
    "TaxLines": {
        "PayslipTaxLineID": guid(),
        "Amount": number(),
        "TaxTypeName": text(50),
        "Description": text(50),
        "ManualTaxType": choice(TAXES),
        "LiabilityAccount": text(10),
    },
}
PAYS_BY = {
    "EarningsLines": "EarningsRates",
    "LeaveEarningsLines": "EarningsRates",
    "TimesheetEarningsLines": "EarningsRates",
    "DeductionLines": "DeductionTypes",
    "LeaveAccrualLines": "LeaveTypes",
    "ReimbursementLines": "ReimbursementTypes",
}
EARNINGS = ("EarningsLines", "LeaveEarningsLines", "TimesheetEarningsLines")
Lists = dict[str, list[Row]]


@dataclass(frozen=True)
class Time:
    """What a person did in the period: parts of leave, each with its application, and the approved timesheet."""

    leave: Sequence[tuple[Row, Row]] = ()
    timesheet: Row | None = None


def make(organisation: Organisation, person: Person, run: Mapping[str, Any], time: Time) -> Lists:
    """Return a person's lines for a pay run, from the pay template, leave and timesheet."""
    template = person.fields.get("PayTemplate") or {}
    days = (_day(run["PayRunPeriodEndDate"]) - _day(run["PayRunPeriodStartDate"])).days + 1
    ordinary = str(person.fields.get("OrdinaryEarningsRateID") or pay_items.ordinary_rate_id(organisation))
    earnings = [_earning(organisation, line, days=days) for line in template.get("EarningsLines") or ()]
    rate = next((line["RatePerUnit"] for line in earnings if "RatePerUnit" in line), _rate(organisation, ordinary))
    lists: Lists = {
        "EarningsLines": _without_time(earnings, time, ordinary=ordinary),
        "LeaveEarningsLines": [_leave(organisation, *part, ordinary=ordinary, rate=rate) for part in time.leave],
        "TimesheetEarningsLines": _from_timesheet(organisation, time.timesheet),
        "DeductionLines": [_kept(line, "DeductionLines") for line in template.get("DeductionLines") or ()],
        "LeaveAccrualLines": _accruals(organisation, person, days=days),
        "ReimbursementLines": [_kept(line, "ReimbursementLines") for line in template.get("ReimbursementLines") or ()],
    }
    wages = totals(lists)["Wages"]
    lists["SuperannuationLines"] = [_super(line, wages=wages) for line in template.get("SuperLines") or ()]
    return lists


def tax_line(organisation: Organisation, payslip_id: str, *, wages: float) -> Row:
    """Return the one tax line of a payslip."""
    return {
        "PayslipTaxLineID": derive_id(organisation.seed, payslip_id, "tax"),
        "Amount": round(wages * TAX_SHARE, 2),
        "TaxTypeName": "PAYG Tax",
        "Description": "PAYG Tax",
        "LiabilityAccount": "825",
    }


def totals(lists: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Add a payslip's lines up."""
    wages = sum(amount(line) for name in EARNINGS for line in lists.get(name, ()))
    deductions = sum(
        float(line.get("Amount", wages * line.get("Percentage", 0) / 100)) for line in lists.get("DeductionLines", ())
    )
    tax, paid_super, claims = (
        sum(float(line.get("Amount", 0)) for line in lists.get(name, ()))
        for name in ("TaxLines", "SuperannuationLines", "ReimbursementLines")
    )
    found = {
        "Wages": wages,
        "Deductions": deductions,
        "Tax": tax,
        "Super": paid_super,
        "Reimbursements": claims,
        "NetPay": wages - deductions - tax + claims,
    }
    return {name: plain(value, 2) for name, value in found.items()}


def plain(value: float, digits: int = 4) -> float:
    """Round a sum; what no payroll pays counts as nothing, so that every answer holds numbers that JSON has."""
    return round(float(value), digits) if abs(value) < LARGEST else 0.0


def amount(line: Mapping[str, Any]) -> float:
    """Return what one earnings line comes to."""
    fixed = line.get("FixedAmount", line.get("Amount"))
    return float(fixed if fixed is not None else line.get("RatePerUnit", 0) * line.get("NumberOfUnits", 0))


def problems(organisation: Organisation, name: str, rows: Iterable[Row]) -> list[str]:
    """Say what is wrong with the lines of one list. Raises Malformed."""
    errors: list[str] = []
    pays_by = PAYS_BY.get(name)
    for row in rows:
        errors += shapes.problems(row, SHAPES[name], type_name=name[:-1])
        errors += [
            f"The {shapes.label(element)} is out of range."
            for element, value in shapes.tidied(row, SHAPES[name]).items()
            if isinstance(value, int | float) and abs(value) > LARGEST_UNIT
        ]
        if pays_by and str(row.get(pay_items.IDS[pays_by]) or "").lower() not in pay_items.ids(organisation, pays_by):
            errors.append(f"Invalid {pay_items.IDS[pays_by]}")
    return errors


def _day(iso: str) -> date:
    return date.fromisoformat(iso)


def _rate(organisation: Organisation, rate_id: str) -> float:
    return float(pay_items.item(organisation, "EarningsRates", rate_id).get("RatePerUnit") or 0)


def _earning(organisation: Organisation, line: Mapping[str, Any], *, days: int) -> Row:
    rate_id, fixed = line["EarningsRateID"], line.get("FixedAmount", line.get("Amount"))
    if line.get("CalculationType") == "ANNUALSALARY" and line.get("NumberOfUnitsPerWeek"):
        weekly = float(line["NumberOfUnitsPerWeek"])
        rate = plain(float(line.get("AnnualSalary") or 0) / WEEKS_OF_YEAR / weekly)
        return {"EarningsRateID": rate_id, "RatePerUnit": rate, "NumberOfUnits": plain(weekly * days / 7)}
    if fixed is not None:
        return {"EarningsRateID": rate_id, "FixedAmount": float(fixed)}
    units = float(line.get("NormalNumberOfUnits") or line.get("NumberOfUnits") or 0)
    rate = float(line.get("RatePerUnit") or _rate(organisation, rate_id))
    return {"EarningsRateID": rate_id, "RatePerUnit": rate, "NumberOfUnits": units}


def _without_time(earnings: list[Row], time: Time, *, ordinary: str) -> list[Row]:
    """Take from the ordinary hours what leave was taken in, or all of them where a timesheet says the hours."""
    away = sum(period["NumberOfUnits"] for row, period in time.leave if row["PayOutType"] == "DEFAULT")
    found = []
    for line in earnings:
        if line["EarningsRateID"] != ordinary or "NumberOfUnits" not in line:
            found.append(line)
        elif time.timesheet is None:
            left = max(0.0, line["NumberOfUnits"] - away)
            away = max(0.0, away - line["NumberOfUnits"])
            found.append({**line, "NumberOfUnits": round(left, 4)})
    return found


def _leave(organisation: Organisation, row: Row, period: Row, *, ordinary: str, rate: float) -> Row:
    is_paid = pay_items.item(organisation, "LeaveTypes", row["LeaveTypeID"]).get("IsPaidLeave", True)
    return {
        "EarningsRateID": ordinary,
        "RatePerUnit": rate if is_paid else 0.0,
        "NumberOfUnits": period["NumberOfUnits"],
        "PayOutType": row["PayOutType"],
    }


def _from_timesheet(organisation: Organisation, sheet: Row | None) -> list[Row]:
    return [
        {
            "EarningsRateID": line["EarningsRateID"],
            "RatePerUnit": _rate(organisation, line["EarningsRateID"]),
            "NumberOfUnits": round(sum(line["NumberOfUnits"]), 4),
        }
        for line in (timesheets.grouped(sheet) if sheet else ())
    ]


def _accruals(organisation: Organisation, person: Person, *, days: int) -> list[Row]:
    found = []
    for balance in person.fields.get("LeaveBalances") or ():
        kind = pay_items.item(organisation, "LeaveTypes", balance["LeaveTypeID"])
        if kind.get("NormalEntitlement"):
            units = plain(float(kind["NormalEntitlement"]) * days / DAYS_OF_YEAR)
            found.append({"LeaveTypeID": balance["LeaveTypeID"], "NumberOfUnits": units, "AutoCalculate": True})
    return found


def _super(line: Mapping[str, Any], *, wages: float) -> Row:
    kept = _kept(line, "SuperannuationLines")
    if line.get("CalculationType") == "FIXEDAMOUNT":
        return kept
    share = SUPER_SHARE if line.get("CalculationType") == "STATUTORY" else float(line.get("Percentage") or 0) / 100
    return {**kept, "Amount": round(wages * share, 2)}


def _kept(line: Mapping[str, Any], name: str) -> Row:
    return {element: line[element] for element in SHAPES[name] if line.get(element) is not None}
