"""As whom a command acts: `--as ADDRESS` is a person of the account, with their rights and their name in the timeline.

Reading goes without: the command then acts as the product itself, as whoever may run it on the server could anyway.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from tandem.cli import surroundings
from tandem.cli.accounts import account_id_of
from tandem.cli.refusal import Refused

if TYPE_CHECKING:
    from tandem.kernel.actor import Actor

Command = Callable[..., None]
ACCOUNT = click.option("--account", required=True, help="The account's short name or id.")
AS_ANYBODY = click.option("--as", "email", default="", help="The sign-in address of the person who asks.")
AS_SOMEBODY = click.option(
    "--as", "email", required=True, help="The sign-in address of the person who does it, an administrator."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


def reading(command: Command) -> Command:
    """Give a command the options of one that reads."""
    return ACCOUNT(AS_ANYBODY(AS_JSON(command)))


def acting(command: Command) -> Command:
    """Give a command the options of one that changes something."""
    return ACCOUNT(AS_SOMEBODY(command))


def actor_for(account: str, email: str) -> "Actor":
    """Return the person with this address in the account, or the product itself for none; raise Refused."""
    surroundings.set_up_django()
    from tandem.access.selectors import find_actor_by_id, find_user_id
    from tandem.kernel.actor import Actor

    account_id = account_id_of(account)
    if not email:
        return Actor.system(account_id, because="command")
    user_id = find_user_id(email)
    actor = find_actor_by_id(user_id, account_id=account_id) if user_id else None
    if actor is None:
        raise Refused(f"Nobody with access to {account} signs in with {email}.")
    return actor


def tell(rows: Iterable[Mapping[str, Any]], lines: Iterable[str], *, as_json: bool, empty: str) -> None:
    """Print JSON for a program, or a line a row for a person."""
    if as_json:
        click.echo(json.dumps(list(rows), default=str))
        return
    for line in list(lines) or [empty]:
        click.echo(line)
