"""Tend an account's notices: climb the ladders that are due, with what presses at that moment.

Apart from the diagnosis that opened an incident, so that trouble with a letter never undoes it.
"""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.notices.ladder import climb_due
from tandem.notices.records import Pressure
from tandem.tenancy.selectors import get_account
from tandem.xero.connections.incidents import voice_of
from tandem.xero.models import Connection
from tandem.xero.sync.selectors import list_waiting_changes


def tend(account_id: UUID) -> int:
    """Climb every ladder of the account that is due; return how many people were told."""
    actor = Actor.system(account_id, because="notices")
    return climb_due(actor, pressure=lambda: read_pressure(actor), voice=voice_of(get_account(account_id)))


def read_pressure(actor: Actor) -> Pressure:
    """Return what is not in Xero and when the pay run is, from what Tandem knows; asks Xero nothing."""
    with scope(actor.account_id):
        pay_on = Connection.objects.filter(account_id=actor.account_id).values_list("next_pay_on", flat=True).first()
    return Pressure(people_waiting=len(list_waiting_changes(actor)), pay_on=pay_on)
