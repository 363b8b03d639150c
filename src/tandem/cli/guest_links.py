"""`tandem guest-link list | make | revoke`: links with which somebody without a sign-in authorises once."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli.persons import acting, actor_for, reading, tell

if TYPE_CHECKING:
    from tandem.xero.facade import GuestLinkRecord

PURPOSES = click.Choice(["standby", "reconnect"])


@click.group(name="guest-link")
def guest_link() -> None:
    """Look after the links for guests of an account."""


@guest_link.command(name="list")
@reading
def show_all(*, account: str, email: str, as_json: bool) -> None:
    """List the newest links; none shows its secret."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    links = facade.list_guest_links(actor)
    tell(map(_plain, links), map(_line, links), as_json=as_json, empty="No link was made yet.")


@guest_link.command()
@acting
@click.option("--for", "purpose", type=PURPOSES, default="standby", show_default=True, help="What they authorise.")
@click.option("--who", required=True, help="Who it is for: a name that administrators will know again.")
def make(*, account: str, email: str, purpose: str, who: str) -> None:
    """Make a link and print its address, this once."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    made = facade.make_guest_link(actor, purpose=facade.ConsentPurpose(purpose), made_for=who)
    click.echo(facade.guest_address(made))
    click.echo(f"It works once, until {made.record.expires_at:%Y-%m-%d %H:%M} UTC. It is not shown again.", err=True)


@guest_link.command()
@acting
@click.argument("link_id", type=UUID)
def revoke(*, account: str, email: str, link_id: UUID) -> None:
    """Take a link back."""
    actor = actor_for(account, email)
    from tandem.xero import facade

    link = facade.revoke_guest_link(actor, link_id=link_id)
    click.echo(f"The link for {link.made_for} opens nothing any more.")


def _plain(link: "GuestLinkRecord") -> dict[str, Any]:
    return {
        "link_id": link.link_id,
        "purpose": link.purpose.value,
        "made_for": link.made_for,
        "made_at": link.made_at,
        "expires_at": link.expires_at,
        "standing": link.standing.value,
        "used_at": link.used_at,
        "used_by": link.holder_name,
    }


def _line(link: "GuestLinkRecord") -> str:
    until = f"until {link.expires_at:%Y-%m-%d %H:%M} UTC"
    used = f", used by {link.holder_name}" if link.holder_name else ""
    return f"{link.link_id}  {link.standing.value}  {link.purpose.value} for {link.made_for}, {until}{used}"
