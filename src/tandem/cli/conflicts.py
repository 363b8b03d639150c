"""`tandem conflict list | decide | standing | always | ask-again`: fields that both sides changed, as on their page."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli.persons import acting, actor_for, reading, tell

if TYPE_CHECKING:
    from tandem.xero.facade import ConflictPage, StandingDecision

KEEP = click.option("--keep", type=click.Choice(["hr", "xero"]), required=True, help="The side whose value is right.")
REASONS = click.Choice(["kept_there", "checked_there", "spelt_differently", "another_reason"])


@click.group()
def conflict() -> None:
    """Decide fields that both sides changed: one, or a field for everybody."""


@conflict.command(name="list")
@reading
def show_all(*, account: str, email: str, as_json: bool) -> None:
    """List the open conflicts; the values are read on the page."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    found = facade.list_conflicts(actor)
    tell(map(_plain, found), map(_line, found), as_json=as_json, empty="Nothing is open.")


@conflict.command()
@acting
@click.argument("conflict_id", type=UUID)
@KEEP
def decide(*, account: str, email: str, conflict_id: UUID, keep: str) -> None:
    """Say which side's value is right; the next run writes it to the other."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    facade.decide_conflict(actor, conflict_id, keep=facade.Side(keep))
    click.echo("Decided. The next run applies it.")


@conflict.command()
@reading
def standing(*, account: str, email: str, as_json: bool) -> None:
    """List the fields that are decided for everybody."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    found = facade.list_standing(actor)
    tell(map(vars, found), map(_standing_line, found), as_json=as_json, empty="Every field is asked about.")


@conflict.command()
@acting
@click.argument("field")
@KEEP
@click.option("--why", type=REASONS, required=True, help="Why that side is always right.")
@click.option("--and-open", type=int, help="How many open conflicts of the field to decide with it; it must be all.")
def always(*, account: str, email: str, field: str, keep: str, why: str, and_open: int | None) -> None:
    """Keep one side wherever a field clashes, until it is taken back."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    decided = facade.decide_always(actor, field, keep=facade.Side(keep), why=facade.Why(why), and_open=and_open)
    click.echo(f"Decided for everybody; open conflicts decided with it: {decided}.")


@conflict.command(name="ask-again")
@acting
@click.argument("field")
def ask_again(*, account: str, email: str, field: str) -> None:
    """Take back what is decided for everybody; what was written by it stays."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    facade.take_back_always(actor, field)
    click.echo("This field is asked about again.")


def _plain(one: "ConflictPage") -> dict[str, Any]:
    return {
        "conflict_id": one.conflict_id,
        "employee_id": one.employee_id,
        "field": one.field,
        "reason": one.reason,
        "opened_at": one.opened_at,
        "decision": one.decision,
    }


def _line(one: "ConflictPage") -> str:
    return f"{one.conflict_id}  {one.person}, {one.label}: {f'keep {one.decision}' if one.decision else one.reason}"


def _standing_line(one: "StandingDecision") -> str:
    return f"{one.field}: always {one.keep.value}. {one.why}"
