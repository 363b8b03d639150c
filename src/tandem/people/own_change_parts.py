"""The kinds of own changes: what it takes to see and to decide each, how to read what is in force, and how to put another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.people.actions import edit_employee
from tandem.people.models import Employee, PayTaxDeclaration
from tandem.people.own_change_records import (
    ANSWER,
    MEMBERSHIPS,
    OwnChangeKind,
    Plain,
    columns_of_plain,
    details_of_plain,
    memberships_of_plain,
    plain_answer,
    plain_columns,
    plain_details,
    plain_memberships,
)
from tandem.people.payroll import (
    columns_of,
    declaration_in,
    memberships_of,
    payroll_of_many,
    put_declaration,
    put_super_memberships,
    say_changed,
)
from tandem.people.payroll_records import TfnExemption
from tandem.people.selectors import as_record
from tandem.people.tax_numbers import PURPOSE, put_tax_answer


@dataclass(frozen=True)
class Wanted:
    """What is to be put in force; `digits` is a whole tax file number, where the answer is one."""

    after: Plain
    digits: str = ""


@dataclass(frozen=True)
class Part:
    """One kind of request; `purpose` names the key that seals its values."""

    to_see: tuple[Permission, ...]
    to_decide: tuple[Permission, ...]
    in_force: Callable[[Actor, Employee], dict[str, Any]]
    put: Callable[[Actor, Employee, Wanted, str], None]
    purpose: str = ""


def _details_in_force(_: Actor, row: Employee) -> dict[str, Any]:
    return plain_details(as_record(row))


def _put_details(actor: Actor, row: Employee, wanted: Wanted, via: str) -> None:
    edit_employee(actor, employee_id=row.employee_id, changes=details_of_plain(wanted.after), via=via)


def _super_in_force(actor: Actor, row: Employee) -> dict[str, Any]:
    return {MEMBERSHIPS: plain_memberships(memberships_of(actor, row.employee_id))}


def _put_super(actor: Actor, row: Employee, wanted: Wanted, via: str) -> None:
    put_super_memberships(actor, row.employee_id, memberships_of_plain(wanted.after[MEMBERSHIPS]))
    say_changed(actor, row.employee_id, [MEMBERSHIPS], via=via)


def _tax_in_force(actor: Actor, row: Employee) -> dict[str, Any]:
    held = payroll_of_many(actor, [row.employee_id])[row.employee_id]
    return {**plain_columns(columns_of(held)), ANSWER: plain_answer(held.tax_file_number)}


def _put_tax(actor: Actor, row: Employee, wanted: Wanted, via: str) -> None:
    held = payroll_of_many(actor, [row.employee_id])[row.employee_id]
    columns = {**columns_of(held), **columns_of_plain(wanted.after)}
    parts = (
        {"tax_declaration"}
        if put_declaration(actor, row.employee_id, declaration_in(PayTaxDeclaration(**columns)))
        else set()
    )
    if answer := wanted.after.get(ANSWER):
        exemption = TfnExemption(answer["exemption"]) if answer["exemption"] else None
        put_tax_answer(actor, row.employee_id, digits=wanted.digits, exemption=exemption)
        parts.add(ANSWER)
    say_changed(actor, row.employee_id, parts, via=via)


OF_PAYROLL = (
    (Permission.VIEW_EMPLOYEES, Permission.VIEW_PAYROLL),
    (Permission.VIEW_EMPLOYEES, Permission.EDIT_PAYROLL),
)
PARTS: Mapping[OwnChangeKind, Part] = {
    OwnChangeKind.DETAILS: Part(
        (Permission.VIEW_EMPLOYEES,),
        (Permission.VIEW_EMPLOYEES, Permission.EDIT_EMPLOYEES),
        _details_in_force,
        _put_details,
    ),
    OwnChangeKind.SUPER: Part(*OF_PAYROLL, _super_in_force, _put_super),
    OwnChangeKind.TAX: Part(*OF_PAYROLL, _tax_in_force, _put_tax, purpose=PURPOSE),
}
