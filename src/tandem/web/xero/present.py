"""The connection in the words of a page: lights, state, cause, the one thing to do."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from tandem.timeline.selectors import TimelineEntry
from tandem.web.templatetags.tandem_ui import day, moment, proof_time
from tandem.web.xero.timeline_words import happened
from tandem.xero.facade import CAUSES, ConnectionState, Difference, Health, Light, LightState, Reading, Side, StepCode

NAMES: Mapping[Light, str] = {
    Light.SIGN_IN: "Sign-in",
    Light.ORGANISATION: "Organisation",
    Light.PAYROLL: "Payroll",
    Light.DATA: "Data",
}
# What a light that is proved, refused or not proved means.
DETAILS: Mapping[LightState, Mapping[Light, str]] = {
    LightState.PROVED: {
        Light.SIGN_IN: "Xero renews our access",
        Light.ORGANISATION: "Xero gives this organisation to whoever authorised",
        Light.PAYROLL: "Xero answers payroll questions",
        Light.DATA: "Everybody who is linked was read, complete",
    },
    LightState.FAILED: {
        Light.SIGN_IN: "Xero no longer accepts our sign-in",
        Light.ORGANISATION: "Xero refuses this organisation to whoever authorised",
        Light.PAYROLL: "Xero refuses payroll questions",
        Light.DATA: "The list of people was not complete",
    },
    LightState.UNPROVEN: {
        Light.SIGN_IN: "No answer that renews our access",
        Light.ORGANISATION: "No answer for this organisation",
        Light.PAYROLL: "No answer to payroll questions",
        Light.DATA: "No complete list of people",
    },
}
SINCE = {ConnectionState.BROKEN, ConnectionState.UNPROVEN, ConnectionState.WAITING, ConnectionState.DISCONNECTED}
TONES = {
    ConnectionState.BROKEN: "bad",
    ConnectionState.ATTENTION: "warn",
    ConnectionState.WAITING: "idle",
    ConnectionState.UNPROVEN: "idle",
    ConnectionState.DISCONNECTED: "idle",
}
# What the one button opens: the name of an address and whether it is pressed (POST) or followed (GET).
STEPS: Mapping[StepCode, tuple[str, bool]] = {
    StepCode.CONNECT: ("xero-connect", True),
    StepCode.RECONNECT: ("xero-reconnect", True),
    StepCode.RECONNECT_AS_ANOTHER: ("xero-reconnect", True),
    StepCode.GRANT_SCOPES: ("xero-reconnect", True),
    StepCode.CHOOSE_ORGANISATION: ("xero-reconnect", True),
    StepCode.PLAN_HANDOVER: ("handover-list", False),
    StepCode.ADD_STANDBY: ("xero-standby", False),
    StepCode.USE_STANDBY: ("xero-swap", False),
    StepCode.PROBE: ("xero-probe", True),
    StepCode.REVIEW_DATA: ("run-new", False),
}
RECONNECTS = frozenset({"xero-connect", "xero-reconnect"})
WORKS = frozenset({ConnectionState.CONNECTED, ConnectionState.ATTENTION})


def written(at: datetime | None) -> str:
    """Write a moment in the account's time."""
    return moment(timezone.localtime(at)) if at else ""


def on(at: datetime | None) -> str:
    """Write the day of a moment in the account's time."""
    return day(timezone.localtime(at)) if at else ""


def state_text(health: Health) -> str:
    """Return the words of the badge with the time that goes with them."""
    label = health.state.label
    if health.state in WORKS and health.proved_at:
        return f"{label}, proved {written(health.proved_at)}"
    if health.state in SINCE and health.since:
        return f"{label} since {written(health.since)}"
    return label


def lights(health: Health, *, with_detail: bool = True) -> list[dict[str, str]]:
    """Return the four lights; none before anybody connected."""
    if health.state in (ConnectionState.NOT_SET_UP, ConnectionState.DISCONNECTED):
        return []
    return [
        {
            "name": name,
            "verdict": health.lights[light].state.value,
            "says": says(health.lights[light]),
            "detail": DETAILS[health.lights[light].state][light] if with_detail else "",
        }
        for light, name in NAMES.items()
        if light in health.lights
    ]


def says(reading: Reading) -> str:
    """Say what a light shows, with its time."""
    at = proof_time(timezone.localtime(reading.at)) if reading.at else ""
    if reading.state is LightState.PROVED:
        return f"Proved {at}"
    if reading.state is LightState.FAILED:
        return f"Refused since {at}" if at else "Refused"
    return f"Not proved since {at}" if at else "Not proved yet"


def is_proving(health: Health) -> bool:
    """Say whether a light is still to be decided, so that the page should look again."""
    shown = lights(health)
    return any(light["verdict"] == LightState.UNPROVEN.value for light in shown)


def cause(health: Health, *, slug: str, may_act: bool) -> dict[str, object] | None:
    """Return the panel that says why, and the one thing to do; nothing while all is well."""
    if health.state in (ConnectionState.NOT_SET_UP, ConnectionState.DISCONNECTED):
        return None
    if health.state is ConnectionState.CONNECTED and not health.concerns:
        return None
    facts = [f"Tandem goes on by itself at {written(health.resumes_at)}."] if health.resumes_at else []
    return {
        "title": health.headline,
        "because": health.explanation,
        "facts": facts,
        "tone": TONES.get(health.state, "info"),
        "actions": _actions(health, slug=slug, may_act=may_act),
    }


