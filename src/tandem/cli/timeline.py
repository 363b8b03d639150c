"""`tandem timeline verify | prune | export`: prove that nobody altered the record, let old parts go, and take it away."""

import json
from typing import TYPE_CHECKING

import click

from tandem.cli import surroundings
from tandem.cli.accounts import account_id_of, every_account_id

if TYPE_CHECKING:
    from tandem.timeline.selectors import ChainVerdict

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
        broken += verdict.broken_at is not None
        click.echo(f"{account_id}: {_says(verdict)}")
    if broken:
        click.echo(
            "Somebody changed the record outside Tandem. Keep a copy of the database as it is, and compare a backup."
        )
        raise SystemExit(1)


def _says(verdict: "ChainVerdict") -> str:
    checkpoint = verdict.checkpoint
    if checkpoint is not None and not checkpoint.holds:
        return f"BROKEN: the checkpoint in place of the entries up to {checkpoint.sequence} is not as it was signed"
    if verdict.broken_at is not None:
        return f"BROKEN at entry {verdict.broken_at} of {verdict.entries}"
    if checkpoint is None:
        return f"{verdict.entries} entries, unbroken"
    return (
        f"{verdict.entries} entries, unbroken; {checkpoint.removed_in_all} entries from before "
        f"{checkpoint.older_than:%Y-%m-%d} were removed under retention on {checkpoint.made_at:%Y-%m-%d}, checkpoint intact"
    )


@timeline.command()
@ACCOUNT
@click.option("--all", "everybody", is_flag=True, help="Every account of the installation; takes the owner role.")
@click.option("--dry-run", is_flag=True, help="Say how many would go, and remove nothing.")
def prune(*, account: str | None, everybody: bool, dry_run: bool) -> None:
    """Remove entries older than TANDEM_TIMELINE_DAYS behind a signed checkpoint. The nightly job does the same."""
    if everybody == (account is not None):
        raise click.UsageError("Give --account NAME or --all.")
    surroundings.set_up_django()
    from tandem.kernel.actor import Actor
    from tandem.timeline import pruning

    older_than = pruning.retention_starts_at()
    act, verb = (pruning.count_prunable, "would be") if dry_run else (pruning.prune, "were")
    for account_id in every_account_id() if everybody else [account_id_of(str(account))]:
        count = act(Actor.system(account_id, because="command"), older_than=older_than)
        click.echo(f"{account_id}: {count} entries from before {older_than:%Y-%m-%d} {verb} removed")


@timeline.command()
@click.option("--account", required=True, help="The account's short name or id.")
def export(*, account: str) -> None:
    """Print every entry as a line of JSON, the oldest first, with the digests that chain them."""
    surroundings.set_up_django()
    from tandem.kernel.actor import Actor
    from tandem.timeline.checkpoints import find_checkpoint
    from tandem.timeline.selectors import iter_chain

    actor = Actor.system(account_id_of(account), because="command")
    if (checkpoint := find_checkpoint(actor)) is not None:
        click.echo(json.dumps(checkpoint.as_json(), sort_keys=True))
    for entry in iter_chain(actor):
        click.echo(json.dumps(entry.as_json(), sort_keys=True))
