"""Steps, conflicts and bases as plain JSON and back, for the sealed payloads of a journal. Pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tandem.xero.mapping.fields import SharedField
from tandem.xero.mapping.values import value_as_json, value_from_json
from tandem.xero.matching.matching import Side
from tandem.xero.sync.plan import Conflict, ConflictReason, FieldChange, Step, Verb
from tandem.xero.sync.records import Base


def base_as_json(base: Base) -> dict[str, object]:
    """Return agreed values as JSON."""
    return {field.value: value_as_json(value) for field, value in base.items()}


def base_from_json(raw: Mapping[str, object]) -> Base:
    """Return agreed values from JSON; a field that this release does not share is dropped."""
    known = {field.value: field for field in SharedField}
    return {known[name]: value_from_json(known[name], value) for name, value in raw.items() if name in known}


def step_as_json(step: Step) -> dict[str, object]:
    """Return a step as JSON."""
    return {
        "target": step.target.value,
        "verb": step.verb.value,
        "employee_id": str(step.employee_id) if step.employee_id else None,
        "xero_employee_id": str(step.xero_employee_id) if step.xero_employee_id else None,
        "changes": [_change_as_json(change) for change in step.changes],
        "notes": list(step.notes),
        "is_undo": step.is_undo,
    }


def step_from_json(raw: Mapping[str, Any]) -> Step:
    """Return the step that `step_as_json` wrote."""
    return Step(
        target=Side(raw["target"]),
        verb=Verb(raw["verb"]),
        employee_id=UUID(raw["employee_id"]) if raw["employee_id"] else None,
        xero_employee_id=UUID(raw["xero_employee_id"]) if raw["xero_employee_id"] else None,
        changes=tuple(_change_from_json(change) for change in raw["changes"]),
        notes=tuple(raw["notes"]),
        is_undo=raw.get("is_undo", False),
    )


def _change_as_json(change: FieldChange) -> dict[str, object]:
    return {
        "field": change.field.value,
        "before": value_as_json(change.before),
        "after": value_as_json(change.after),
        "base": value_as_json(change.base),
        "has_base": change.has_base,
        "by_standing": change.by_standing,
    }


def _change_from_json(raw: Mapping[str, Any]) -> FieldChange:
    field = SharedField(raw["field"])
    return FieldChange(
        field=field,
        before=value_from_json(field, raw["before"]),
        after=value_from_json(field, raw["after"]),
        base=value_from_json(field, raw["base"]),
        has_base=raw["has_base"],
        by_standing=raw.get("by_standing", False),
    )


def conflict_as_json(conflict: Conflict) -> dict[str, object]:
    """Return a conflict as JSON."""
    return {
        "reason": conflict.reason.value,
        "employee_id": str(conflict.employee_id),
        "xero_employee_id": str(conflict.xero_employee_id),
        "field": conflict.field.value,
        "ours": value_as_json(conflict.ours),
        "theirs": value_as_json(conflict.theirs),
        "base": value_as_json(conflict.base),
        "has_base": conflict.has_base,
    }


def conflict_from_json(raw: Mapping[str, Any]) -> Conflict:
    """Return the conflict that `conflict_as_json` wrote."""
    field = SharedField(raw["field"])
    return Conflict(
        reason=ConflictReason(raw["reason"]),
        employee_id=UUID(raw["employee_id"]),
        xero_employee_id=UUID(raw["xero_employee_id"]),
        field=field,
        ours=value_from_json(field, raw["ours"]),
        theirs=value_from_json(field, raw["theirs"]),
        base=value_from_json(field, raw["base"]),
        has_base=raw["has_base"],
    )
