"""Do one step of a drill: every call goes to the simulator, every row to the drill's own scope.

Each function returns what was seen, or raises a TandemError, which is what the step failed of.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.conf import settings

from tandem.kernel.errors import TandemError
from tandem.xero.client import simulator
from tandem.xero.client.errors import XeroError
from tandem.xero.client.simulator import SimulatorRefused
from tandem.xero.connections.health import ConnectionState, Health
from tandem.xero.drill.link import NAMES, ORGANISATION, Ground, Link, Part, email_of, forget, kept, name_of
from tandem.xero.drill.steps import Step

Seen = Mapping[str, Any]
PEOPLE = 3


class NotAsRehearsed(TandemError):
    """The simulator answered, but not what the step waits for."""

    code = "not_as_rehearsed"


def make(ground: Ground) -> Seen:
    """Make the app, the organisation and the two made-up people, as far as they are not there."""
    simulator.control(
        "POST", "apps", {"client_id": simulator.APP, "name": "Drill", "redirect_uris": [simulator.callback()]}
    )
    organisation_id = _organisation_id()
    for part, (first_name, last_name) in NAMES.items():
        event = {"kind": "add_user", "organisation": organisation_id, "email": email_of(ground.scope_id, part)}
        _event({**event, "first_name": first_name, "last_name": last_name})
    return {"organisation": ORGANISATION, "people": [name_of(part) for part in Part]}


def _organisation_id() -> str:
    """Return the id of the organisation that drills share; two drills at once never see each other's people."""
    wanted = {"kind": "au_payroll", "name": ORGANISATION, "employees": PEOPLE, "users": {}}
    try:
        (found,) = simulator.control("GET", f"world?organisation={quote(ORGANISATION)}")["organisations"]
    except SimulatorRefused:
        found = simulator.control("POST", "organisations", wanted)
    return str(found["id"])


def _event(event: Mapping[str, str]) -> None:
    simulator.control("POST", "events", event)


def connect(ground: Ground) -> Seen:
    """Let the first person authorise."""
    return _authorise(ground, Part.FIRST)


def _authorise(ground: Ground, part: Part) -> Seen:
    organisation_id = _organisation_id()
    link = Link(ground, part)
    link.keep(simulator.consent(email_of(ground.scope_id, part), organisation_id=organisation_id))
    link.bind()
    return {"who": name_of(part), "organisation": ORGANISATION}


def prove(ground: Ground) -> Seen:
    """Prove all four lights for the first person."""
    return _proved(Link(ground, Part.FIRST))


def _proved(link: Link) -> Seen:
    page = link.list_people()
    link.ask_what_else()
    health = link.health()
    if health.state is not ConnectionState.CONNECTED:
        raise NotAsRehearsed(f"It should be connected now, and is: {health.headline}.")
    return {"state": health.state.value, "lights": _lights(health), "people": len(page.records)}


def _lights(health: Health) -> dict[str, str]:
    return {light.value: reading.state.value for light, reading in health.lights.items()}


def break_it(ground: Ground) -> Seen:
    """Take the first person's payroll role away in the simulator, and nothing else."""
    email = email_of(ground.scope_id, Part.FIRST)
    _event({"kind": "drop_payroll_admin", "user": email, "organisation": _organisation_id()})
    return {"who": name_of(Part.FIRST)}


def notice(ground: Ground) -> Seen:
    """Make the next call, ask what tells the causes apart, and diagnose."""
    link = Link(ground, Part.FIRST)
    with suppress(XeroError):
        link.list_people()
    link.ask_what_else()
    health = link.health()
    if health.state is not ConnectionState.BROKEN or health.cause is None:
        raise NotAsRehearsed(f"It should be broken now, and is: {health.headline}.")
    refused = link.facts("payroll")[-1]
    return {
        "state": health.state.value,
        "lights": _lights(health),
        "cause": health.cause.value,
        "certain": health.certain,
        "headline": health.headline,
        "explanation": health.explanation,
        "refused_at": refused.at.isoformat(),
        "idle_minutes": round(settings.TANDEM.windows.probe_seconds / 60),
    }


def reconnect(ground: Ground) -> Seen:
    """Let the second person authorise; the organisation must be the same."""
    seen = _authorise(ground, Part.SECOND)
    tenants = {link.tenant_id for link in kept(ground)}
    if len(tenants) != 1:
        raise NotAsRehearsed("The second authorisation reached another organisation.")
    return {**seen, "same_organisation": True}


def prove_again(ground: Ground) -> Seen:
    """Prove all four lights for the second person."""
    return _proved(Link(ground, Part.SECOND))


def remove(ground: Ground) -> Seen:
    """Delete both connections, read the lists back, and revoke both sign-ins."""
    links, listed = kept(ground), 0
    for link in links:
        link.renew()
        link.delete()
        listed += link.is_listed()
    for link in links:
        link.revoke()
    _send_home(ground)
    if listed:
        raise NotAsRehearsed("The simulator still lists the throw-away connection after it was deleted.")
    return {"deleted": len(links), "listed": listed, "revoked": len(links)}


def _send_home(ground: Ground) -> None:
    """Take the made-up people out of the organisation that drills share, and whatever a crash kept from being stored."""
    organisation_id = _organisation_id()
    for part in Part:
        user = email_of(ground.scope_id, part)
        with suppress(SimulatorRefused):
            _event({"kind": "disconnect_app", "user": user, "app": simulator.APP})
            _event({"kind": "remove_user", "user": user, "organisation": organisation_id})


def prove_gone(ground: Ground) -> Seen:
    """Try the dead tokens once more, then remove the rows that held them."""
    links = kept(ground)
    alive = [link for link in links if not link.is_dead()]
    if alive:
        raise NotAsRehearsed("The simulator still takes a token of the throw-away link after it was revoked.")
    return {"refused": len(links), "rows_left": forget(ground)}


def clean_up(ground: Ground) -> Seen:
    """Remove what a drill that cannot go on left; say whether its tokens were proved dead, and if not, why."""
    for link in kept(ground):
        for act in (link.renew, link.delete, link.revoke):
            with suppress(TandemError):
                act()
    with suppress(TandemError):
        _send_home(ground)
    seen: dict[str, Any] = {"is_proved": False, "problem": ""}
    try:
        seen |= {**prove_gone(ground), "is_proved": True}
    except TandemError as error:
        seen["problem"] = error.public_message
    return {**seen, "rows_left": forget(ground)}


#: What does each step; TELL is done by `telling`, since it is about real people.
ACTS: Mapping[Step, Callable[[Ground], Seen]] = {
    Step.MAKE: make,
    Step.CONNECT: connect,
    Step.PROVE: prove,
    Step.BREAK: break_it,
    Step.NOTICE: notice,
    Step.RECONNECT: reconnect,
    Step.PROVE_AGAIN: prove_again,
    Step.REMOVE: remove,
    Step.PROVE_GONE: prove_gone,
    Step.CLEAN_UP: clean_up,
}
