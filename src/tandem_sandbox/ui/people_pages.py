"""Employees as a payroll officer edits them inside the simulated Xero."""

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms
from tandem_sandbox.ui.choosing import chosen, picker
from tandem_sandbox.world import people, rules, seed
from tandem_sandbox.world.state import Organisation, Person

blueprint = Blueprint("people_pages", __name__, url_prefix="/payroll/employees")
PERSONAL = (
    ("Title", "Title", "text"), ("FirstName", "First name", "text"), ("MiddleNames", "Middle names", "text"),
    ("LastName", "Last name", "text"), ("DateOfBirth", "Date of birth", "date"), ("Gender", "Gender", "text"),
    ("Email", "Email address", "email"), ("Phone", "Phone", "tel"), ("Mobile", "Mobile", "tel"),
)  # fmt: skip
ADDRESS = (
    ("AddressLine1", "Address line 1", "text"), ("AddressLine2", "Address line 2", "text"), ("City", "Suburb", "text"),
    ("Region", "State", "text"), ("PostalCode", "Postcode", "text"), ("Country", "Country", "text"),
)  # fmt: skip
EMPLOYMENT = (("StartDate", "Start date", "date"), ("JobTitle", "Job title", "text"))
GENDERS = (("", "Not given"), ("F", "Female"), ("M", "Male"), ("N", "Not specified"), ("I", "Non-binary"))
REASONS = (
    ("", "Choose a reason"), ("V", "Voluntary"), ("I", "Ill health"), ("D", "Deceased"), ("R", "Redundancy"),
    ("F", "Dismissal"), ("C", "Contract ended"), ("T", "Transfer"),
)  # fmt: skip
SHOWN = 50


@blueprint.get("")
def employees() -> FlaskResponse:
    """List employees, by name, page by page."""
    sim = forms.here()
    wanted = request.args.get("q", "").strip()
    with sim.world.lock:
        organisation = chosen(sim)
        everyone = list(seed.people_of(sim.world, organisation).values())
        found = [person for person in everyone if _fits(person, wanted.casefold())]
    pages = max(1, math.ceil(len(found) / SHOWN))
    given = request.args.get("page", "1")
    page = min(int(given), pages) if given.isascii() and given.isdigit() and 0 < len(given) < 6 else 1
    page = max(page, 1)
    return forms.page(
        "employees.html",
        pick=picker(sim),
        organisation=organisation,
        people=found[(page - 1) * SHOWN : page * SHOWN],
        total=len(everyone),
        q=wanted,
        page=page,
        pages=pages,
    )


def _fits(person: Person, wanted: str) -> bool:
    text = " ".join(str(person.fields.get(name) or "") for name in ("FirstName", "MiddleNames", "LastName", "Email"))
    plain = f"{person.fields.get('FirstName')} {person.fields.get('LastName')}"
    return wanted in text.casefold() or wanted in plain.casefold()


@blueprint.get("/new")
def new_employee() -> FlaskResponse:
    """Show an empty form."""
    sim = forms.here()
    return _form(sim, chosen(sim), None, {}, [])


@blueprint.post("/new")
def add_employee() -> Response:
    """Add an employee."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation, fields = chosen(sim), _read_form({})
        wrong = _wrong(sim, organisation, fields, fields, is_new=True)
        if wrong:
            return _form(sim, organisation, None, request.form, wrong)
        person = people.add(sim.world, organisation, fields, now=sim.clock.now())
    forms.say(f"{person.fields['FirstName']} {person.fields['LastName']} was added.")
    return redirect(_address(organisation, person), 303)


@blueprint.get("/<person_id>")
def employee(person_id: str) -> FlaskResponse:
    """Show one employee."""
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        person = _known(sim, organisation, person_id)
        return _form(sim, organisation, person, _values(person), [])


@blueprint.post("/<person_id>")
def save_employee(person_id: str) -> Response:
    """Save the personal fields."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        person = _known(sim, organisation, person_id)
        changes = _read_form(person.fields)
        wrong = _wrong(sim, organisation, {**person.fields, **changes}, changes, is_new=False)
        if wrong:
            return _form(sim, organisation, person, request.form, wrong)
        people.edit(sim.world, organisation, person, changes, now=sim.clock.now())
    forms.say(f"{person.fields['FirstName']} {person.fields['LastName']} was saved.")
    return redirect(_address(organisation, person), 303)