def _actions(health: Health, *, slug: str, may_act: bool) -> list[dict[str, object]]:
    article = f"{reverse('help-reconnect', args=[slug])}#{health.next_step.help_anchor}"
    help_link = {"label": "What this means", "url": article, "main": False, "post": False}
    if not may_act:
        return [help_link]
    found: list[dict[str, object]] = []
    name, post = STEPS.get(health.next_step.code, ("", False))
    if name:
        found.append({"label": health.next_step.label, "url": reverse(name, args=[slug]), "main": True, "post": post})
    if _is_cured_by_reconnecting(health) and name not in RECONNECTS:
        found.append(
            {"label": "Reconnect", "url": reverse("xero-reconnect", args=[slug]), "main": not name, "post": True}
        )
    if not found and health.state is ConnectionState.BROKEN:
        # What is not done here is explained: a wrong clock, a missing key, an organisation that was closed.
        return [{**help_link, "label": health.next_step.label, "main": True}]
    return [*found, help_link]


def _is_cured_by_reconnecting(health: Health) -> bool:
    """Say whether a new consent may help; offering it where it can not would send people to Xero for nothing."""
    return (
        health.state is ConnectionState.BROKEN and health.cause is not None and CAUSES[health.cause].cured_by_reconnect
    )


def timeline(entries: Iterable[TimelineEntry], names: Mapping[UUID, str]) -> list[dict[str, object]]:
    """Return what happened as components/timeline.html shows it."""
    return [happened(entry, names) for entry in entries]


PREFERENCES: Mapping[str, str] = {
    "authority": "Authoritative System",
    "overrides": "Own rules for groups of fields",
    "auto_import": "Automatic import from Xero",
    "auto_export": "Automatic export to Xero",
    "interval_minutes": "How often",
    "match_by_name_and_birth_date": "Match by name and date of birth",
    "match_by_name_and_postcode": "Suggest by name and postcode",
    "match_branches": "Match branches to employee groups",
    "allow_transfers": "Allow transfers to other branches",
    "hold_creates": "Wait before anybody is added in Xero",
    "hold_ends": "Wait before an employment ends",
    "hold_bank": "Wait before bank accounts go to Xero",
    "hold_more_than": "Wait where more people than this would change",
    "termination": "Termination dates travel",
    "import_terminated": "Bring in people who have already left",
    "create_in_hr": "Add people in Tandem who are only in Xero",
    "create_in_xero": "Add people in Xero who are only in Tandem",
    "read_only": "Only read from Xero",
    "standing": "Decided for everybody",
}
SIDES: Mapping[Side, str] = {Side.HR: "Tandem", Side.XERO: "Xero"}
VALUES: Mapping[str, Mapping[object, str]] = {
    "authority": {"tandem": "Tandem", "xero": "Xero", "ask": "Ask me"},
    "termination": {"import": "From Xero to Tandem", "export": "From Tandem to Xero", "both": "Both ways"},
}


def preference(field: str, value: object) -> str:
    """Write one choice as people read it."""
    if isinstance(value, bool):
        return "On" if value else "Off"
    if field == "hold_more_than":
        return f"More than {value}" if value else "Any number"
    if field == "interval_minutes" and isinstance(value, int):
        return f"Every {value // 60} hours" if value > 60 and value % 60 == 0 else f"Every {value} minutes"
    if field == "standing" and isinstance(value, Mapping):
        decided = [
            f"{str(shared).replace('_', ' ').capitalize()}: {SIDES[Side(side)]}" for shared, side in value.items()
        ]
        return ", ".join(decided) or "None"
    if isinstance(value, Mapping):
        own = [f"{str(group).capitalize()}: {VALUES['authority'].get(str(to), to)}" for group, to in value.items()]
        return ", ".join(own) or "None"
    return VALUES.get(field, {}).get(str(value), str(value))


def recommended(one: Difference) -> dict[str, str]:
    """Return a choice as it is and as it would become."""
    return {
        "field": PREFERENCES[one.field],
        "before": preference(one.field, one.now),
        "after": preference(one.field, one.then),
    }


def settings_in_force(chosen: Mapping[str, object]) -> list[dict[str, str]]:
    """Return the choices that matter most, for the connection page."""
    shown = ("authority", "read_only", "auto_import", "auto_export", "interval_minutes", "termination")
    return [{"label": PREFERENCES[name], "value": preference(name, chosen[name])} for name in shown]


def light_context(health: Health, slug: str) -> dict[str, object]:
    """Return what the lights need; they ask again by themselves while one is undecided."""
    return {
        "lights": lights(health),
        "lights_proving": is_proving(health),
        "lights_url": reverse("xero-connection", args=[slug]),
    }


DISCONNECT_POINTS = (
    "Keeps your settings as they are, so that they can be restored. The two automatic ticks are cleared.",
    "Asks Xero to remove the connection, and reads Xero's list back to be sure.",
    "Revokes the sign-in where nothing else relies on it, and proves that it is dead.",
    "Destroys the stored sign-in and shows you a receipt of all this.",
)
RECEIPT_STEPS: Mapping[str, str] = {
    "snapshot": "Settings",
    "delete": "Removed at Xero",
    "read_back": "Read back",
    "revoke": "Sign-in",
    "prove_dead": "Proof",
    "destroy": "Tokens",
}


def at_stake(waiting: int) -> list[str]:
    """Say what stands still after a disconnect."""
    people = "1 person has" if waiting == 1 else f"{waiting} people have"
    kept = [f"{people} changes that wait to be exported. They are kept."] if waiting else []
    return [*kept, "Imports and exports stop until somebody connects again. Links between people stay."]


def dead_sign_in(health: Health) -> str:
    """Say so when the sign-in is refused already, since Xero cannot then be asked to remove anything."""
    reading = health.lights.get(Light.SIGN_IN)
    if reading is None or reading.state is not LightState.FAILED:
        return ""
    return "Xero cannot be asked to remove the connection. Tandem forgets it here, and the receipt says where to look in Xero."
