"""Xero's published specification files (XERO_OPENAPI_DIR), with their known faults corrected, and what breaks them."""

import copy
import os
from pathlib import Path
from typing import Any

import yaml
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

PAYROLL, PAYROLL_V2 = "xero-payroll-au.yaml", "xero-payroll-au-v2.yaml"
ACCOUNTING, IDENTITY = "xero_accounting.yaml", "xero-identity.yaml"
ENVELOPE = {
    "Id": {"type": "string", "format": "uuid"},
    "Status": {"type": "string", "enum": ["OK"]},
    "ProviderName": {"type": "string"},
    "DateTimeUTC": {"type": "string", "pattern": r"^/Date\(-?\d+\)/$"},
}
ENVELOPE_V2 = {
    "id": {"type": "string", "format": "uuid"},
    "providerName": {"type": "string"},
    "dateTimeUTC": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$"},
    "httpStatusCode": {"type": "string"},
}


def document(name: str) -> dict[str, Any]:
    """Read one of the files as it was published."""
    text = (Path(os.environ["XERO_OPENAPI_DIR"]) / name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def closed(name: str) -> dict[str, Any]:
    """Read one of the files' schemas, corrected, such that no element passes that no schema knows."""
    return _corrected(document(name))


def _corrected(document: dict[str, Any]) -> dict[str, Any]:
    """Correct the files' known faults, name the envelope, and forbid elements that no schema knows."""
    schemas = copy.deepcopy(document["components"]["schemas"])
    if "Settings" in schemas:  # the published example says "364" where the schema says integer
        schemas["Settings"]["properties"]["DaysInPayrollYear"] = {"oneOf": [{"type": "integer"}, {"type": "string"}]}
    for name in (
        "Employees",
        "SettingsObject",
        "PayItems",
        "SuperFunds",
        "SuperFundProducts",
        "LeaveApplications",
        "PayrollCalendars",
        "PayRuns",
        "Organisations",
        "Users",
        "TrackingCategories",
    ):
        if name in schemas:
            schemas[name]["properties"] |= ENVELOPE
    if "Problem" in schemas:
        _correct_second_version(schemas)
    elif "Timesheets" in schemas:
        for name in ("Timesheets", "TimesheetObject", "PayslipObject", "Payslips"):
            schemas[name]["properties"] |= ENVELOPE
    if "APIException" in schemas:  # the files describe Elements for the accounting twin only
        schemas["APIException"]["properties"]["Elements"] = {"type": "array"}
    _close(schemas)
    return {"components": {"schemas": schemas}}


def _correct_second_version(schemas: dict[str, Any]) -> None:
    """Name the other envelope, and allow the nulls that the file's own examples hold."""
    for name in ("Timesheets", "TimesheetObject", "TimesheetLineObject"):
        schemas[name]["properties"] |= ENVELOPE_V2
    schemas["Problem"]["nullable"] = True
    schemas["TimesheetLine"]["properties"]["trackingItemID"]["nullable"] = True


def _close(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            node.setdefault("additionalProperties", False)
        for value in node.values():
            _close(value)
    elif isinstance(node, list):
        for value in node:
            _close(value)


def problems(specifications: dict[str, Any], file: str, schema: str, value: object) -> list[str]:
    """Return where a value does not fit a schema of a file."""
    resource = DRAFT4.create_resource(specifications[file])
    registry: Registry[Any] = Registry().with_resource("urn:spec", resource)
    validator = OAS30Validator(
        {"$ref": f"urn:spec#/components/schemas/{schema}"}, registry=registry, format_checker=FormatChecker(["uuid"])
    )
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]
