"""The letters that support sends: one for each cause, in plain words, naming nobody. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import Audience, Cause

RECONNECT = (
    "Open {reconnect}.",
    "Press Reconnect, and sign in at Xero as somebody who is a payroll administrator there and who stays.",
    "Allow the same organisation as before.",
)
KEPT = (
    "Settings and links are kept: there is nothing to write down. Before anything is written, you see what changed on "
    "each side while the link was down."
)
BY_ITSELF = "Nothing is lost: what waits is kept and goes on by itself."


@dataclass(frozen=True)
class Template:
    """A letter before it is filled in: `{account}`, `{reconnect}` and `{connection}` stand for the account's own."""

    subject: str
    happened: str
    steps: tuple[str, ...]
    ends: str


RECONNECTED = Template("{account}: how to reconnect Xero", "", RECONNECT, KEPT)
OWN: Mapping[Cause, tuple[str, tuple[str, ...], str]] = {
    Cause.PAYROLL_PERMISSION_LOST: (
        "{account}: Xero payroll cannot be read",
        (
            "In Xero, give whoever authorised the link the payroll administrator's permission back. Then open "
            "{connection} and press Check now.",
            "Or open {reconnect} and let another payroll administrator press Reconnect.",
        ),
        KEPT,
    ),
    Cause.SCOPE_MISSING: (
        "{account}: Xero needs your consent once more",
        (RECONNECT[0], "Press Reconnect, and allow everything that Xero's page lists."),
        KEPT,
    ),
    Cause.ORGANISATION_UNAVAILABLE: (
        "{account}: the organisation is not available in Xero",
        (
            "See in Xero whether the organisation was closed, its trial ended, or it was a demo that was reset.",
            "Once it is open again, go to {connection} and press Check now.",
        ),
        BY_ITSELF,
    ),
    Cause.PAYROLL_NOT_SET_UP: (
        "{account}: payroll is not set up in Xero",
        ("In Xero, finish the payroll set-up of the organisation.", "Then open {connection} and press Check now."),
        BY_ITSELF,
    ),
    Cause.WRONG_ORGANISATION: (
        "{account}: another Xero organisation was chosen",
        (RECONNECT[0], "Press Reconnect, and choose the organisation that the account is linked to."),
        "Nothing was read from the other organisation and nothing was written to it.",
    ),
    Cause.UNKNOWN: (
        "{account}: Xero refuses the link",
        ("Open {connection} and press Check now.", "If Xero still refuses, press Reconnect there."),
        KEPT,
    ),
}
OPEN_THE_PAGE = Template(
    "{account}: please look at the connection to Xero",
    "The connection has not been proved lately, or somebody has to act before it stops",
    ("Open {connection}.", "Do what the page says at the top; there is one button."),
    KEPT,
)


def template_for(cause: Cause | None) -> Template:
    """Return the letter for a cause; without one, the letter that leads to the connection page."""
    if cause is None:
        return OPEN_THE_PAGE
    entry = CAUSES[cause]
    if entry.told is Audience.INSTALLATION:
        return Template("{account}: the link to Xero stands still", entry.in_a_mail, (), _ours(entry.remedy))
    if entry.told is Audience.NOBODY:
        return Template(
            "{account}: the link waits for Xero", entry.in_a_mail, (), f"You need not do anything. {BY_ITSELF}"
        )
    subject, steps, ends = OWN.get(cause, (RECONNECTED.subject, RECONNECTED.steps, RECONNECTED.ends))
    return Template(subject, entry.in_a_mail, steps, ends)


def _ours(remedy: str) -> str:
    return f"This is not yours to mend. {remedy} {BY_ITSELF}"


def fill(template: Template, *, account: str, is_certain: bool, reconnect: str, connection: str) -> tuple[str, str]:
    """Return the subject and the text of the letter for one account."""
    known = {"account": account, "reconnect": reconnect, "connection": connection}
    happened = template.happened if is_certain else f"most likely {template.happened}"
    steps = "".join(f"{number}. {step.format(**known)}\n" for number, step in enumerate(template.steps, start=1))
    opening = f"This is about the connection between {account} and Xero: {happened}."
    parts = [opening, steps.rstrip("\n"), template.ends]
    return template.subject.format(**known), "\n\n".join(part for part in parts if part) + "\n"
