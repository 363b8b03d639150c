"""Xero's published specification files (XERO_OPENAPI_DIR), with their known faults corrected, and what breaks them."""

import copy
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
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
ENVELOPED = (
    "Employees", "SettingsObject", "PayItems", "SuperFunds", "SuperFundProducts", "LeaveApplications",
    "PayrollCalendars", "PayRuns", "Timesheets", "TimesheetObject", "PayslipObject", "Payslips",
    "Organisations", "Users", "TrackingCategories", "TrackingOptions", "Currencies", "Actions", "CISOrgSettings",
)  # fmt: skip
ENVELOPE_V2 = {
    "id": {"type": "string", "format": "uuid"},
    "providerName": {"type": "string"},
    "dateTimeUTC": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$"},
    "httpStatusCode": {"type": "string"},
}


@functools.cache
def document(name: str) -> dict[str, Any]:
    """Read one of the files as it was published, once; nobody changes what is returned."""
    text = (Path(os.environ["XERO_OPENAPI_DIR"]) / name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def closed(name: str) -> dict[str, Any]:
    """Read one of the files' schemas, corrected, such that no element passes that no schema knows."""
    schemas = copy.deepcopy(document(name)["components"]["schemas"])
    for correction in CORRECTIONS:
        if name in correction.files:
            correction.make(schemas)
    _close(schemas)
    return {"components": {"schemas": schemas}}


Schemas = dict[str, Any]


@dataclass(frozen=True)
class Correction:
    """A fault of some of the files, in words, and what makes it good in their schemas."""

    files: tuple[str, ...]
    says: str
    make: Callable[[Schemas], None]


def _name_envelope(schemas: Schemas) -> None:
    for name in ENVELOPED:
        if name in schemas:
            schemas[name]["properties"] |= ENVELOPE


def _name_second_envelope(schemas: Schemas) -> None:
    for name in ("Timesheets", "TimesheetObject", "TimesheetLineObject"):
        schemas[name]["properties"] |= ENVELOPE_V2


def _allow_nulls(schemas: Schemas) -> None:
    schemas["Problem"]["nullable"] = True
    schemas["TimesheetLine"]["properties"]["trackingItemID"]["nullable"] = True


def _allow_text(schemas: Schemas) -> None:
    either = {"oneOf": [{"type": "integer"}, {"type": "string"}]}
    schemas["Settings"]["properties"]["DaysInPayrollYear"] = either


def _name_elements(schemas: Schemas) -> None:
    schemas["APIException"]["properties"]["Elements"] = {"type": "array"}


def _name_flags(schemas: Schemas) -> None:
    flags = ("HasValidationErrors", "IsDeleted", "IsArchived", "IsActive")
    schemas["TrackingOption"]["properties"] |= {name: {"type": "boolean"} for name in flags}


CORRECTIONS = (
    Correction(
        (PAYROLL, ACCOUNTING),
        "`Id`, `Status`, `ProviderName` and `DateTimeUTC` surround every list in the examples and stand in no schema.",
        _name_envelope,
    ),
    Correction(
        (PAYROLL_V2,),
        "`id`, `providerName`, `dateTimeUTC` and `httpStatusCode` likewise.",
        _name_second_envelope,
    ),
    Correction(
        (PAYROLL_V2,),
        "`problem` and `trackingItemID` are null in the examples; the schemas allow no null.",
        _allow_nulls,
    ),
    Correction(
        (PAYROLL,),
        "`Settings.DaysInPayrollYear` is text in the example and an integer in the schema: both pass.",
        _allow_text,
    ),
    Correction(
        (PAYROLL,),
        "`APIException` describes no `Elements`, in which the messages are; the accounting file does.",
        _name_elements,
    ),
    Correction(
        (ACCOUNTING,),
        "`HasValidationErrors`, `IsDeleted`, `IsArchived` and `IsActive` are in the examples of tracking options only.",
        _name_flags,
    ),
)


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
