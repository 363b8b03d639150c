"""The lines of pay templates and opening balances, each list with its own elements (xero.md 4.1)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tandem_sandbox.world import pay_items, shapes
from tandem_sandbox.world.case import Case
from tandem_sandbox.world.shapes import choice, flag, guid, number, text

LEAVE: shapes.Shape = {"LeaveTypeID": guid(), "NumberOfUnits": number()}
SHAPES: dict[str, shapes.Shape] = {
    "EarningsLines": {
        "EarningsRateID": guid(),
        "CalculationType": choice(("USEEARNINGSRATE", "ENTEREARNINGSRATE", "ANNUALSALARY")),
        **dict.fromkeys(
            ("AnnualSalary", "NumberOfUnitsPerWeek", "RatePerUnit", "NormalNumberOfUnits", "NumberOfUnits"), number()
        ),
        "Amount": number(),
        "FixedAmount": number(),
    },
    "DeductionLines": {
        "DeductionTypeID": guid(),
        "CalculationType": choice(("FIXEDAMOUNT", "PRETAX", "POSTTAX")),
        "Amount": number(),
        "Percentage": number(least=0, most=100),
        "NumberOfUnits": number(),
    },
    "SuperLines": {
        "SuperMembershipID": guid(),
        "ContributionType": choice(("SGC", "SALARYSACRIFICE", "EMPLOYERADDITIONAL", "EMPLOYEE")),
        "CalculationType": choice(("FIXEDAMOUNT", "PERCENTAGEOFEARNINGS", "STATUTORY")),
        "MinimumMonthlyEarnings": number(least=0),
        "ExpenseAccountCode": text(10),
        "LiabilityAccountCode": text(10),
        "Percentage": number(least=0, most=100),
        "Amount": number(),
    },
    "ReimbursementLines": {
        "ReimbursementTypeID": guid(),
        "Amount": number(),
        "Description": text(50),
        "ExpenseAccount": text(10),
    },
    "LeaveLines": {
        **LEAVE,
        "CalculationType": choice(
            ("NOCALCULATIONREQUIRED", "FIXEDAMOUNTEACHPERIOD", "ENTERRATEINPAYTEMPLATE", "BASEDONORDINARYEARNINGS")
        ),
        "EntitlementFinalPayPayoutType": choice(("NOTPAIDOUT", "PAIDOUT")),
        "EmploymentTerminationPaymentType": choice(("O", "R")),
        "IncludeSuperannuationGuaranteeContribution": flag(),
        "IsQualifyingEarnings": flag(),
        "AnnualNumberOfUnits": number(least=0),
        "FullTimeNumberOfUnitsPerPeriod": number(least=0),
    },
    "OpeningLeaveLines": LEAVE,
    "PaidLeaveEarningsLines": {
        "LeaveTypeID": guid(),
        "Amount": number(),
        "SGCAppliedLeaveLoadingAmount": number(),
        "SGCExemptedLeaveLoadingAmount": number(),
        "ResetSTPCategorisation": flag(),
    },
}
PAYS_BY = {
    "EarningsLines": "EarningsRates",
    "DeductionLines": "DeductionTypes",
    "ReimbursementLines": "ReimbursementTypes",
    "LeaveLines": "LeaveTypes",
    "OpeningLeaveLines": "LeaveTypes",
    "PaidLeaveEarningsLines": "LeaveTypes",
}
Lists = Mapping[str, str]
PAY_TEMPLATE: Lists = {
    name: name for name in ("EarningsLines", "DeductionLines", "SuperLines", "ReimbursementLines", "LeaveLines")
}
OPENING_BALANCES: Lists = {
    **PAY_TEMPLATE,
    "LeaveLines": "OpeningLeaveLines",
    "PaidLeaveEarningsLines": "PaidLeaveEarningsLines",
}


def tidied(record: Mapping[str, Any], lists: Lists) -> dict[str, Any]:
    """Return a template or balances with each line as it is kept. Raises Malformed for what is no list of objects."""
    lines = {
        name: [shapes.tidied(row, SHAPES[kind]) for row in shapes.objects(record[name], name)]
        for name, kind in lists.items()
        if name in record
    }
    return {**record, **lines}


def problems(record: Mapping[str, Any], lists: Lists, *, case: Case) -> list[str]:
    """Say what is wrong with the lines of a template or of balances."""
    memberships = {item.get("SuperMembershipID") for item in case.fields.get("SuperMemberships") or ()}
    errors: list[str] = []
    for name, kind in lists.items():
        rows = record.get(name) or ()
        for row in rows:
            errors += shapes.problems(row, SHAPES[kind], type_name=kind[:-1])
        errors += _references(rows, kind, case=case)
        if kind == "SuperLines":
            errors += _membership(rows, memberships)
    return errors


def _references(rows: Sequence[Mapping[str, Any]], kind: str, *, case: Case) -> list[str]:
    pays_by = PAYS_BY.get(kind)
    if pays_by is None:
        return []
    id_name = pay_items.IDS[pays_by]
    known = pay_items.ids(case.organisation, pays_by)
    errors = [f"Invalid {id_name}" for row in rows if row.get(id_name) not in known]
    if kind == "LeaveLines" and case.switches["qualifying_earnings_required"]:
        errors += ["IsQualifyingEarnings is required." for row in rows if row.get("IsQualifyingEarnings") is None]
    if kind == "PaidLeaveEarningsLines":
        errors += ["The Amount is required." for row in rows if row.get("Amount") is None]
    return errors


def _membership(rows: Sequence[Mapping[str, Any]], memberships: Collection[object]) -> list[str]:
    return [
        "The superannuation fund is required."
        for row in rows
        if row.get("SuperMembershipID") not in memberships and not is_dropped(row)
    ]


def is_dropped(row: Mapping[str, Any]) -> bool:
    """Say whether Xero drops a super line without a word: a fixed amount that is not there."""
    return row.get("CalculationType") == "FIXEDAMOUNT" and row.get("Amount") is None
