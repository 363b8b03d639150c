"""Tell people that the connection broke, and that it works again. Mail names nobody (docs/security.md)."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.notices.actions import Wording, close_incident
from tandem.notices.ladder import Voice, end_ladder, open_ladder
from tandem.notices.records import NoticeRecord, Pressure
from tandem.notices.rules import Rung, Urgency, pressing_sentence
from tandem.notices.selectors import is_open
from tandem.tenancy.records import AccountRecord
from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import Cause, Concern
from tandem.xero.connections.evidence import Evidence
from tandem.xero.connections.health import ConnectionState, Health
from tandem.xero.connections.holders import sign_in_of
from tandem.xero.models import Connection, Grant

BROKEN = "connection_broken"
ATTENTION = "connection_attention"
RUN_HELD = "run_held"
# Concerns that can wait for the daily letter; a hand-over has an incident of its own.
CAN_WAIT = {
    Concern.SCOPE_MISSING: "the consent for Xero lacks something that a chosen option needs",
    Concern.SIGN_IN_UNUSED: "the sign-in at Xero was not renewed for 45 days",
    Concern.DAY_BUDGET_LOW: "few of today's calls to Xero are left",
    Concern.NO_STANDBY: "nobody stands ready in case the authoriser of the Xero connection leaves",
}
OTHERS_KNOW = "Nobody has said yet that they are on it, so you are told too."


def page_address(account: AccountRecord, name: str) -> str:
    """Return the full address of a page of the account, for a mail."""
    try:
        path = reverse(name, kwargs={"account": account.slug})
    except NoReverseMatch:
        path = f"/a/{account.slug}/"
    return settings.TANDEM.base_url.rstrip("/") + path


def standby_incident(connection: Connection) -> str:
    """Return the name of the one incident about a standby that is needed again."""
    return f"standby:{connection.connection_id}"


def held_incident(connection: Connection) -> str:
    """Return the name of the one incident about automatic runs that wait for a person."""
    return f"held:{connection.connection_id}"


def all_of(connection: Connection) -> tuple[str, ...]:
    """Return the names of the incidents that are about the connection itself."""
    return (
        f"connection:{connection.connection_id}",
        f"attention:{connection.connection_id}",
        standby_incident(connection),
        held_incident(connection),
    )


def open_break(actor: Actor, connection: Connection, facts: Evidence, health: Health) -> None:
    """Open the one incident of this break; whoever leaves stands on no rung of its ladder (`tending` climbs it)."""
    cause = health.cause or Cause.UNKNOWN
    open_ladder(
        actor,
        incident=f"connection:{connection.connection_id}",
        kind=BROKEN,
        facts={"cause": cause.value, "certain": health.certain},
        left_out_user_ids=_leavers(connection, facts),
        steady=steady(),
    )


def end_break(actor: Actor, connection: Connection) -> bool:
    """Say that it works again; those who were told hear so once it has lasted. Return whether it was broken."""
    settled = timedelta(seconds=settings.TANDEM.notices.settled_seconds)
    return end_ladder(actor, incident=f"connection:{connection.connection_id}", steady=steady(), settled=settled)


def close_break(actor: Actor, connection: Connection) -> None:
    """Close what is about its work without a word: it was disconnected on purpose."""
    for incident in (f"connection:{connection.connection_id}", held_incident(connection)):
        close_incident(actor, incident=incident)


def steady() -> timedelta:
    """Return how long a state must last before people are told of it. It is shown at once."""
    return timedelta(seconds=settings.TANDEM.notices.steady_seconds)


def follow_concerns(actor: Actor, connection: Connection, health: Health, *, before: str) -> None:
    """Open, put right or close the notice of what a person should look at some day while the connection works."""
    concerns = [one for one in health.concerns if one in CAN_WAIT] if health.is_green else []
    if Concern.NO_STANDBY in concerns and is_open(actor, incident=standby_incident(connection)):
        concerns.remove(Concern.NO_STANDBY)  # people were asked for a new one already
    incident = f"attention:{connection.connection_id}"
    if concerns:
        codes: list[str] = [one.value for one in concerns]
        open_ladder(actor, incident=incident, kind=ATTENTION, facts={"concerns": codes})
    elif before == ConnectionState.ATTENTION.value or health.concerns:
        close_incident(actor, incident=incident)


def voice_of(account: AccountRecord) -> Voice:
    """Return the words of every notice of this room, for one account."""

    def letter(notice: NoticeRecord, urgency: Urgency, rung: Rung, pressure: Pressure) -> Wording:
        return _broken(account, notice, urgency, rung, pressure)

    return Voice(letter=letter, line=notice_line, over=_works_again(account))


def _works_again(account: AccountRecord) -> Wording:
    return Wording(
        subject=f"{account.name}: the connection to Xero works again",
        body=(
            f"The connection between {account.name} and Xero works again. Automatic imports and exports go on.\n\n"
            f"See {page_address(account, 'xero-connection')}.\n"
        ),
    )


def _broken(account: AccountRecord, notice: NoticeRecord, urgency: Urgency, rung: Rung, pressure: Pressure) -> Wording:
    presses = pressing_sentence(
        people_waiting=pressure.people_waiting, pay_on=pressure.pay_on, today=clock.today_in(account.time_zone)
    )
    parts = [
        f"The connection between {account.name} and Xero does not work any more.",
        *([presses] if presses else []),
        f"{_reason(notice)}.",
        "Automatic imports and exports are paused. Nothing is lost: what waits is kept and goes on by itself once the "
        "connection works again.",
        *([] if rung is Rung.ADMINISTRATORS else [OTHERS_KNOW]),
        _what_to_do(account, rung),
    ]
    before = "Urgent: " if urgency is Urgency.NOW else ""
    return Wording(subject=f"{before}{account.name}: the connection to Xero is broken", body="\n\n".join(parts) + "\n")


def _what_to_do(account: AccountRecord, rung: Rung) -> str:
    if rung is Rung.SUPPORT:
        return f"What to do: find the account at {settings.TANDEM.base_url.rstrip('/')}{reverse('support-room')}."
    address = page_address(account, "xero-connection")
    if rung is Rung.PAYROLL:
        return f"What to do: open {address} and ask an administrator to press the button there."
    return f"What to do: open {address} and press the button there."


def _reason(notice: NoticeRecord) -> str:
    """Say what is known, without a name: a mail is read by more people than the page that it links to."""
    code = notice.facts.get("cause")
    cause = Cause(code) if code in set(Cause) else Cause.UNKNOWN
    reason = CAUSES[cause].in_a_mail
    is_plain = cause is Cause.UNKNOWN or notice.facts.get("certain")
    return _sentence(reason if is_plain else f"most likely {reason}")


def _concerns(notice: NoticeRecord) -> str:
    known = [CAN_WAIT[Concern(code)] for code in notice.facts.get("concerns", []) if code in set(CAN_WAIT)]
    return f"{_sentence('; '.join(known))}."


def _disabled(notice: NoticeRecord) -> str:
    host = notice.facts.get("host", "")
    return f"The webhook to {host} was switched off after it failed again and again."


def _is_broken(notice: NoticeRecord) -> str:
    return f"{_reason(notice)}."


def _handover(notice: NoticeRecord) -> str:
    try:
        on = date.fromisoformat(str(notice.facts.get("last_safe_on")))
    except ValueError:
        return "A second authoriser for Xero is needed."
    return f"A second authoriser for Xero is needed by {on.day} {on:%b %Y}."


def _standby(_notice: NoticeRecord) -> str:
    return "The standby carries the connection to Xero now. Let another person stand by."


def _move(_notice: NoticeRecord) -> str:
    return "A move of the connection to another organisation in Xero waits for a second person."


def _held(_notice: NoticeRecord) -> str:
    return "An automatic run has stopped at its preview and waits for a person, as the settings say."


def _other(notice: NoticeRecord) -> str:
    return f"{_sentence(notice.kind.replace('_', ' '))}."


#: What the pages and the daily letter say about each kind, in a line.
LINES: Mapping[str, Callable[[NoticeRecord], str]] = {
    BROKEN: _is_broken,
    ATTENTION: _concerns,
    "handover_needed": _handover,
    "standby_needed": _standby,
    "move_asked": _move,
    RUN_HELD: _held,
    "webhook_disabled": _disabled,
}


def notice_line(notice: NoticeRecord) -> str:
    """Say in one sentence, without a name, what a notice is about."""
    return LINES.get(notice.kind, _other)(notice)


def _leavers(connection: Connection, facts: Evidence) -> list[UUID]:
    """Return the sign-ins of those who hold a grant and are leaving or have left."""
    grants = (one for one in (facts.primary, facts.standby) if one is not None)
    going = [one.grant_id for one in grants if one.hand_over_on or one.holder.last_day_on or one.holder.is_terminated]
    rows = Grant.objects.filter(account_id=connection.account_id, grant_id__in=going)
    return [member.user_id for grant in rows if (member := sign_in_of(grant)) is not None]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
