"""The parts of an employee's record beyond the details: tax, bank accounts, super, and what they are paid by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms
from tandem_sandbox.ui.people_pages import address, known, located, name_of, save, tabs
from tandem_sandbox.ui.record_fields import BANK, NOT_GIVEN, field_of, tax_fields, value_of, written
from tandem_sandbox.world import pay_items, people
from tandem_sandbox.world.shapes import Malformed, label
from tandem_sandbox.world.state import Organisation, Person

blueprint = Blueprint("record_pages", __name__, url_prefix="/payroll/employees/<person_id>")
Row = Mapping[str, Any]
SPARE_ROWS, MOST_ROWS = 1, 20
NUMBER = "TaxFileNumber"
KINDS = {
    "EarningsLines": ("EarningsRates", "EarningsRateID"),
    "DeductionLines": ("DeductionTypes", "DeductionTypeID"),
    "LeaveLines": ("LeaveTypes", "LeaveTypeID"),
    "ReimbursementLines": ("ReimbursementTypes", "ReimbursementTypeID"),
}
BANK_NAMES = (*(item.name for item in BANK), "Remainder")
SUPER_NAMES = ("SuperFundID", "EmployeeNumber")
Show = Callable[[Organisation, Person, Sequence[Row], list[tuple[str, str]]], FlaskResponse]


@dataclass(frozen=True)
class _Part:
    """One list of a record: its element, where it is shown, what it is called, its fields, and its page."""

    element: str
    path: str
    title: str
    names: Sequence[str]
    page: Show


@blueprint.get("/tax")
def tax(person_id: str) -> FlaskResponse:
    """Show the tax declaration, its number masked."""
    sim = forms.here()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        declaration = person.fields.get("TaxDeclaration") or {}
        values = {name: written(value) for name, value in declaration.items() if name != NUMBER}
        return _tax_page(organisation, person, values, [])


def _tax_page(
    organisation: Organisation, person: Person, values: Mapping[str, str], wrong: list[tuple[str, str]]
) -> FlaskResponse:
    number = str((person.fields.get("TaxDeclaration") or {}).get(NUMBER) or "")
    masked = f"It ends in {number[-3:]}. Empty: it stays." if number else "None is held."
    return _part(organisation, person, "/tax", "tax.html", wrong, fields=tax_fields(), values=values, masked=masked)


def _part(
    organisation: Organisation, person: Person, part: str, template: str, wrong: list[tuple[str, str]], **more: Any
) -> FlaskResponse:
    return forms.page(
        template,
        status=400 if wrong else 200,
        organisation=organisation,
        person=person,
        heading=name_of(person),
        tabs=tabs(organisation, person, part),
        action=f"/payroll/employees/{person.id}{part}",
        errors=wrong,
        **more,
    )


@blueprint.post("/tax")
def save_tax(person_id: str) -> Response:
    """Save the tax declaration; a number that is not typed anew stays, unless an exemption takes its place."""
    forms.check_token()
    sim, given = forms.here(), forms.typed()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        before = dict(person.fields.get("TaxDeclaration") or {})
        if given.get("TFNExemptionType"):
            before.pop(NUMBER, None)
        changes = {item.name: value_of(item, given.get(item.name, "")) for item in tax_fields()}
        if given.get(NUMBER):
            changes[NUMBER] = given[NUMBER]
        declaration = {name: value for name, value in {**before, **changes}.items() if value is not None}
        _, wrong = save(sim, organisation, person, {"TaxDeclaration": declaration})
        if wrong:
            names = [*(item.name for item in tax_fields()), NUMBER]
            return _tax_page(organisation, person, given, located(wrong, names))
    return _saved(organisation, person, "/tax", "The tax declaration")


def _saved(organisation: Organisation, person: Person, part: str, what: str) -> Response:
    forms.say(f"{what} of {name_of(person)} was saved.")
    return redirect(address(organisation, person, part), 303)


@blueprint.get("/bank")
def bank(person_id: str) -> FlaskResponse:
    """Show the bank accounts."""
    sim = forms.here()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        return _bank_page(organisation, person, person.fields.get("BankAccounts") or [], [])


def _bank_page(
    organisation: Organisation, person: Person, rows: Sequence[Row], wrong: list[tuple[str, str]]
) -> FlaskResponse:
    shown = [{name: written(row.get(name)) for name in BANK_NAMES} for row in rows]
    return _part(organisation, person, "/bank", "bank.html", wrong, fields=BANK, rows=_with_spare(shown))


def _with_spare(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [*rows, *({} for _ in range(SPARE_ROWS))][:MOST_ROWS]


@blueprint.post("/bank")
def save_bank(person_id: str) -> Response:
    """Save the bank accounts; a line without BSB and number is none."""
    forms.check_token()
    rows = [_account(row) for row in _rows(BANK_NAMES) if row["BSB"] or row["AccountNumber"]]
    return _save_rows(_Part("BankAccounts", "/bank", "Bank accounts", BANK_NAMES, _bank_page), person_id, rows)


def _rows(names: Sequence[str]) -> list[dict[str, str]]:
    given = forms.typed()
    return [{name: given.get(f"{name}-{place}", "") for name in names} for place in range(MOST_ROWS)]


def _account(row: Mapping[str, str]) -> dict[str, Any]:
    filled: dict[str, Any] = {name: value for name, value in row.items() if value and name != "Remainder"}
    return {**filled, "Remainder": bool(row["Remainder"])}


def _save_rows(part: _Part, person_id: str, rows: list[dict[str, Any]]) -> Response:
    sim = forms.here()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        _, wrong = save(sim, organisation, person, {part.element: rows})
        if wrong:
            alone = [_alone(sim, organisation, person, {part.element: [row]}) for row in rows]
            return part.page(organisation, person, rows, [_placed(message, part.names, alone) for message in wrong])
    forms.say(f"{part.title} of {name_of(person)} were saved.")
    return redirect(address(organisation, person, part.path), 303)


def _alone(sim: Simulator, organisation: Organisation, person: Person, record: Row) -> tuple[str, ...]:
    """Say what would be wrong with one line by itself, by the same rules."""
    try:
        return people.objections(
            sim.world, organisation, record, person_id=person.id, switches=sim.switches, now=sim.clock.now()
        )
    except Malformed:
        return ()


def _placed(message: str, names: Sequence[str], alone: Sequence[tuple[str, ...]]) -> tuple[str, str]:
    """Lead a sentence to its field in the first line that is wrong in that way by itself."""
    name = field_of(message, names)
    place = next((place for place, found in enumerate(alone) if message in found), 0)
    return (f"{name}-{place}" if name else ""), message


@blueprint.get("/super")
def memberships(person_id: str) -> FlaskResponse:
    """Show the super memberships."""
    sim = forms.here()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        return _super_page(organisation, person, person.fields.get("SuperMemberships") or [], [])


def _super_page(
    organisation: Organisation, person: Person, rows: Sequence[Row], wrong: list[tuple[str, str]]
) -> FlaskResponse:
    funds = [NOT_GIVEN, *((fund["SuperFundID"], fund["Name"]) for fund in organisation.super_funds)]
    names = (*SUPER_NAMES, "SuperMembershipID")
    shown = [{name: written(row.get(name)) for name in names} for row in rows]
    return _part(organisation, person, "/super", "super.html", wrong, funds=funds, rows=_with_spare(shown))


@blueprint.post("/super")
def save_memberships(person_id: str) -> Response:
    """Save the super memberships; a line without a fund and a number is none."""
    forms.check_token()
    found = _rows((*SUPER_NAMES, "SuperMembershipID"))
    rows: list[dict[str, Any]] = [
        {name: value for name, value in row.items() if value}
        for row in found
        if row["SuperFundID"] or row["EmployeeNumber"]
    ]
    return _save_rows(
        _Part("SuperMemberships", "/super", "Super memberships", SUPER_NAMES, _super_page), person_id, rows
    )


@blueprint.get("/pay")
def pay(person_id: str) -> FlaskResponse:
    """Show leave balances, pay template and opening balances, to read only."""
    sim = forms.here()
    with sim.world.lock:
        organisation, person = known(sim, person_id)
        fields = person.fields
        return _part(
            organisation,
            person,
            "/pay",
            "pay.html",
            [],
            balances=fields.get("LeaveBalances") or [],
            pay_template=_lines(organisation, fields.get("PayTemplate") or {}),
            opening=_lines(organisation, fields.get("OpeningBalances") or {}),
            opened=(fields.get("OpeningBalances") or {}).get("OpeningBalanceDate"),
        )


def _lines(organisation: Organisation, part: Row) -> list[tuple[str, str, str]]:
    return [
        (label(kind), _item_name(organisation, kind, line), _facts(line))
        for kind, lines in part.items()
        if isinstance(lines, list)
        for line in lines
    ]


def _item_name(organisation: Organisation, kind: str, line: Row) -> str:
    if kind not in KINDS:
        return str(line.get("ContributionType") or "")
    list_name, id_name = KINDS[kind]
    return str(pay_items.item(organisation, list_name, str(line.get(id_name))).get("Name") or line.get(id_name) or "")


def _facts(line: Row) -> str:
    plain = {name: value for name, value in line.items() if not name.endswith("ID") and name != "ContributionType"}
    return " · ".join(f"{label(name)} {written(value)}" for name, value in plain.items())
