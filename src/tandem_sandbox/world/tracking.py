"""Tracking categories and their options, the employee groups among them (Accounting 2.0; xero.md 4.1, 4.2)."""

from collections.abc import Sequence

from tandem_sandbox.world.batch import Row
from tandem_sandbox.world.state import Organisation, derive_id

GROUPS, LOCATION, OLD = "EmployeeGroups", "TimesheetCategories", "Archived"
LOCATIONS = ("Harbour", "Market")


def of(organisation: Organisation) -> list[Row]:
    """Return every category, deleted ones included, made from the seed when first asked for."""
    if organisation.tracking is None:
        organisation.tracking = [
            _seeded(organisation, GROUPS, "Team", organisation.groups),
            _seeded(organisation, LOCATION, "Location", LOCATIONS),
            _seeded(organisation, OLD, "Old projects", ("Shop refit",), status="ARCHIVED"),
        ]
    return organisation.tracking


def find(organisation: Organisation, category_id: str, *, deleted: bool = False) -> Row | None:
    """Find a category by id, whatever its case; one that was deleted only when that is asked."""
    wanted, rows = category_id.strip().lower(), of(organisation)
    return next((row for row in (rows if deleted else living(rows)) if row["TrackingCategoryID"] == wanted), None)


def option_of(category: Row, option_id: str) -> Row | None:
    """Find an option of a category by id, whatever its case."""
    wanted = option_id.strip().lower()
    return next((option for option in living(category["Options"]) if option["TrackingOptionID"] == wanted), None)


def group_names(organisation: Organisation) -> list[str]:
    """List the employee groups: the active options of the active category that payroll takes them from."""
    category = find(organisation, category_id(organisation, GROUPS))
    if category is None or category["Status"] != "ACTIVE":
        return []
    return [option["Name"] for option in category["Options"] if option["Status"] == "ACTIVE"]


def payroll_categories(organisation: Organisation) -> dict[str, dict[str, str]]:
    """Return the categories that payroll uses, as its settings name them."""
    found = {key: find(organisation, category_id(organisation, key)) for key in (GROUPS, LOCATION)}
    return {
        key: {"TrackingCategoryID": row["TrackingCategoryID"], "TrackingCategoryName": row["Name"]}
        for key, row in found.items()
        if row is not None and row["Status"] == "ACTIVE"
    }


def category_id(organisation: Organisation, key: str) -> str:
    """Return the id of a category that is there from the start."""
    return derive_id(organisation.seed, organisation.id, key)


def is_payrolls(organisation: Organisation, category: Row) -> bool:
    """Say whether payroll uses a category."""
    return category["TrackingCategoryID"] in {category_id(organisation, key) for key in (GROUPS, LOCATION)}


def is_groups(organisation: Organisation, category: Row) -> bool:
    """Say whether the options of a category are the employee groups."""
    return bool(category["TrackingCategoryID"] == category_id(organisation, GROUPS))


def living(rows: Sequence[Row]) -> list[Row]:
    """Leave out what was deleted."""
    return [row for row in rows if row["Status"] != "DELETED"]


def _seeded(organisation: Organisation, key: str, name: str, options: Sequence[str], *, status: str = "ACTIVE") -> Row:
    listed = [
        {"TrackingOptionID": derive_id(organisation.seed, organisation.id, "option", option), "Name": option,
         "Status": status}
        for option in options
    ]  # fmt: skip
    return {"Name": name, "Status": status, "TrackingCategoryID": category_id(organisation, key), "Options": listed}
