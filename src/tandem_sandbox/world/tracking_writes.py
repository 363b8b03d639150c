"""Writes of tracking categories and their options: Xero's limits, names, and what is in use (xero.md 4.1, 4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tandem_sandbox.world import batch, people, seed, shapes
from tandem_sandbox.world.batch import Row, Saved
from tandem_sandbox.world.shapes import choice, guid, text
from tandem_sandbox.world.state import ZERO_ID, Organisation, World, run_time_id
from tandem_sandbox.world.switches import Switches
from tandem_sandbox.world.tracking import find, is_groups, is_payrolls, living, of, option_of

MOST_ACTIVE, MOST = 2, 4
STATUS = choice(("ACTIVE", "ARCHIVED", "DELETED"))
CATEGORY: shapes.Shape = {"TrackingCategoryID": guid(), "Name": text(100), "Status": STATUS}
IN_USE = "is in use and cannot be deleted. Archive it instead."


@dataclass(frozen=True)
class Place:
    """Where a write of tracking categories happens."""

    world: World
    organisation: Organisation
    switches: Switches


def save(place: Place, records: Sequence[Mapping[str, Any]], *, target: str | None) -> list[Saved]:
    """Create each category, or change the one that the path or the record names. Raises Malformed."""
    return batch.save(
        records,
        judge=lambda record: _judge(place, record, target=target),
        commit=lambda row: _commit(place, row),
        switches=place.switches,
    )


def delete(place: Place, category: Row) -> list[str]:
    """Delete a category, or say why not."""
    return _delete(place, category, used=is_payrolls(place.organisation, category), what="tracking category")


def save_options(
    place: Place, category: Row, records: Sequence[Mapping[str, Any]], *, target: str | None
) -> list[Saved]:
    """Create options of a category, or change the one that the path names. Raises Malformed."""
    return batch.save(
        records,
        judge=lambda record: _judge_option(place, category, record, target=target),
        commit=lambda row: _commit_option(place, category, row),
        switches=place.switches,
    )


def delete_option(place: Place, category: Row, option: Row) -> list[str]:
    """Delete an option, or say why not."""
    return _delete(place, option, used=_is_worn(place, category, option), what="tracking option")


def _judge(place: Place, record: Mapping[str, Any], *, target: str | None) -> Saved:
    wanted = target or str(record.get("TrackingCategoryID") or ZERO_ID).lower()
    existing = find(place.organisation, wanted)
    known = {name: value for name, value in record.items() if name in CATEGORY}
    errors = shapes.problems(known, CATEGORY, type_name="TrackingCategory")
    if wanted != ZERO_ID and existing is None:
        errors.append("The TrackingCategoryID does not exist.")
    sent = shapes.tidied(known, CATEGORY)
    row = {"Status": "ACTIVE", "Options": [], **(existing or {}), **sent, "TrackingCategoryID": wanted}
    others = [one for one in living(of(place.organisation)) if one is not existing]
    errors += _name_errors(row, others=others, what="category")
    errors += _too_many(row, others=[one["Status"] for one in others])
    used = existing is not None and is_payrolls(place.organisation, existing)
    errors += _deletion_errors(place, row, used=used, what="tracking category")
    if existing is None and place.switches["tracking_options_with_category"]:
        row["Options"], wrong = _new_options(place, record)
        errors += wrong
    return Saved(record, wanted, None if errors else row, tuple(errors))


def _new_options(place: Place, record: Mapping[str, Any]) -> tuple[list[Row], list[str]]:
    category: Row = {"TrackingCategoryID": ZERO_ID, "Options": []}
    errors: list[str] = []
    for sent in shapes.objects(record.get("Options"), "Options"):
        judged = _judge_option(place, category, sent, target=None)
        errors += judged.errors
        if judged.row:
            category["Options"].append(judged.row)
    return category["Options"], errors


def _too_many(row: Row, *, others: Sequence[str]) -> list[str]:
    if row["Status"] == "ACTIVE" and others.count("ACTIVE") >= MOST_ACTIVE:
        return [f"An organisation has at most {MOST_ACTIVE} active tracking categories."]
    if row["Status"] != "DELETED" and len(others) >= MOST:
        return [f"An organisation has at most {MOST} tracking categories, archived ones included."]
    return []


def _name_errors(row: Row, *, others: Sequence[Row], what: str) -> list[str]:
    name = str(row.get("Name") or "").strip()
    if not name:
        return ["The Name is required."]
    taken = {str(one["Name"]).casefold() for one in others}
    return [f"There is a tracking {what} with this name already."] if name.casefold() in taken else []


def _judge_option(place: Place, category: Row, record: Mapping[str, Any], *, target: str | None) -> Saved:
    longest = int(place.switches["tracking_option_name_length"] or 100)
    shape: shapes.Shape = {"TrackingOptionID": guid(), "Name": text(longest), "Status": STATUS}
    known = {name: value for name, value in record.items() if name in shape}
    errors = shapes.problems(known, shape, type_name="TrackingOption")
    existing = option_of(category, target) if target else None
    sent = shapes.tidied(known, shape)
    row = {"Status": "ACTIVE", **(existing or {}), **sent, "TrackingOptionID": target or ZERO_ID}
    others = [one for one in living(category["Options"]) if one is not existing]
    errors += _name_errors(row, others=others, what="option")
    most = place.switches["tracking_option_limit"]
    if existing is None and most is not None and len(others) >= int(most):
        errors.append(f"A tracking category has at most {most} options.")
    used = existing is not None and _is_worn(place, category, existing)
    errors += _deletion_errors(place, row, used=used, what="tracking option")
    return Saved(record, target or ZERO_ID, None if errors else row, tuple(errors))


def _commit(place: Place, row: Row) -> Row:
    existing = find(place.organisation, row["TrackingCategoryID"])
    place.world.touch()
    if existing is not None:
        existing.update(row)
        return existing
    made = {**row, "TrackingCategoryID": run_time_id(place.world, "tracking"), "Options": []}
    of(place.organisation).append(made)
    for option in row["Options"]:
        _commit_option(place, made, option)
    return made


def _commit_option(place: Place, category: Row, row: Row) -> Row:
    existing = option_of(category, row["TrackingOptionID"])
    place.world.touch()
    if existing is None:
        made = {**row, "TrackingOptionID": run_time_id(place.world, "option")}
        category["Options"].append(made)
        return made
    if is_groups(place.organisation, category):
        people.rename_group(place.world, place.organisation, existing["Name"], row["Name"])
    existing.update(row)
    return existing


def _delete(place: Place, row: Row, *, used: bool, what: str) -> list[str]:
    gone = {**row, "Status": "DELETED"}
    problems = _deletion_errors(place, gone, used=used, what=what)
    if not problems:
        row["Status"] = gone["Status"]
        place.world.touch()
    return problems


def _deletion_errors(place: Place, row: Row, *, used: bool, what: str) -> list[str]:
    """Say why a row cannot be deleted; where the switch says so, turn the deletion into archiving."""
    if row["Status"] != "DELETED" or not used:
        return []
    if place.switches["tracking_in_use"] == "refuse":
        return [f"The {what} {IN_USE}"]
    row["Status"] = "ARCHIVED"
    return []


def _is_worn(place: Place, category: Row, option: Row) -> bool:
    return is_groups(place.organisation, category) and any(
        person.fields.get("EmployeeGroupName") == option["Name"]
        for person in seed.people_of(place.world, place.organisation).values()
    )