@blueprint.post("/<person_id>/terminate")
def terminate(person_id: str) -> Response:
    """Terminate an employee, or take that back."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        person = _known(sim, organisation, person_id)
        if request.form.get("decision") == "clear":
            changes: dict[str, Any] = {"TerminationDate": None, "TerminationReason": None}
        else:
            names = ("TerminationDate", "TerminationReason")
            changes = {name: request.form.get(name, "").strip() or None for name in names}
            wrong = _wrong(sim, organisation, {**person.fields, **changes}, changes, is_new=False)
            if not changes["TerminationDate"]:
                wrong.append(("TerminationDate", "Give the last day."))
            if wrong:
                return _form(sim, organisation, person, {**_values(person), **request.form}, wrong)
        people.edit(sim.world, organisation, person, changes, now=sim.clock.now())
    name = f"{person.fields['FirstName']} {person.fields['LastName']}"
    forms.say(f"{name} is terminated." if changes["TerminationDate"] else f"{name} is active again.")
    return redirect(_address(organisation, person), 303)


def _known(sim: Simulator, organisation: Organisation, person_id: str) -> Person:
    person = people.find(sim.world, organisation, person_id)
    if person is None:
        abort(404)
    return person


def _address(organisation: Organisation, person: Person) -> str:
    return f"/payroll/employees/{person.id}?organisation={organisation.id}"


def _values(person: Person) -> dict[str, Any]:
    return {**person.fields, **(person.fields.get("HomeAddress") or {})}


def _read_form(before: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value.strip() for name, value in request.form.items()}
    names = [name for name, _, _ in (*PERSONAL, *EMPLOYMENT)] + ["EmployeeGroupName"]
    fields: dict[str, Any] = {name: given.get(name) or None for name in names}
    old = before.get("HomeAddress") or {}
    address = {**old, **{name: given.get(name) or None for name, _, _ in ADDRESS}}
    filled = {name: value for name, value in address.items() if value is not None}
    fields["HomeAddress"] = filled or None
    return fields


def _wrong(
    sim: Simulator, organisation: Organisation, fields: Mapping[str, Any], sent: Mapping[str, Any], *, is_new: bool
) -> list[tuple[str, str]]:
    found = rules.check(fields, sent=sent, organisation=organisation, switches=sim.switches, is_new=is_new)
    return [(_field_of(message), message) for message in found]


def _field_of(message: str) -> str:
    names = [name for name, _, _ in (*PERSONAL, *ADDRESS, *EMPLOYMENT)]
    names += ["EmployeeGroupName", "TerminationDate", "TerminationReason"]
    if message == "The Home Address is required.":
        return "AddressLine1"
    if message == "A termination reason must be provided":
        return "TerminationReason"
    words = message.replace("Line 1", "Line1").replace("Line 2", "Line2")
    return next((name for name in names if rules.label(name) in words), "")


def _form(
    sim: Simulator,
    organisation: Organisation,
    person: Person | None,
    values: Mapping[str, Any],
    wrong: list[tuple[str, str]],
) -> FlaskResponse:
    del sim
    names = [name for name, _, _ in (*PERSONAL, *ADDRESS, *EMPLOYMENT)]
    names += ["EmployeeGroupName", "TerminationDate", "TerminationReason"]
    heading = f"{person.fields.get('FirstName')} {person.fields.get('LastName')}" if person else "Add an employee"
    return forms.page(
        "employee.html",
        status=400 if wrong else 200,
        organisation=organisation,
        person=person,
        heading=heading,
        action=f"/payroll/employees/{person.id if person else 'new'}",
        values={name: values.get(name) or "" for name in names},
        personal=PERSONAL,
        address=ADDRESS,
        employment=EMPLOYMENT,
        genders=GENDERS,
        regions=[("", "Not given"), *((name, name) for name in sorted(rules.REGIONS))],
        reasons=REASONS,
        groups=[("", "No group"), *((name, name) for name in organisation.groups)],
        errors=wrong,
    )
