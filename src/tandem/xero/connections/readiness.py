"""Prove that a consent can do what Tandem does, before anything is called connected (xero.md R4)."""

from dataclasses import dataclass

from django.conf import settings

from tandem.kernel.errors import TandemError
from tandem.xero.client.errors import AccessForbidden, MissingScope, NoSuchRecord, TokenRejected
from tandem.xero.client.moments import zone_of
from tandem.xero.client.wire import Organisation
from tandem.xero.connections.session import XeroSession

REFUSED = (AccessForbidden, TokenRejected, MissingScope)


class NotReady(TandemError):
    """The consent, the person's rights or the organisation fall short; the code and the sentence say which."""


@dataclass(frozen=True)
class Proof:
    """What the probes found."""

    organisation_name: str
    time_zone: str
    status: str
    active_people: int
    is_complete: bool


def prove(session: XeroSession) -> Proof:
    """Read the organisation, the payroll settings and one page of employees; raise NotReady when one is refused."""
    organisation = _organisation(session)
    rows = _payroll(session, organisation.name)
    return Proof(
        organisation_name=organisation.name,
        time_zone=zone_of(organisation.timezone),
        status=organisation.organisation_status,
        active_people=rows,
        is_complete=rows < settings.TANDEM.xero.page_size,
    )


def _organisation(session: XeroSession) -> Organisation:
    try:
        organisation = session.get_organisation()
    except REFUSED:
        raise NotReady(
            "Xero does not let this person into the organisation. Ask for the role Standard or Adviser there, then try again.",
            code="organisation_refused",
        ) from None
    if not organisation.is_australian:
        raise NotReady(
            f"{organisation.name} is not an Australian organisation, and Tandem works with Xero Payroll in Australia. "
            "Choose an Australian organisation.",
            code="not_australian",
        )
    if not organisation.is_active:
        raise NotReady(
            f"Xero says that {organisation.name} is not active. Check its subscription in Xero, then try again.",
            code="organisation_not_active",
        )
    return organisation


def _payroll(session: XeroSession, name: str) -> int:
    """Read payroll twice over: its settings need the payroll administrator, its people need the scope."""
    try:
        session.get_settings()
        page = session.list_employees(page=1)
    except REFUSED:
        raise NotReady(
            f"Xero lets this person into {name} but not into its payroll. Ask for payroll administrator access in Xero, "
            "or sign in there as somebody who has it. If payroll was never set up, set it up first.",
            code="payroll_refused",
        ) from None
    except NoSuchRecord:
        raise NotReady(
            f"Payroll has not been set up in {name}. Set it up in Xero, then connect again.", code="payroll_not_set_up"
        ) from None
    return len(page.records) + len(page.rejects)
