"""The small questions that tell the causes of a refusal apart; each answer is evidence, none raises."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scope
from tandem.xero.connections.session import GrantRole, XeroSession, open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Connection

#: Several calls of a run are refused at once, and all ask: whoever finds no place among the calls in progress waits for one.
PATIENCE = timedelta(seconds=5)


def ask_why(session: XeroSession) -> None:
    """Ask the two questions whose answers tell the causes of a refusal apart (xero.md 2.5)."""
    _quietly(session.list_connections)
    _quietly(lambda: check_organisation(session))


def check_organisation(session: XeroSession) -> None:
    """Ask what the organisation is called and whether it is active, and keep the answer."""
    organisation, ground = session.get_organisation(), session.ground
    with scope(ground.account_id):
        Connection.objects.filter(account_id=ground.account_id, connection_id=ground.connection_id).update(
            tenant_name=organisation.name[:200], organisation_status=organisation.organisation_status[:30]
        )


def reads_payroll(account_id: UUID, role: GrantRole) -> bool:
    """Read one page with the primary or the standby, and say whether Xero gave it."""
    try:
        open_session(account_id, purpose=Purpose.PROBE, grant=role, patience=PATIENCE).list_employees()
    except TandemError:
        return False
    return True


def ask_organisation(account_id: UUID, role: GrantRole) -> None:
    """Ask for the organisation with one of the two grants."""
    _quietly(lambda: check_organisation(open_session(account_id, purpose=Purpose.PROBE, grant=role)))


def _quietly(ask: Callable[[], object]) -> None:
    try:
        ask()
    except TandemError:
        return
