"""`tandem standby show | use | give-up | not-now | want`: the second key, as on the connection page."""

from typing import TYPE_CHECKING, Any

import click

from tandem.cli.persons import acting, actor_for, reading, tell

if TYPE_CHECKING:
    from tandem.xero.facade import Authoriser, TakeoverRecord


@click.group()
def standby() -> None:
    """Look after the person who stands by to carry an account's connection."""


@standby.command()
@reading
def show(*, account: str, email: str, as_json: bool) -> None:
    """Say who carries the connection, who stands by, and how the keys changed last."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    page, last = facade.get_connection_page(actor), facade.last_takeover(actor)
    keys = [one for one in (page.primary, page.standby) if one is not None]
    rows = [{"authorisers": [_plain(one) for one in keys], "last_change": _changed(last) if last else None}]
    lines = [f"{one.role}: {one.name}, since {one.authorised_at:%Y-%m-%d}" for one in keys]
    if last is not None:
        lines.append(f"last change: {last.from_name} to {last.to_name}, {last.at:%Y-%m-%d %H:%M} UTC ({last.because})")
    tell(rows, lines, as_json=as_json, empty="Nobody has authorised a connection.")


def _plain(one: "Authoriser") -> dict[str, Any]:
    return {"role": one.role, "name": one.name, "authorised_at": one.authorised_at, "grant_id": one.grant_id}


def _changed(last: "TakeoverRecord") -> dict[str, Any]:
    return {
        "at": last.at,
        "because": last.because,
        "certain": last.is_certain,
        "still_unconfirmed": last.still_unconfirmed,
        "written_twice": last.written_twice,
    }


@standby.command()
@acting
def use(*, account: str, email: str) -> None:
    """Let the standby carry the connection from now on, and the other stand by."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    facade.swap(actor)
    click.echo("The standby carries the connection now.")


@standby.command(name="give-up")
@acting
def give_up(*, account: str, email: str) -> None:
    """End the standby's authorisation."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    facade.retire_standby(actor)
    click.echo("Nobody stands by any more.")


@standby.command(name="not-now")
@acting
def not_now(*, account: str, email: str) -> None:
    """Put the question for a standby off for a month."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    until = facade.put_off_standby(actor)
    click.echo(f"A standby is asked for again from {until:%Y-%m-%d} on.")


@standby.command()
@acting
@click.argument("wanted", type=click.Choice(["yes", "no"]))
def want(*, account: str, email: str, wanted: str) -> None:
    """Say whether the account wants a standby at all."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    facade.want_standby(actor, wanted=wanted == "yes")
    click.echo("Tandem asks for a standby." if wanted == "yes" else "This account does without a standby.")
