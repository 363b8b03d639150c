"""Tracking categories and their options of Accounting 2.0: read, created, changed, archived, deleted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from tandem_sandbox.http import accounting_bodies, envelope, resource
from tandem_sandbox.http.access import Visit, tenant_call
from tandem_sandbox.world import tracking, tracking_writes, wire
from tandem_sandbox.world.batch import Row, Saved
from tandem_sandbox.world.shapes import Malformed
from tandem_sandbox.world.tracking_writes import Place

blueprint = Blueprint("tracking", __name__, url_prefix="/api.xro/2.0/trackingcategories")
SCOPE = "accounting.settings"
CATEGORIES = resource.Resource(
    "TrackingCategories",
    "TrackingCategory",
    "TrackingCategoryID",
    {"TrackingCategoryID": "guid", "Name": "text", "Status": "text"},
)
OPTION = ("TrackingOptionID", "Name", "Status")
ELEMENTS = ("TrackingCategoryID", "Options", *OPTION)


@blueprint.get("")
def list_categories() -> Response:
    """Answer the tracking categories; the employee groups are options of one of them."""
    return tenant_call(SCOPE, _list, payroll=False)


@blueprint.put("")
@blueprint.post("")
def save_categories() -> Response:
    """Create tracking categories; a POST changes those that name their id, as POSTs of Accounting do."""
    return tenant_call(SCOPE, lambda visit: _save(visit, target=None), payroll=False)


@blueprint.get("/<category_id>")
def get_category(category_id: str) -> Response:
    """Answer one tracking category."""
    return _about(category_id, lambda visit, row: _answer(visit, [row]), deleted=True)


@blueprint.post("/<category_id>")
def update_category(category_id: str) -> Response:
    """Rename a tracking category, archive it, or bring it back."""
    return _about(category_id, lambda visit, row: _save(visit, target=row["TrackingCategoryID"]))


@blueprint.delete("/<category_id>")
def delete_category(category_id: str) -> Response:
    """Delete a tracking category."""
    return _about(category_id, _delete)


@blueprint.put("/<category_id>/options")
def create_options(category_id: str) -> Response:
    """Create options of a tracking category."""
    return _about(category_id, lambda visit, row: _save_options(visit, row, target=None))


@blueprint.post("/<category_id>/options/<option_id>")
def update_option(category_id: str, option_id: str) -> Response:
    """Rename an option, archive it, or bring it back."""
    return _about(category_id, lambda visit, row: _update_option(visit, row, option_id))


@blueprint.delete("/<category_id>/options/<option_id>")
def delete_option(category_id: str, option_id: str) -> Response:
    """Delete an option."""
    return _about(category_id, lambda visit, row: _delete_option(visit, row, option_id))


def _about(category_id: str, handler: Callable[[Visit, Row], Response], *, deleted: bool = False) -> Response:
    def handle(visit: Visit) -> Response:
        row = tracking.find(visit.organisation, category_id, deleted=deleted)
        return resource.not_found() if row is None else handler(visit, row)

    return tenant_call(SCOPE, handle, payroll=False)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, CATEGORIES)
    if isinstance(ask, Response):
        return ask
    rows = tracking.of(visit.organisation)
    found = ask.pick(rows, record=dict, updated=lambda _row: visit.organisation.created_at)
    return _answer(visit, [row for row in found if row["Status"] in _wanted()])


def _save(visit: Visit, *, target: str | None) -> Response:
    records = accounting_bodies.read_records(CATEGORIES.collection, elements=ELEMENTS)
    if isinstance(records, Response):
        return records
    if request.method == "PUT":
        records = [{name: value for name, value in one.items() if name != CATEGORIES.id_name} for one in records]
    return _saved(
        lambda: tracking_writes.save(_place(visit), records, target=target), write=lambda rows: _answer(visit, rows)
    )


def _delete(visit: Visit, row: Row) -> Response:
    problems = tracking_writes.delete(_place(visit), row)
    return resource.invalid([problems]) if problems else _answer(visit, [row])


def _save_options(visit: Visit, category: Row, *, target: str | None) -> Response:
    records = accounting_bodies.read_records("Options", elements=ELEMENTS)
    if isinstance(records, Response):
        return records
    return _saved(
        lambda: tracking_writes.save_options(_place(visit), category, records, target=target),
        write=lambda rows: _answer_options(visit, rows),
    )


def _update_option(visit: Visit, category: Row, option_id: str) -> Response:
    option = tracking.option_of(category, option_id)
    return resource.not_found() if option is None else _save_options(visit, category, target=option["TrackingOptionID"])


def _delete_option(visit: Visit, category: Row, option_id: str) -> Response:
    option = tracking.option_of(category, option_id)
    if option is None:
        return resource.not_found()
    problems = tracking_writes.delete_option(_place(visit), category, option)
    if problems:
        return resource.invalid([problems])
    deleted = visit.simulator.switches["tracking_option_deleted_answer"] == "deleted"
    return _answer_options(visit, [option] if deleted else tracking.living(category["Options"]))


def _saved(save: Callable[[], Sequence[Saved]], *, write: Callable[[Sequence[Row]], Response]) -> Response:
    try:
        saved = save()
    except Malformed:
        return accounting_bodies.unreadable()
    if any(item.errors for item in saved):
        return resource.invalid([item.errors for item in saved if item.errors])
    return write([item.row for item in saved if item.row])


def _answer(visit: Visit, rows: Sequence[Row]) -> Response:
    return envelope.collection(visit, CATEGORIES.collection, [wire.dumps(_written(row)) for row in rows])


def _answer_options(visit: Visit, options: Sequence[Row]) -> Response:
    return envelope.collection(visit, "Options", [wire.dumps(_option(option)) for option in options])


def _written(row: Row) -> Row:
    hidden = () if row["Status"] == "ARCHIVED" else ("ARCHIVED",)
    shown = [
        _option(option)
        for option in tracking.living(row["Options"])
        if option["Status"] not in hidden or "ARCHIVED" in _wanted()
    ]
    return {**row, "Options": shown}


def _option(option: Mapping[str, Any]) -> Row:
    status = option["Status"]
    return {
        **option,
        "HasValidationErrors": False,
        "IsDeleted": status == "DELETED",
        "IsArchived": status == "ARCHIVED",
        "IsActive": status == "ACTIVE",
    }


def _wanted() -> tuple[str, ...]:
    """Say which statuses a list shows; deleted ones never."""
    with_archived = request.args.get("includeArchived", "").lower() == "true"
    return ("ACTIVE", "ARCHIVED") if with_archived else ("ACTIVE",)


def _place(visit: Visit) -> Place:
    return Place(visit.world, visit.organisation, visit.simulator.switches)
