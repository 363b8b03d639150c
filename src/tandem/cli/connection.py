"""`tandem connection show | probe | reconnect-link | move`: one account's connection from the command line."""

import json
from typing import TYPE_CHECKING, Any

import click

from tandem.cli import surroundings
from tandem.cli.accounts import account_id_of
from tandem.cli.moves import move

if TYPE_CHECKING:
    from tandem.kernel.actor import Actor
    from tandem.xero.facade import ConnectionSummary

ACCOUNT = click.option("--account", required=True, help="The account's short name or id.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


@click.group()
def connection() -> None:
    """Look at an account's connection to Xero."""


connection.add_command(move)


@connection.command()
@ACCOUNT
@AS_JSON
def show(*, account: str, as_json: bool) -> None:
    """Say how the connection is, from the proofs there are; nothing is asked of Xero. Exit 1 unless it is proved."""
    actor = _actor(account)
    from tandem.xero import facade

    _print(facade.connection_summary(actor), as_json=as_json)


@connection.command()
@ACCOUNT
@AS_JSON
def probe(*, account: str, as_json: bool) -> None:
    """Ask Xero now, and say how the connection is. Exit 1 unless it is proved."""
    actor = _actor(account)
    from tandem.xero import facade

    facade.probe_now(actor)
    _print(facade.connection_summary(actor), as_json=as_json)


@connection.command(name="reconnect-link")
@ACCOUNT
def reconnect_link(*, account: str) -> None:
    """Print the address of the page where an administrator reconnects; it opens after signing in."""
    actor = _actor(account)
    from django.conf import settings
    from django.urls import reverse

    from tandem.tenancy.selectors import get_account

    slug = get_account(actor.account_id).slug
    click.echo(settings.TANDEM.base_url + reverse("xero-connection", kwargs={"account": slug}))


def _actor(account: str) -> "Actor":
    surroundings.set_up_django()
    from tandem.kernel.actor import Actor

    return Actor.system(account_id_of(account), because="command")


def as_plain(summary: "ConnectionSummary") -> dict[str, Any]:
    """Return the connection as plain JSON: codes, times and the sentences of the page."""
    health = summary.health
    return {
        "state": health.state.value,
        "organisation": summary.organisation_name,
        "proved_at": summary.proved_at.isoformat() if summary.proved_at else None,
        "cause": health.cause.value if health.cause else None,
        "certain": health.certain,
        "headline": health.headline,
        "next_step": health.next_step.code.value,
        "resumes_at": health.resumes_at.isoformat() if health.resumes_at else None,
        "lights": {
            light.value: {"state": reading.state.value, "at": reading.at.isoformat() if reading.at else None}
            for light, reading in health.lights.items()
        },
    }


def _print(summary: "ConnectionSummary", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(as_plain(summary)))
    else:
        health = summary.health
        click.echo(f"{health.state.label}: {health.headline}")
        click.echo(health.explanation)
        for light, reading in health.lights.items():
            when = f" {reading.at:%d %b %Y %H:%M} UTC" if reading.at else ""
            click.echo(f"  {light.value.replace('_', '-'):<14}{reading.state.value}{when}")
        click.echo(f"Next: {health.next_step.label}")
    if not summary.health.is_green:
        raise SystemExit(1)
