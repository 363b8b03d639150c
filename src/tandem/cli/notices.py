"""`tandem notice list | show | take | release`: what is wrong and was, who was told, who is on it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli.persons import acting, actor_for, reading, tell

if TYPE_CHECKING:
    from tandem.notices.records import NoticeRecord

NOTICE = click.argument("notice_id", type=UUID)


@click.group()
def notice() -> None:
    """Look after the notices of an account."""


@notice.command(name="list")
@reading
@click.option("--over", is_flag=True, help="Those that are over, in place of the open ones.")
def show_all(*, account: str, email: str, as_json: bool, over: bool) -> None:
    """List the open notices, the newest first."""
    actor = actor_for(account, email)
    from tandem.notices.selectors import list_closed, list_open

    found = list_closed(actor) if over else list_open(actor)
    tell(map(_plain, found), map(_line, found), as_json=as_json, empty="Nothing is open.")


@notice.command()
@reading
@NOTICE
def show(*, account: str, email: str, as_json: bool, notice_id: UUID) -> None:
    """Show one notice and who was told of it."""
    actor = actor_for(account, email)
    from tandem.notices.selectors import get_notice, list_tellings

    found = get_notice(actor, notice_id=notice_id)
    told = list_tellings(actor, notice_id=notice_id)
    people = [{"address": one.address, "rung": one.rung, "at": one.told_at, "fate": one.fate} for one in told]
    lines = [_line(found), *(f"  {one.told_at:%Y-%m-%d %H:%M} UTC  {one.address}: {one.fate}" for one in told)]
    tell([{**_plain(found), "told": people}], lines, as_json=as_json, empty="")


@notice.command()
@acting
@NOTICE
def take(*, account: str, email: str, notice_id: UUID) -> None:
    """Say "I am on it": nobody else is told for a while."""
    actor = actor_for(account, email)
    from tandem.notices.actions import acknowledge

    acknowledge(actor, notice_id=notice_id)
    click.echo(f"{email} is on it.")


@notice.command()
@acting
@NOTICE
def release(*, account: str, email: str, notice_id: UUID) -> None:
    """Take back "I am on it"."""
    actor = actor_for(account, email)
    from tandem.notices import actions

    actions.release(actor, notice_id=notice_id)
    click.echo("Nobody is on it any more.")


def _plain(one: "NoticeRecord") -> dict[str, Any]:
    from tandem.xero import facade

    return {
        "notice_id": one.notice_id,
        "kind": one.kind,
        "urgency": one.urgency.value,
        "text": facade.notice_line(one),
        "opened_at": one.opened_at,
        "closed_at": one.closed_at,
        "acknowledged_at": one.acknowledged_at,
        "people_told": one.people_told,
    }


def _line(one: "NoticeRecord") -> str:
    from tandem.xero import facade

    return f"{one.notice_id}  {one.opened_at:%Y-%m-%d %H:%M} UTC  {facade.notice_line(one)}"
