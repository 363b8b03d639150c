"""Leave applications as a payroll officer sees them: ask, approve, reject."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms, words
from tandem_sandbox.ui.choosing import chosen, picker, sheet
from tandem_sandbox.ui.people_pages import fits, located, name_of
from tandem_sandbox.ui.record_fields import Field
from tandem_sandbox.world import leave, pay_items, people, seed
from tandem_sandbox.world.leave_periods import PROCESSED, REJECTED, REQUESTED, SCHEDULED
from tandem_sandbox.world.shapes import Malformed
from tandem_sandbox.world.state import Organisation, Person

blueprint = Blueprint("leave_pages", __name__, url_prefix="/payroll/leave")
STATUSES = {REQUESTED: "Requested", SCHEDULED: "Scheduled", PROCESSED: "Processed", REJECTED: "Rejected"}
TAGS = {REQUESTED: "warn", SCHEDULED: "good", PROCESSED: "plain", REJECTED: "bad"}
FIELDS = (
    Field("Title", "What for", long=True),
    Field("StartDate", "First day", "date"),
    Field("EndDate", "Last day", "date"),
    Field("PayOutType", "Paid as", options=(("DEFAULT", "Leave taken"), ("CASHED_OUT", "Cashed out"))),
    Field("Description", "Note", long=True),
)
NAMES = ("LeaveTypeID", *(item.name for item in FIELDS))
FOUND = 20


@blueprint.get("")
def applications() -> FlaskResponse:
    """List the applications, the newest dates first."""
    sim, status = forms.here(), request.args.get("status", "")
    with sim.world.lock:
        organisation = chosen(sim)
        person = _person(sim, organisation)
        rows = [
            row
            for row in leave.of(sim.world, organisation).values()
            if (person is None or row["EmployeeID"] == person.id) and (not status or status in leave.statuses(row))
        ]
        shown = sheet(sorted(rows, key=lambda row: str(row["StartDate"]), reverse=True))
        return forms.page(
            "leave.html",
            pick=picker(sim),
            organisation=organisation,
            sheet=shown,
            rows=[_row(sim, organisation, row) for row in shown.items],
            person=person,
            chosen_status=status,
            statuses=[("", "Any"), *STATUSES.items()],
        )


def _person(sim: Simulator, organisation: Organisation) -> Person | None:
    given = request.values.get("employee")
    person = people.find(sim.world, organisation, given) if given else None
    if given and person is None:
        abort(404)
    return person


def _row(sim: Simulator, organisation: Organisation, row: Mapping[str, Any]) -> dict[str, Any]:
    person = people.find(sim.world, organisation, row["EmployeeID"])
    found = [status for status in STATUSES if status in leave.statuses(row)]
    return {
        "id": row["LeaveApplicationID"],
        "title": row["Title"],
        "name": name_of(person) if person else row["EmployeeID"],
        "type": pay_items.item(organisation, "LeaveTypes", row["LeaveTypeID"]).get("Name", ""),
        "dates": words.days(row["StartDate"], row["EndDate"]),
        "units": f"{sum(period['NumberOfUnits'] for period in row['LeavePeriods']):g} hours",
        "tags": [(TAGS[status], STATUSES[status]) for status in found],
        "is_open": leave.statuses(row) == {REQUESTED},
        "cashed_out": row["PayOutType"] == "CASHED_OUT",
    }


@blueprint.get("/new")
def new_application() -> FlaskResponse:
    """Show an empty application, or find the person whose it will be."""
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        person = _person(sim, organisation)
        return _form(organisation, person, {}, []) if person else _finder(sim, organisation)


def _finder(sim: Simulator, organisation: Organisation) -> FlaskResponse:
    wanted = request.args.get("q", "").strip()
    everyone = seed.people_of(sim.world, organisation).values()
    found = [person for person in everyone if wanted and fits(person, wanted.casefold())]
    return forms.page(
        "leave_for.html", organisation=organisation, q=wanted, found=found[:FOUND], more=len(found) > FOUND
    )


def _form(
    organisation: Organisation, person: Person, values: Mapping[str, str], wrong: list[tuple[str, str]]
) -> FlaskResponse:
    types = [row for row in pay_items.of(organisation)["LeaveTypes"] if row["CurrentRecord"]]
    return forms.page(
        "leave_new.html",
        status=400 if wrong else 200,
        organisation=organisation,
        person=person,
        name=name_of(person),
        types=[("", "Choose a type"), *((row["LeaveTypeID"], row["Name"]) for row in types)],
        fields=FIELDS,
        values=values,
        errors=wrong,
    )


@blueprint.post("/new")
def add_application() -> Response:
    """Ask for leave; it waits for a decision, or is scheduled at once."""
    forms.check_token()
    sim, given = forms.here(), forms.typed()
    with sim.world.lock:
        organisation = chosen(sim)
        person = _person(sim, organisation)
        if person is None:
            abort(404)
        asked = {name: given[name] for name in NAMES if given.get(name)}
        wrong = _ask(sim, organisation, {**asked, "EmployeeID": person.id}, approve=given.get("decision") == "approve")
        if wrong:
            return _form(organisation, person, given, located(wrong, NAMES))
    forms.say(f"The leave of {name_of(person)} was added.")
    return redirect(f"/payroll/leave?organisation={organisation.id}", 303)


def _ask(sim: Simulator, organisation: Organisation, record: Mapping[str, Any], *, approve: bool) -> list[str]:
    """Add an application by the rules of the API; return what is wrong."""
    now = sim.clock.now()
    try:
        saved = leave.request(sim.world, organisation, record, switches=sim.switches, now=now)
    except Malformed:
        return ["The Start Date and the End Date must be dates."]
    if approve and saved.row is not None:
        leave.decide(sim.world, saved.row, approve=True, now=now)
    return list(dict.fromkeys(saved.errors))


@blueprint.get("/<leave_id>")
def application(leave_id: str) -> FlaskResponse:
    """Show one application with its pay periods."""
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        row = leave.find(sim.world, organisation, leave_id)
        if row is None:
            abort(404)
        return forms.page(
            "leave_one.html",
            organisation=organisation,
            row=_row(sim, organisation, row),
            periods=[_period(period) for period in row["LeavePeriods"]],
            note=row.get("Description"),
            employee=row["EmployeeID"],
        )


def _period(period: Mapping[str, Any]) -> dict[str, Any]:
    status = period["LeavePeriodStatus"]
    return {
        "dates": words.days(period["PayPeriodStartDate"], period["PayPeriodEndDate"]),
        "units": f"{period['NumberOfUnits']:g} hours",
        "tag": (TAGS[status], STATUSES[status]),
    }


@blueprint.post("/<leave_id>/decide")
def decide(leave_id: str) -> Response:
    """Approve or reject what was requested."""
    forms.check_token()
    sim, approve = forms.here(), request.form.get("decision") == "approve"
    with sim.world.lock:
        organisation = chosen(sim)
        row = leave.find(sim.world, organisation, leave_id)
        if row is None:
            abort(404)
        refusal = leave.decide(sim.world, row, approve=approve, now=sim.clock.now())
        if refusal:
            abort(400, refusal)
    forms.say(f"“{row['Title']}” was {'approved' if approve else 'rejected'}.")
    return redirect(f"/payroll/leave?organisation={organisation.id}", 303)
