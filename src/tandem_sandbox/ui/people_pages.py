"""Employees as a payroll officer finds, adds, edits and terminates them inside the simulated Xero."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms
from tandem_sandbox.ui.choosing import chosen, picker, sheet
from tandem_sandbox.ui.record_fields import (
    ADDRESS,
    EMPLOYMENT,
    LISTED,
    NOT_GIVEN,
    PERSONAL,
    REASONS,
    TERMINATION,
    Field,
    field_of,
    value_of,
    written,
)
from tandem_sandbox.world import pay_items, people, seed, tracking
from tandem_sandbox.world.shapes import Malformed
from tandem_sandbox.world.state import Organisation, Person

blueprint = Blueprint("people_pages", __name__, url_prefix="/payroll/employees")
OWN = (*PERSONAL, *EMPLOYMENT, *LISTED)
NAMES = tuple(item.name for item in (*OWN, *ADDRESS, *TERMINATION))
TABS = (("", "Details"), ("/tax", "Tax"), ("/bank", "Bank accounts"), ("/super", "Super"), ("/pay", "Pay and leave"))
STATUSES = (("", "Everybody"), ("active", "Active"), ("terminated", "Terminated"))


@blueprint.get("")
def employees() -> FlaskResponse:
    """List employees, page by page."""
    sim = forms.here()
    wanted, status = request.args.get("q", "").strip(), request.args.get("status", "")
    with sim.world.lock:
        organisation = chosen(sim)
        everyone = seed.people_of(sim.world, organisation).values()
        found = [person for person in everyone if fits(person, wanted.casefold()) and _is(person, status)]
        return forms.page(
            "employees.html",
            pick=picker(sim),
            organisation=organisation,
            sheet=sheet(found),
            total=len(everyone),
            q=wanted,
            who=status,
            statuses=STATUSES,
        )


def fits(person: Person, wanted: str) -> bool:
    """Say whether a name or an e-mail address holds what is looked for."""
    text = " ".join(str(person.fields.get(name) or "") for name in ("FirstName", "MiddleNames", "LastName", "Email"))
    return wanted in text.casefold() or wanted in name_of(person).casefold()


def _is(person: Person, status: str) -> bool:
    return not status or bool(person.fields.get("TerminationDate")) == (status == "terminated")


def name_of(person: Person) -> str:
    """Return a person's first and last name."""
    return f"{person.fields.get('FirstName')} {person.fields.get('LastName')}"


@blueprint.get("/new")
def new_employee() -> FlaskResponse:
    """Show an empty form."""
    sim = forms.here()
    with sim.world.lock:
        return _form(chosen(sim), None, {}, [])


@blueprint.post("/new")
def add_employee() -> Response:
    """Add an employee."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        person, wrong = save(sim, organisation, None, _read_form({}))
        if person is None:
            return _form(organisation, None, request.form, located(wrong, NAMES))
    forms.say(f"{name_of(person)} was added.")
    return redirect(address(organisation, person), 303)


@blueprint.get("/<person_id>")
def employee(person_id: str) -> FlaskResponse:
    """Show one employee."""
    sim = forms.here()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        return _form(organisation, person, _values(person), [])


@blueprint.post("/<person_id>")
def save_employee(person_id: str) -> Response:
    """Save the details."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        _, wrong = save(sim, organisation, person, _read_form(person.fields))
        if wrong:
            return _form(organisation, person, request.form, located(wrong, NAMES))
    forms.say(f"{name_of(person)} was saved.")
    return redirect(address(organisation, person), 303)


@blueprint.post("/<person_id>/terminate")
def terminate(person_id: str) -> Response:
    """Terminate an employee, or take that back."""
    forms.check_token()
    sim, given = forms.here(), forms.typed()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        if given.get("decision") == "clear":
            nothing = dict.fromkeys(item.name for item in TERMINATION)
            people.edit(sim.world, organisation, person, nothing, now=sim.clock.now())
            forms.say(f"{name_of(person)} is active again.")
            return redirect(address(organisation, person), 303)
        changes = {item.name: given.get(item.name) or None for item in TERMINATION}
        wrong = [] if changes["TerminationDate"] else ["The Termination Date is required."]
        wrong += save(sim, organisation, person, changes)[1] if not wrong else []
        if wrong:
            return _form(organisation, person, {**_values(person), **given}, located(wrong, NAMES))
    forms.say(f"{name_of(person)} is terminated.")
    return redirect(address(organisation, person), 303)


def known(sim: Simulator, person_id: str) -> tuple[Organisation, Person]:
    """Return the organisation and the person that a page is about."""
    organisation = chosen(sim)
    person = people.find(sim.world, organisation, person_id)
    if person is None:
        abort(404)
    return organisation, person


def save(
    sim: Simulator, organisation: Organisation, person: Person | None, changes: Mapping[str, Any]
) -> tuple[Person | None, list[str]]:
    """Keep what a form has by the rules of the API; return the person, or what is wrong."""
    person_id = person.id if person else None
    try:
        saved = people.save_form(
            sim.world, organisation, changes, person_id=person_id, switches=sim.switches, now=sim.clock.now()
        )
    except Malformed as error:
        return None, [f"The value of {error} cannot be read."]
    return (None if saved.errors else saved.person), list(dict.fromkeys(saved.errors))


def located(wrong: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    """Lead each sentence to its field."""
    return [(field_of(message, names), message) for message in wrong]


def address(organisation: Organisation, person: Person, part: str = "") -> str:
    """Return where a part of a person's record is shown."""
    return f"/payroll/employees/{person.id}{part}?organisation={organisation.id}"


def tabs(organisation: Organisation, person: Person, current: str) -> list[tuple[str, str, bool]]:
    """Return the parts of a record, for the line of tabs."""
    return [(address(organisation, person, part), text, part == current) for part, text in TABS]


def _values(person: Person) -> dict[str, Any]:
    return {**person.fields, **(person.fields.get("HomeAddress") or {})}


def _read_form(before: Mapping[str, Any]) -> dict[str, Any]:
    given = forms.typed()
    fields = {item.name: value_of(item, given[item.name]) for item in OWN if item.name in given}
    home = {**(before.get("HomeAddress") or {}), **{item.name: given.get(item.name) or None for item in ADDRESS}}
    filled = {name: value for name, value in home.items() if value is not None}
    return {**fields, "HomeAddress": filled or None}


def _listed(organisation: Organisation) -> list[Field]:
    rates = [(row["EarningsRateID"], row["Name"]) for row in pay_items.of(organisation)["EarningsRates"]]
    calendars = [(row["PayrollCalendarID"], row["Name"]) for row in organisation.calendars]
    options = ([(name, name) for name in tracking.group_names(organisation)], calendars, rates)
    return [
        Field(item.name, item.label, options=(NOT_GIVEN, *found)) for item, found in zip(LISTED, options, strict=True)
    ]


def _form(
    organisation: Organisation, person: Person | None, values: Mapping[str, Any], wrong: list[tuple[str, str]]
) -> FlaskResponse:
    return forms.page(
        "employee.html",
        status=400 if wrong else 200,
        organisation=organisation,
        person=person,
        tabs=tabs(organisation, person, "") if person else [],
        heading=name_of(person) if person else "Add an employee",
        action=f"/payroll/employees/{person.id if person else 'new'}",
        values={name: written(values.get(name)) for name in NAMES},
        groups=(
            ("Personal details", PERSONAL),
            ("Home address", ADDRESS),
            ("Employment", (*EMPLOYMENT, *_listed(organisation))),
        ),
        termination=TERMINATION,
        reasons=dict(REASONS),
        errors=wrong,
    )
