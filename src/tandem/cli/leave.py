"""`tandem leave list | balances | types | ask | approve | refuse | withdraw`: leave, as on the Leave tab."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli.persons import acting, actor_for, reading, tell
from tandem.cli.refusal import Refused

if TYPE_CHECKING:
    from tandem.people.leave_records import LeaveLine
    from tandem.people.payroll_records import LeaveBalance
    from tandem.xero.mapping.leave_requests import LeaveType

DAY = click.DateTime(["%Y-%m-%d"])
PERSON = click.option("--person", type=UUID, required=True, help="The id of the person's record.")
REQUEST = click.argument("request_id", type=UUID)


@click.group()
def leave() -> None:
    """Look after leave: what is left, who asked for it, and what is decided."""


@leave.command(name="list")
@reading
@click.option("--person", type=UUID, help="One person's leave, in place of everything that waits for a decision.")
def show_all(*, account: str, email: str, as_json: bool, person: UUID | None) -> None:
    """List the leave that waits for a decision, the soonest days first."""
    actor = actor_for(account, email)
    from tandem.people import leave as people_leave

    lines = people_leave.list_leave(actor, employee_id=person) if person else people_leave.list_waiting_leave(actor)
    tell(map(_plain, lines), map(_line, lines), as_json=as_json, empty="No leave.")


@leave.command()
@reading
def types(*, account: str, email: str, as_json: bool) -> None:
    """List the leave types that can be asked for."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    found = [one for one in facade.list_leave_types(actor) if one.is_current]
    tell(map(_plain_type, found), (f"{one.leave_type_id}  {one.name}" for one in found), as_json=as_json, empty="None.")


@leave.command()
@reading
@PERSON
def balances(*, account: str, email: str, as_json: bool, person: UUID) -> None:
    """Show what somebody has left of each leave type, as Xero said it last."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    found = facade.find_balances(actor, employee_id=person)
    if found is None:
        raise Refused("No balances of this person were read yet. They come with an import.")
    lines = [f"{one.name}: {one.units} {one.unit}" for one in found.balances]
    tell(map(_plain_balance, found.balances), [*lines, *found.sentences], as_json=as_json, empty="None.")


@leave.command()
@acting
@PERSON
@click.option("--type", "leave_type_id", type=UUID, required=True, help="The id of the leave type.")
@click.option("--from", "from_on", type=DAY, required=True, help="The first day away.")
@click.option("--until", "until_on", type=DAY, required=True, help="The last day away.")
@click.option("--title", required=True, help="What stands on it, in Xero too.")
def ask(
    *, account: str, email: str, person: UUID, leave_type_id: UUID, from_on: datetime, until_on: datetime, title: str
) -> None:
    """Ask for leave for somebody, or for oneself; print the id of the request."""
    actor = actor_for(account, email)
    from tandem.flows.leave import ask_leave
    from tandem.people.leave_records import LeaveTerms

    terms = LeaveTerms(leave_type_id, from_on.date(), until_on.date(), title)
    click.echo(ask_leave(actor, employee_id=person, terms=terms))


def _deciding(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of one that is about one request."""
    return acting(PERSON(REQUEST(command)))


@leave.command()
@_deciding
def approve(*, account: str, email: str, person: UUID, request_id: UUID) -> None:
    """Approve a request as it stands now; it then goes to Xero."""
    actor = actor_for(account, email)
    from tandem.flows.leave import approve_leave
    from tandem.people.leave import find_leave

    seen = find_leave(actor, employee_id=person, request_id=request_id).revision
    approve_leave(actor, employee_id=person, request_id=request_id, seen=seen)
    click.echo("Approved.")


@leave.command()
@_deciding
@click.option("--note", default="", help="A word for whoever asked.")
def refuse(*, account: str, email: str, person: UUID, request_id: UUID, note: str) -> None:
    """Refuse a request that waits."""
    actor = actor_for(account, email)
    from tandem.flows.leave import reject_leave

    reject_leave(actor, employee_id=person, request_id=request_id, note=note)
    click.echo("Refused.")


@leave.command()
@_deciding
def withdraw(*, account: str, email: str, person: UUID, request_id: UUID) -> None:
    """Take leave back, whether it waits or is approved."""
    actor = actor_for(account, email)
    from tandem.flows.leave import withdraw_leave

    withdraw_leave(actor, employee_id=person, request_id=request_id)
    click.echo("Withdrawn.")


def _plain(line: "LeaveLine") -> dict[str, Any]:
    return {
        "request_id": line.request.request_id,
        "employee_id": line.request.employee_id,
        "name": line.full_name,
        "leave_type": line.leave_type_name,
        "from_on": line.request.terms.from_on,
        "until_on": line.request.terms.until_on,
        "status": line.request.status.value,
        "revision": line.revision,
    }


def _line(line: "LeaveLine") -> str:
    terms = line.request.terms
    days = f"{terms.from_on} to {terms.until_on}"
    return f"{line.request.request_id}  {line.full_name}: {line.leave_type_name}, {days}, {line.request.status.value}"


def _plain_type(one: "LeaveType") -> dict[str, Any]:
    return {"leave_type_id": one.leave_type_id, "name": one.name, "unit": one.unit}


def _plain_balance(one: "LeaveBalance") -> dict[str, Any]:
    return {"leave_type_id": one.leave_type_id, "name": one.name, "units": one.units, "unit": one.unit}
