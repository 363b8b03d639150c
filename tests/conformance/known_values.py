"""Ids that exist and days that are days, put into Xero's files: requests made of strange ones alone find nothing."""

import copy
from collections.abc import Callable
from typing import Any

DAYS = ["2024-07-01", "2024-07-14", "2024-08-05", "1991-02-03", "/Date(1719792000000+0000)/", "/Date(1725235200000)/"]
PLAIN_DAYS = [day for day in DAYS if not day.startswith("/")]
PAYROLL = "/payroll.xro/1.0"
LISTS = {
    "employeeid": (f"{PAYROLL}/Employees", "Employees", "EmployeeID"),
    "leaveapplicationid": (f"{PAYROLL}/LeaveApplications/v2", "LeaveApplications", "LeaveApplicationID"),
    "payrollcalendarid": (f"{PAYROLL}/PayrollCalendars", "PayrollCalendars", "PayrollCalendarID"),
    "payrunid": (f"{PAYROLL}/PayRuns", "PayRuns", "PayRunID"),
    "timesheetid": (f"{PAYROLL}/Timesheets", "Timesheets", "TimesheetID"),
    "superfundid": (f"{PAYROLL}/Superfunds", "SuperFunds", "SuperFundID"),
    "userid": ("/api.xro/2.0/Users", "Users", "UserID"),
    "trackingcategoryid": ("/api.xro/2.0/TrackingCategories", "TrackingCategories", "TrackingCategoryID"),
}
ITEMS = {
    "earningsrateid": ("EarningsRates", "EarningsRateID"),
    "ordinaryearningsrateid": ("EarningsRates", "EarningsRateID"),
    "leavetypeid": ("LeaveTypes", "LeaveTypeID"),
    "deductiontypeid": ("DeductionTypes", "DeductionTypeID"),
    "reimbursementtypeid": ("ReimbursementTypes", "ReimbursementTypeID"),
}
MOST = 5
Read = Callable[[str], Any]


class KnownValues:
    """What one signed-in caller can name, by the name of the element or parameter that holds it."""

    def __init__(self, read: Read) -> None:
        """Look everything up: `read` makes a GET and returns its JSON."""
        self._ids = {name: _ids(read(path)[rows], key) for name, (path, rows, key) in LISTS.items()}
        items = read(f"{PAYROLL}/PayItems")["PayItems"]
        self._ids |= {name: _ids(items[rows], key) for name, (rows, key) in ITEMS.items()}
        runs = read(f"{PAYROLL}/PayRuns/{self._ids['payrunid'][0]}")["PayRuns"]
        self._ids["payslipid"] = _ids(runs[0].get("Payslips", []), "PayslipID")
        sheets = [read(f"/payroll.xro/2.0/Timesheets/{sheet}")["timesheet"] for sheet in self._ids["timesheetid"]]
        lines = [line for sheet in sheets for line in sheet.get("timesheetLines") or []]
        self._ids["timesheetlineid"] = _ids(lines, "timesheetLineID")

    def filled(self, published: dict[str, Any]) -> dict[str, Any]:
        """Return a file whose parameters and bodies draw on what is known, and that asks for no token of its own."""
        changed = copy.deepcopy(published)
        changed["security"] = []
        shared = changed["components"].get("parameters", {})
        for item in changed["paths"].values():
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("security", None)
                    given = operation.get("parameters", [])
                    operation["parameters"] = [self._parameter(shared, one) for one in given]
        self._fill(changed["components"]["schemas"])
        return changed

    def _parameter(self, shared: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
        found = shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
        ids = self._ids.get(found["name"].lower()) if found["in"] == "path" else None
        return {**found, "schema": {"type": "string", "enum": ids}} if ids else found

    def _fill(self, node: Any) -> None:
        if isinstance(node, list):
            for value in node:
                self._fill(value)
        if not isinstance(node, dict):
            return
        for name, schema in (node.get("properties") or {}).items():
            known = self._known(name, schema)
            if known:
                node["properties"][name] = {"type": "string", "enum": known}
        for value in node.values():
            self._fill(value)

    def _known(self, name: str, schema: dict[str, Any]) -> list[str]:
        if schema.get("x-is-msdate"):
            return DAYS
        if schema.get("x-is-date"):
            return PLAIN_DAYS
        return self._ids.get(name.lower(), [])


def _ids(rows: list[dict[str, Any]], key: str) -> list[str]:
    return [str(row[key]) for row in rows][:MOST]
