"""`tandem sync preview`, `run`, `undo` and `history`: one account's sync from the command line, for operators and scripts."""

import dataclasses
import json
import logging
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli import surroundings
from tandem.cli.accounts import account_id_of
from tandem.kernel import clock

if TYPE_CHECKING:
    from tandem.kernel.actor import Actor
    from tandem.xero.facade import RunPage

KINDS = click.Choice(["import", "export", "both"])
REACHES = click.Choice(["authority", "changed", "everything"])
LOOK_AGAIN_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 120
LINES = 50


@click.group()
def sync() -> None:
    """Preview or run an account's import and export, undo a run, or see what earlier runs did."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON for a program."),
        click.option("--reach", type=REACHES, default="authority", show_default=True, help="How much to compare."),
        click.option("--kind", type=KINDS, default="both", show_default=True, help="Which way."),
        click.option("--account", required=True, help="The account's short name or id."),
    ):
        command = option(command)
    return command


@sync.command()
@_options
def preview(*, account: str, kind: str, reach: str, as_json: bool) -> None:
    """Show what a run would do. Nothing is written on either side."""
    _stand_ready()
    actor = _actor(account)
    show(_preview(actor, kind, reach), as_json=as_json)


@sync.command()
@_options
def run(*, account: str, kind: str, reach: str, as_json: bool) -> None:
    """Preview, approve and carry out; what only a person may decide stays for that person."""
    _stand_ready()

    actor = _actor(account)
    _carry_out(actor, _preview(actor, kind, reach), as_json=as_json)


@sync.command()
@click.option("--account", required=True, help="The account's short name or id.")
@click.option("--run", "run_id", type=click.UUID, required=True, help="The id of the run to undo.")
@click.option("--look", is_flag=True, help="Only show what would go back, and what cannot.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def undo(*, account: str, run_id: UUID, look: bool, as_json: bool) -> None:
    """Put back what a run of the last 14 days wrote, where nobody changed it since."""
    _stand_ready()
    from tandem.xero import facade

    actor = _actor(account)
    page = _follow(actor, facade.preview_undo(actor, run_id))
    if look:
        show(page, as_json=as_json)
    else:
        _carry_out(actor, page, as_json=as_json)


def _carry_out(actor: "Actor", page: "RunPage", *, as_json: bool) -> None:
    """Approve a plan as it was made, wait for its end, and print it; exit with 1 where it did not come to one."""
    from tandem.xero import facade

    if page.can_approve:
        facade.approve_run(actor, page.summary.run_id)
        page = _follow(actor, page.summary.run_id)
    show(page, as_json=as_json)
    if page.summary.status not in ("done", "parked"):
        raise SystemExit(1)


@sync.command()
@click.option("--account", required=True, help="The account's short name or id.")
@click.option("--person", type=click.UUID, help="The id of one person's record, to see what was done to them alone.")
def history(*, account: str, person: UUID | None) -> None:
    """Print what runs did, newest first, as CSV: when, to whom, which way, which fields, how it ended."""
    _stand_ready()
    from tandem.tenancy.selectors import get_account
    from tandem.web.csv_files import csv_lines
    from tandem.web.xero.present_history import file_rows
    from tandem.xero import facade

    actor = _actor(account)
    chunks = facade.iter_history(actor, wanted=facade.HistoryFilter(employee_id=person))
    rows = file_rows(actor, chunks, time_zone=get_account(actor.account_id).time_zone)
    for line in csv_lines(rows):
        click.echo(line, nl=False)


def _stand_ready() -> None:
    """Set Django up; as long as the command runs, the log would only get in the way of what is printed."""
    surroundings.set_up_django()
    logging.disable(logging.WARNING)
    click.get_current_context().call_on_close(lambda: logging.disable(logging.NOTSET))


def _actor(name: str) -> "Actor":
    from tandem.kernel.actor import Actor

    return Actor.system(account_id_of(name), because="command")


def _preview(actor: "Actor", kind: str, reach: str) -> "RunPage":
    from tandem.xero import facade

    run_id = facade.preview_run(actor, kind=facade.RunKind(kind), reach=facade.Reach(reach))
    return _follow(actor, run_id)


def _follow(actor: "Actor", run_id: UUID) -> "RunPage":
    """Work on the run here, or watch the worker that has it, until it stands still."""
    from tandem.xero import facade

    while True:
        facade.work_on_run(actor, run_id)
        page = facade.get_run(actor, run_id)
        if not page.is_moving or _is_a_long_wait(page):
            return page
        clock.sleep(LOOK_AGAIN_SECONDS)


def _is_a_long_wait(page: "RunPage") -> bool:
    return page.resume_at is not None and (page.resume_at - clock.now()).total_seconds() > LONGEST_WAIT_SECONDS


def show(page: "RunPage", *, as_json: bool) -> None:
    """Print a run, for a person or for a program."""
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(page), default=_plain))
        return
    click.echo(f"{page.summary.title}: {page.summary.sentence}")
    if page.resume_at is not None:
        click.echo(f"Goes on at {page.resume_at:%d %b %Y %H:%M} UTC.")
    if page.progress.ends_at is not None and not page.can_approve:
        click.echo(
            f"{page.progress.done} of {page.progress.total} read; done by {page.progress.ends_at:%d %b %Y %H:%M} UTC."
        )
    for item in page.items[:LINES]:
        click.echo(f"  {item.person}: {item.sentence}" + (f" ({item.outcome})" if item.outcome else ""))
        if not item.can_be_undone:
            click.echo("      No undo takes this back.")
        for change in item.changes:
            note = f"  [{change.note}]" if change.note else ""
            click.echo(f"      {change.label}: {change.before or '(blank)'} -> {change.after or '(blank)'}{note}")
    if page.pages > 1:
        click.echo(f"  and more: {page.pages} pages in all, on the run's own page.")
    if page.can_approve:
        took = f"about {max(1, page.estimated_seconds // 60)} min"
        if page.estimated_days > 1:
            took = f"done by {page.estimated_end:%d %b %Y %H:%M} UTC"
        click.echo(f"Approve it to go ahead: {page.estimated_calls} calls to Xero, {took}.")


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return str(value)
