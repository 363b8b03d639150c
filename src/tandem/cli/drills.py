"""`tandem drill list | run | clean-up`: rehearse a break on a throw-away link, as on the drill's page."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli.persons import acting, actor_for, reading, tell
from tandem.cli.refusal import Refused

if TYPE_CHECKING:
    from tandem.kernel.actor import Actor
    from tandem.xero.facade import DrillRecord


@click.group()
def drill() -> None:
    """Rehearse a break and a reconnect; the real connection is not touched."""


@drill.command(name="list")
@reading
def show_all(*, account: str, email: str, as_json: bool) -> None:
    """List the newest drills first."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    drills = facade.list_drills(actor)
    tell(map(as_plain, drills), map(_line, drills), as_json=as_json, empty="Nobody has rehearsed a break yet.")


@drill.command()
@acting
@click.option(
    "--tell-others", is_flag=True, help="Write to everybody whom a real break would reach, marked as a drill."
)
def run(*, account: str, email: str, tell_others: bool) -> None:
    """Rehearse from the first step to the last, the reconnect included. Exit 1 unless it passed."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    record = facade.start_drill(actor, tells_others=tell_others)
    while record.next_step is not None:
        record = _one_step(actor, record)
    click.echo(_line(record))
    if record.outcome is not facade.DrillOutcome.PASSED:
        raise SystemExit(1)


def _one_step(actor: "Actor", record: "DrillRecord") -> "DrillRecord":
    from tandem.xero import facade

    after = facade.advance_drill(actor, drill_id=record.drill_id, pressed=True)
    if len(after.steps) == len(record.steps):
        raise Refused("Somebody else goes on with this drill, or it was interrupted. See `tandem drill list`.")
    for entry in after.steps[len(record.steps) :]:
        problem = f": {entry.facts['problem']}" if entry.facts.get("problem") else ""
        click.echo(f"  {entry.step.value:<12}{entry.outcome.value} in {entry.seconds:.2f} s{problem}")
    return after


@drill.command(name="clean-up")
@acting
@click.argument("drill_id", type=UUID)
def clean_up(*, account: str, email: str, drill_id: UUID) -> None:
    """End a drill that was interrupted, and remove what is left of its link."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    click.echo(_line(facade.clean_up_drill(actor, drill_id=drill_id)))


def as_plain(record: "DrillRecord") -> dict[str, Any]:
    """Return a drill as plain JSON."""
    return {
        "drill_id": record.drill_id,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "standing": record.standing.value,
        "outcome": record.outcome.value if record.outcome else None,
        "noticed_after": record.noticed_after,
        "steps": [one.as_json() for one in record.steps],
    }


def _line(record: "DrillRecord") -> str:
    state = record.outcome.value if record.outcome else record.standing.value
    noticed = f", noticed after {record.noticed_after:.2f} s" if record.noticed_after is not None else ""
    return f"{record.drill_id}  {record.started_at:%Y-%m-%d %H:%M} UTC  {state}{noticed}"
