"""`tandem connection move show | withdraw`: a move to another organisation, as the page has it.

Asking and approving take two people, each at a page of their own: with `--as` one person at a shell would be both.
"""

from typing import TYPE_CHECKING, Any

import click

from tandem.cli.persons import acting, actor_for, reading, tell

if TYPE_CHECKING:
    from tandem.xero.facade import EarlierOrganisation, MoveRecord


@click.group()
def move() -> None:
    """Look at a move to another organisation, or take it back."""


@move.command()
@reading
def show(*, account: str, email: str, as_json: bool) -> None:
    """Say which move was asked for last, and which organisations were connected before."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    found, earlier = facade.find_move(actor), facade.list_earlier(actor)
    rows = [{"move": _plain(found) if found else None, "earlier": [_kept(one) for one in earlier]}]
    lines = [f"{found.standing.value}: {found.from_name} to {found.to_name}"] if found else []
    lines += [f"until {one.archived_at:%Y-%m-%d}: {one.name}, {one.linked_people} linked" for one in earlier]
    tell(rows, lines, as_json=as_json, empty="Nobody asked for a move.")


def _plain(found: "MoveRecord") -> dict[str, Any]:
    return {
        "standing": found.standing.value,
        "from": found.from_name,
        "to": found.to_name,
        "asked_at": found.asked_at,
        "expires_at": found.expires_at,
    }


def _kept(one: "EarlierOrganisation") -> dict[str, Any]:
    return {
        "organisation": one.name,
        "archived_at": one.archived_at,
        "linked_people": one.linked_people,
        "runs": one.runs,
        "unconfirmed": one.unconfirmed,
    }


@move.command()
@acting
def withdraw(*, account: str, email: str) -> None:
    """Take the open request back, approved or not. Nothing else is changed."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    facade.withdraw_move(actor)
    click.echo("The request was taken back. Nothing was changed.")
