"""Users and their roles in an organisation, and the way back."""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.ui import forms, words
from tandem_sandbox.ui.choosing import chosen, picker, sheet
from tandem_sandbox.world import events
from tandem_sandbox.world.state import Organisation, User

blueprint = Blueprint("user_pages", __name__)
FIELDS = ("first_name", "last_name", "email", "role")
EMPTY: Mapping[str, str] = {"role": "STANDARD", "payroll_admin": "yes"}


@blueprint.get("/users")
def users() -> FlaskResponse:
    """Show who may do what."""
    return _page(EMPTY, [])


def _page(values: Mapping[str, str], wrong: list[tuple[str, str]]) -> FlaskResponse:
    sim, wanted = forms.here(), request.args.get("q", "").strip()
    with sim.world.lock:
        everybody = list(sim.world.users.values())
        return forms.page(
            "users.html",
            status=400 if wrong else 200,
            pick=picker(sim),
            organisation=chosen(sim),
            sheet=sheet([user for user in everybody if _fits(user, wanted.casefold())]),
            total=len(everybody),
            undoable=len(sim.world.undo),
            q=wanted,
            roles=words.ROLES,
            values=values,
            errors=wrong,
        )


def _fits(user: User, wanted: str) -> bool:
    return wanted in user.name.casefold() or wanted in user.email.casefold()


@blueprint.post("/users")
def add_user() -> Response:
    """Add somebody to the organisation."""
    forms.check_token()
    sim, given = forms.here(), forms.typed()
    with sim.world.lock:
        organisation = chosen(sim)
        asked = {name: given.get(name, "") for name in FIELDS}
        event = {
            "kind": "add_user",
            **asked,
            "payroll_admin": bool(given.get("payroll_admin")),
            "organisation": organisation.id,
        }
        try:
            events.happen(sim.world, event, now=sim.clock.now(), switches=sim.switches)
        except events.EventRefused as error:
            return _page(given, [(_field_of(str(error)), str(error))])
    forms.say(f"{asked['first_name']} {asked['last_name']} was added to {organisation.name}.")
    return _back(organisation)


def _field_of(sentence: str) -> str:
    return next((name for name in FIELDS if name.replace("_", " ") in sentence), "email")


@blueprint.post("/users/<user_id>")
def change_user(user_id: str) -> Response:
    """Remove, restore or change a user."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation, user = chosen(sim), sim.world.users.get(user_id)
        if user is None:
            abort(404, "There is no such user.")
        decision = request.form.get("decision", "remove")
        happenings, said = _happenings(decision, user, organisation)
        about = {"user": user.id, "organisation": organisation.id}
        try:
            for happening in happenings:
                events.happen(sim.world, {**happening, **about}, now=sim.clock.now(), switches=sim.switches)
        except events.EventRefused as error:
            abort(400, str(error))
    forms.say(said)
    return _back(organisation)


def _happenings(decision: str, user: User, organisation: Organisation) -> tuple[list[dict[str, object]], str]:
    if decision == "change":
        admin = "restore_payroll_admin" if request.form.get("payroll_admin") else "drop_payroll_admin"
        role: dict[str, object] = {"kind": "change_role", "role": request.form.get("role")}
        return [role, {"kind": admin}], f"The role of {user.name} was changed."
    if decision == "restore":
        return [{"kind": "restore_user"}], f"{user.name} is back in {organisation.name}."
    return [{"kind": "remove_user"}], f"{user.name} was removed from {organisation.name}."


def _back(organisation: Organisation) -> Response:
    return redirect(f"/users?organisation={organisation.id}", 303)


@blueprint.post("/put-back")
def put_back() -> Response:
    """Undo every life event."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        done = events.happen(sim.world, {"kind": "put_back"}, now=sim.clock.now(), switches=sim.switches)["events"]
    forms.say(f"{words.times(done, one='event')} put back.")
    return redirect("/users", 303)
