"""`tandem handover list | show | appoint | put-off`: hand-overs, as on their pages."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli.persons import acting, actor_for, reading, tell
from tandem.cli.refusal import Refused

if TYPE_CHECKING:
    from tandem.xero.facade import HandoverRecord

TASK = click.argument("task_id", type=UUID)


@click.group()
def handover() -> None:
    """Look after the hand-overs of an account: who authorises before somebody's access to Xero ends."""


@handover.command(name="list")
@reading
@click.option("--closed", is_flag=True, help="Those that were closed last, in place of the open ones.")
def show_all(*, account: str, email: str, as_json: bool, closed: bool) -> None:
    """List the open hand-overs, the most pressing first."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    tasks = facade.list_closed_handovers(actor) if closed else facade.list_handovers(actor)
    tell(map(as_plain, tasks), map(_line, tasks), as_json=as_json, empty="Nothing has to be handed over.")


@handover.command()
@reading
@TASK
def show(*, account: str, email: str, as_json: bool, task_id: UUID) -> None:
    """Show one hand-over, and who could take it in hand."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    page = facade.get_handover(actor, task_id=task_id)
    who = [one.email for one in page.candidates]
    lines = [_line(page.task), *(f"  could take it in hand: {address}" for address in who)]
    tell([{**as_plain(page.task), "candidates": who}], lines, as_json=as_json, empty="")


@handover.command()
@acting
@TASK
@click.option("--to", "address", required=True, help="The sign-in address of the administrator who takes it in hand.")
def appoint(*, account: str, email: str, task_id: UUID, address: str) -> None:
    """Say who takes a hand-over in hand; they are written to."""
    actor = actor_for(account, email)
    from tandem.access.selectors import find_member_by_email
    from tandem.xero import facade

    member = find_member_by_email(actor, email=address)
    if member is None:
        raise Refused(f"Nobody of the account signs in with {address}.")
    facade.appoint(actor, task_id=task_id, user_id=member.user_id)
    click.echo(f"{address} takes it in hand.")


@handover.command(name="put-off")
@acting
@TASK
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day on which people are reminded.")
def put_off(*, account: str, email: str, task_id: UUID, until: datetime) -> None:
    """Let a hand-over rest until a day, never beyond its last safe day."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    facade.put_off(actor, task_id=task_id, until=until.date())
    click.echo(f"Nobody is reminded before {until:%Y-%m-%d}.")


def as_plain(task: "HandoverRecord") -> dict[str, Any]:
    """Return a task as plain JSON; why and whose it is are empty for those who may not know."""
    return {
        "task_id": task.task_id,
        "last_safe_on": task.last_safe_on,
        "role": task.role,
        "owner_user_id": task.owner_user_id,
        "put_off_until": task.put_off_until,
        "closed_at": task.closed_at,
        "closed_because": task.closed_because,
        "reasons": [reason.kind.value for reason in task.reasons],
    }


def _line(task: "HandoverRecord") -> str:
    why = ", ".join(reason.kind.value.replace("_", " ") for reason in task.reasons)
    over = f", closed: {task.closed_because.replace('_', ' ')}" if task.closed_at else ""
    return f"{task.task_id}  by {task.last_safe_on}{f'  ({why})' if why else ''}{over}"
