"""`tandem timeline verify | export`: prove that nobody altered the record, and take it away."""

import json

import click

from tandem.cli import surroundings
from tandem.cli.accounts import account_id_of, every_account_id

ACCOUNT = click.option("--account", help="The account's short name or id.")


@click.group()
def timeline() -> None:
    """Look after the hash-chained record of what happened."""


@timeline.command()
@ACCOUNT
@click.option("--all", "everybody", is_flag=True, help="Every account of the installation; takes the owner role.")
def verify(*, account: str | None, everybody: bool) -> None:
    """Check the chain from the first entry to the last. Exit 1 and name the first entry that does not hold."""
    if everybody == (account is not None):
        raise click.UsageError("Give --account NAME or --all.")
    surroundings.set_up_django()
    from tandem.kernel.actor import Actor
    from tandem.timeline.selectors import check_chain

    broken = 0
    for account_id in every_account_id() if everybody else [account_id_of(str(account))]:
        verdict = check_chain(Actor.system(account_id, because="command"))
        if verdict.broken_at is None:
            click.echo(f"{account_id}: {verdict.entries} entries, unbroken")
        else:
            broken += 1
            click.echo(f"{account_id}: BROKEN at entry {verdict.broken_at} of {verdict.entries}")
    if broken:
        click.echo(
            "Somebody changed the record outside Tandem. Keep a copy of the database as it is, and compare a backup."
        )
        raise SystemExit(1)


@timeline.command()
@click.option("--account", required=True, help="The account's short name or id.")
def export(*, account: str) -> None:
    """Print every entry as a line of JSON, the oldest first, with the digests that chain them."""
    surroundings.set_up_django()
    from tandem.kernel.actor import Actor
    from tandem.timeline.selectors import iter_chain

    for entry in iter_chain(Actor.system(account_id_of(account), because="command")):
        click.echo(json.dumps(entry.as_json(), sort_keys=True))
