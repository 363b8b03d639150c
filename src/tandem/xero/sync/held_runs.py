"""Tell people that an automatic run waits for one of them, once, however often it is planned anew."""

from collections.abc import Mapping

from tandem.access.selectors import list_administrators
from tandem.kernel.actor import Actor
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident, put_right
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import Fact
from tandem.xero.connections.incidents import RUN_HELD, held_incident, page_address
from tandem.xero.models import Connection, Run
from tandem.xero.sync.holding import Hold, as_counts


def note(actor: Actor, run: Run, holds: Mapping[Hold, int]) -> None:
    """Open the notice of a run that waits, or close it where the newest one went on. Inside the account's scope."""
    if not holds:
        is_over(actor, run.connection)
        return
    incident = held_incident(run.connection)
    facts: dict[str, Fact] = {"run": str(run.run_id), **as_counts(holds)}
    is_new = open_incident(
        actor,
        incident=incident,
        kind=RUN_HELD,
        facts=facts,
        tell=[Recipient(member.user_id, member.email) for member in list_administrators(actor)],
        wording=_wording(actor),
    )
    if not is_new:
        put_right(actor, incident=incident, facts=facts)


def is_over(actor: Actor, connection: Connection) -> None:
    """Close the notice: somebody let the run go ahead, or a newer one needs nobody. Inside the account's scope."""
    close_incident(actor, incident=held_incident(connection))


def _wording(actor: Actor) -> Wording:
    account = get_account(actor.account_id)
    return Wording(
        subject=f"{account.name}: an automatic run waits for you",
        body=(
            f"An automatic run between {account.name} and Xero has stopped at its preview, as your settings ask: it holds "
            "changes that a person is to look at first. Nothing was written.\n\n"
            f"What to do: open {page_address(account, 'run-list')}, look at the newest run, and approve it, some of it, or none.\n"
        ),
    )
