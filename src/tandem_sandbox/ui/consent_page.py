"""The consent page: what an app asks for in plain words, and the organisations it may get."""

from flask import Response, request

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms
from tandem_sandbox.ui.choosing import FEW
from tandem_sandbox.world import grants
from tandem_sandbox.world.grants import Ask, Choice
from tandem_sandbox.world.state import User

SUBJECTS = (("payroll.", "Payroll"), ("accounting.", "The organisation"), ("", "You"))


def show(
    sim: Simulator, ask: Ask, user: User, *, query: str, chosen: list[str] | None = None, error: str | None = None
) -> Response:
    """Ask the user; `chosen` are the organisations ticked so far."""
    wanted = request.form.get("find", "").strip()
    total, offered = _offered(sim, user, ask, wanted=wanted, chosen=chosen or [])
    possible = [choice.organisation.id for choice in offered if choice.refusal is None]
    return forms.page(
        "consent.html",
        status=400 if error else 200,
        query=query,
        app_name=ask.app.name,
        user=user,
        scopes=_in_words(ask.scopes),
        choices=offered,
        chosen=chosen if chosen is not None else (possible if len(possible) == 1 else []),
        possible=possible,
        total=total,
        few=FEW,
        find=wanted,
        error=error,
        form_targets=ask.redirect_uri,
    )


def _offered(sim: Simulator, user: User, ask: Ask, *, wanted: str, chosen: list[str]) -> tuple[int, list[Choice]]:
    """Return how many organisations the user has, and those to show: all of a few, else what was found and ticked."""
    cap = sim.switches["app_connection_cap"]
    ids = list(user.roles)
    if len(ids) > FEW:
        names = ((org_id, name) for org_id, name in sim.world.organisations.names() if org_id in user.roles)
        fitting = [org_id for org_id, name in names if wanted.casefold() in name.casefold()]
        ids = list(dict.fromkeys([*chosen, *fitting[:FEW]]))
    offered = grants.choices(sim.world, user, ask, cap=cap if isinstance(cap, int) else None, organisation_ids=ids)
    return len(user.roles), offered


def _in_words(scopes: tuple[str, ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Group what is asked for by whom or what it is about, each scope in plain words."""
    grouped: dict[str, list[tuple[str, str]]] = {heading: [] for _, heading in SUBJECTS}
    for scope in scopes:
        heading = next(heading for start, heading in SUBJECTS if scope.startswith(start))
        grouped[heading].append((grants.SCOPES[scope], scope))
    return [(heading, found) for heading, found in grouped.items() if found]
