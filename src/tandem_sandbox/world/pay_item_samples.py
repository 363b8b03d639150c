"""The pay items that every organisation starts with; one of each list is no longer current."""

from typing import Any

Row = dict[str, Any]
ID_PARTS = {
    "EarningsRates": "rate",
    "DeductionTypes": "deduction",
    "LeaveTypes": "leave",
    "ReimbursementTypes": "claim",
}
SHORT_NAMES = {"Annual Leave": "annual"}
WAGES, LIABILITY, EXPENSES = "477", "850", "493"


def _rate(name: str, kind: str, **more: Any) -> Row:
    return {
        "Name": name,
        "AccountCode": WAGES,
        "EarningsType": kind,
        "RateType": "RATEPERUNIT",
        "TypeOfUnits": "Hours",
        "IsExemptFromTax": False,
        "IsExemptFromSuper": False,
        "IsReportableAsW1": False,
        "IsQualifyingEarnings": True,
        "AllowanceContributesToAnnualLeaveRate": False,
        "AllowanceContributesToOvertimeRate": False,
        "CurrentRecord": True,
        **more,
    }


def _lump(name: str, kind: str, **more: Any) -> Row:
    row = _rate(name, kind, IsExemptFromSuper=True, IsQualifyingEarnings=False, RateType="FIXEDAMOUNT", **more)
    del row["TypeOfUnits"]
    return row


def _deduction(name: str, category: str, **more: Any) -> Row:
    return {
        "Name": name,
        "AccountCode": LIABILITY,
        "DeductionCategory": category,
        "ReducesTax": False,
        "ReducesSuper": False,
        "IsExemptFromW1": False,
        "CurrentRecord": True,
        **more,
    }


def _leave(name: str, category: str | None, entitlement: float, **more: Any) -> Row:
    row = {
        "Name": name,
        "TypeOfUnits": "Hours",
        "NormalEntitlement": entitlement,
        "IsPaidLeave": True,
        "ShowOnPayslip": True,
        "SGCExempt": False,
        "IsQualifyingEarnings": True,
        "CurrentRecord": True,
        **more,
    }
    return {**row, "LeaveCategoryCode": category} if category else row


def _claim(name: str, *, current: bool = True) -> Row:
    return {"Name": name, "AccountCode": EXPENSES, "CurrentRecord": current}


LISTS: dict[str, tuple[Row, ...]] = {
    "EarningsRates": (
        _rate("Ordinary Hours", "ORDINARYTIMEEARNINGS", RatePerUnit="32.50"),
        _rate("Casual Hours", "ORDINARYTIMEEARNINGS", RatePerUnit="40.625"),
        _rate(
            "Overtime at time and a half",
            "OVERTIMEEARNINGS",
            RateType="MULTIPLE",
            Multiplier=1.5,
            AccrueLeave=False,
            IsExemptFromSuper=True,
            IsQualifyingEarnings=False,
        ),
        _rate(
            "Tool Allowance",
            "ALLOWANCE",
            AllowanceType="TOOLS",
            AllowanceCategory="GENERAL",
            RatePerUnit="1.20",
            IsReportableAsW1=True,
        ),
        _rate(
            "Old Allowance",
            "ALLOWANCE",
            AllowanceType="OTHER",
            AllowanceCategory="GENERAL",
            RatePerUnit="0.80",
            CurrentRecord=False,
        ),
        _lump("Redundancy", "LUMPSUMD", IsExemptFromTax=True, IsReportableAsW1=True),
        _lump("Leave paid on termination", "EMPLOYMENTTERMINATIONPAYMENT", EmploymentTerminationPaymentType="O"),
        _lump("Bonus", "BONUSESANDCOMMISSIONS"),
    ),
    "DeductionTypes": (
        _deduction("Union Fees", "UNIONFEES"),
        _deduction("Salary Packaging", "NONE", ReducesTax=True),
        _deduction("Workplace Giving", "WORKPLACEGIVING", ReducesTax=True, IsExemptFromW1=True),
        _deduction("Social Club", "NONE", CurrentRecord=False),
    ),
    "LeaveTypes": (
        _leave("Annual Leave", "ANNUALLEAVE", 152.0, LeaveLoadingRate=17.5),
        _leave("Personal/Carer's Leave", "PERSONALSICKCARERSLEAVE", 76.0),
        _leave("Long Service Leave", "LONGSERVICELEAVE", 0.0, ShowOnPayslip=False),
        _leave("Compassionate Leave (paid)", "COMPASSIONATEANDBEREAVEMENTLEAVE", 0.0, ShowOnPayslip=False),
        _leave(
            "Other Unpaid Leave",
            None,
            0.0,
            IsPaidLeave=False,
            ShowOnPayslip=False,
            SGCExempt=True,
            IsQualifyingEarnings=False,
        ),
        _leave("Birthday Leave", "SPECIALPAIDLEAVE", 7.6, CurrentRecord=False),
    ),
    "ReimbursementTypes": (
        _claim("Travel Costs"),
        _claim("Other Reimbursable Costs"),
        _claim("Uniform Costs", current=False),
    ),
}
