"""Tell people that the connection broke, once, and that it works again. Mail names nobody (docs/security.md)."""

from uuid import UUID

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from tandem.access.selectors import list_administrators
from tandem.kernel.actor import Actor
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.xero.connections.causes import Cause
from tandem.xero.connections.evidence import Evidence
from tandem.xero.connections.health import Health
from tandem.xero.models import Connection

BROKEN = "connection_broken"
# What is known, without a name: a mail is read by more people than the page it links to.
IN_A_MAIL = {
    Cause.AUTHORISER_LEFT: "the access that the link uses in Xero has ended",
    Cause.ACCESS_REMOVED: "the access that the link uses in Xero has ended",
    Cause.DISCONNECTED_IN_XERO: "the link was disconnected inside Xero",
    Cause.PAYROLL_PERMISSION_LOST: "the payroll permission that the link uses in Xero was lost",
    Cause.SCOPE_MISSING: "the consent given at Xero does not cover payroll",
    Cause.SIGN_IN_EXPIRED: "the sign-in at Xero expired",
    Cause.SIGN_IN_REVOKED: "the sign-in at Xero has ended",
    Cause.ORGANISATION_UNAVAILABLE: "the organisation is not available in Xero",
    Cause.PAYROLL_NOT_SET_UP: "payroll is not set up in the Xero organisation",
    Cause.WRONG_ORGANISATION: "the link reaches another Xero organisation",
    Cause.APP_CREDENTIALS_REJECTED: "Xero does not accept this installation's app credentials",
    Cause.CLOCK_SKEW: "this installation's clock is wrong",
    Cause.VAULT_UNAVAILABLE: "Tandem cannot open its vault",
}


def page_address(account: AccountRecord, name: str) -> str:
    """Return the full address of a page of the account, for a mail."""
    try:
        path = reverse(name, kwargs={"account": account.slug})
    except NoReverseMatch:
        path = f"/a/{account.slug}/"
    return settings.TANDEM.base_url.rstrip("/") + path


def open_break(actor: Actor, connection: Connection, facts: Evidence, health: Health) -> None:
    """Open the one incident of this break and write to the administrators, except to whoever leaves."""
    account = get_account(actor.account_id)
    cause = health.cause or Cause.UNKNOWN
    likely = "" if health.certain else "Most likely "
    reason = IN_A_MAIL.get(cause, "Xero refuses the link, and its answers do not say why")
    wording = Wording(
        subject=f"{account.name}: the connection to Xero is broken",
        body=(
            f"The connection between {account.name} and Xero does not work any more.\n\n"
            f"{_sentence(f'{likely}{reason}')}.\n\n"
            "Automatic imports and exports are paused. Nothing is lost: what waits is kept and goes on by itself once "
            "the connection works again.\n\n"
            f"What to do: open {page_address(account, 'xero-connection')} and press the button there.\n"
        ),
    )
    open_incident(
        actor,
        incident=f"connection:{connection.connection_id}",
        kind=BROKEN,
        facts={"cause": cause.value, "certain": health.certain},
        tell=[
            Recipient(member.user_id, member.email)
            for member in list_administrators(actor, except_employee_ids=_leavers(facts))
        ],
        wording=wording,
    )


def close_break(actor: Actor, connection: Connection, *, recovered: bool) -> None:
    """Close the incident; those who were told hear that it works again, unless it was disconnected on purpose."""
    account = get_account(actor.account_id)
    wording = Wording(
        subject=f"{account.name}: the connection to Xero works again",
        body=(
            f"The connection between {account.name} and Xero works again. Automatic imports and exports go on.\n\n"
            f"See {page_address(account, 'xero-connection')}.\n"
        ),
    )
    close_incident(actor, incident=f"connection:{connection.connection_id}", wording=wording if recovered else None)


def _leavers(facts: Evidence) -> list[UUID]:
    """Return the record of the grant's holder if that person is leaving or has left."""
    holder = facts.primary.holder if facts.primary else None
    if holder is None or holder.employee_id is None or not (holder.is_terminated or holder.last_day_on):
        return []
    return [holder.employee_id]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
