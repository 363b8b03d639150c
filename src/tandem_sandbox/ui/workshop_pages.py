"""What the simulator itself can be set to: switches, call limits, and its clock."""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, request
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from tandem_sandbox import control, control_limits
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms, words
from tandem_sandbox.ui.choosing import picker, sheet
from tandem_sandbox.world.switches import BY_NAME, NUMBER, SWITCHES, Switch, UnknownSwitch, Value

blueprint = Blueprint("workshop_pages", __name__)
STEPS = ((60, "1 minute"), (1860, "31 minutes"), (86_400, "1 day"), (5_184_060, "60 days"))
LIMITS = (
    ("minute", "Calls a minute", ""),
    ("day", "Calls a day", ""),
    ("concurrent", "Calls at once", ""),
    ("app_minute", "Calls a minute of the whole app", "Over all organisations."),
)


@blueprint.get("/switches")
def switches() -> FlaskResponse:
    """Show every switch, by subject."""
    sim = forms.here()
    only_changed, changed = request.args.get("changed") == "yes", sim.switches.changed()
    groups: dict[str, list[dict[str, object]]] = {title: [] for title in (*dict(words.SUBJECTS), words.EMPLOYEES)}
    for switch in SWITCHES:
        if switch.name in changed or not only_changed:
            groups[words.subject(switch.name)].append(_row(sim, switch))
    shown = [(title, rows) for title, rows in groups.items() if rows]
    return forms.page(
        "switches.html", groups=shown, changed=len(changed), only_changed=only_changed, total=len(SWITCHES)
    )


def _row(sim: Simulator, switch: Switch) -> dict[str, object]:
    value = sim.switches[switch.name]
    return {
        "switch": switch,
        "title": switch.name.replace("_", " ").capitalize(),
        "value": "" if value is None else value,
        "place": switch.choices.index(value) if value in switch.choices else None,
        "options": words.switch_options(switch),
        "is_number": switch.choices == NUMBER,
        "is_changed": switch.name in sim.switches.changed(),
    }


@blueprint.post("/switches")
def change_switches() -> Response:
    """Save the switches."""
    forms.check_token()
    sim = forms.here()
    if request.form.get("decision") == "reset":
        sim.switches.reset()
        forms.say("Every switch is back to its default.")
        return redirect("/switches", 303)
    try:
        sim.switches.change({name: _switch_value(name, request.form[name]) for name in BY_NAME if name in request.form})
    except (UnknownSwitch, ValueError, IndexError):
        abort(400, "A switch was given a value that it does not take. Nothing was changed.")
    forms.say("The switches are saved.")
    return redirect("/switches", 303)


def _switch_value(name: str, text: str) -> Value:
    if BY_NAME[name].choices == NUMBER:
        return int(text) if text.strip() else None
    return BY_NAME[name].choices[int(text)]


@blueprint.get("/limits")
def limits() -> FlaskResponse:
    """Show the call limits, and what is left."""
    return _limits_page({}, [])


def _limits_page(values: Mapping[str, str], wrong: list[tuple[str, str]]) -> FlaskResponse:
    sim, now = forms.here(), forms.here().clock.now()
    with sim.world.lock:
        default = {name: "" if value is None else str(value) for name, value in vars(sim.limits.default).items()}
        own = [(_name(sim, org), vars(allowance)) for org, allowance in sim.limits.own.items()]
        left = [(_app(sim, usage.app), _name(sim, usage.organisation), usage) for usage in sim.limits.usage(now=now)]
        return forms.page(
            "limits.html",
            status=400 if wrong else 200,
            limits=LIMITS,
            values={**default, **values},
            own=own,
            sheet=sheet(left),
            is_changed=sim.limits.is_changed,
            pick=picker(sim),
            errors=wrong,
        )


def _name(sim: Simulator, org_id: str) -> str:
    found = sim.world.organisations.get(org_id)
    return found.name if found else org_id


def _app(sim: Simulator, client_id: str) -> str:
    found = sim.world.apps.get(client_id)
    return found.name if found else "no app"


@blueprint.post("/limits")
def change_limits() -> Response:
    """Save the call limits, of all organisations or of one."""
    forms.check_token()
    sim, given = forms.here(), forms.typed()
    if given.get("decision") == "reset":
        sim.limits.restore()
        forms.say("The call limits are as at the start.")
        return redirect("/limits", 303)
    asked = {name: _limit(given.get(name, "")) for name, _, _ in LIMITS}
    organisation = given.get("organisation", "")
    wrong = _limit_problems(sim, {**asked, "organisation": organisation})
    if wrong:
        return _limits_page(given, wrong)
    control_limits.change(sim, {**asked, "organisation": organisation})
    forms.say("The call limits are saved.")
    return redirect("/limits", 303)


def _limit(text: str) -> object:
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text) if text else None


def _limit_problems(sim: Simulator, asked: Mapping[str, object]) -> list[tuple[str, str]]:
    wrong = []
    for name, value in asked.items():
        try:
            control_limits.check(sim, {name: value})
        except HTTPException as error:
            wrong.append((name, forms.sentence(error)))
    return wrong


@blueprint.get("/clock")
def clock_page() -> FlaskResponse:
    """Show the clock."""
    return _clock_page([])


def _clock_page(wrong: list[tuple[str, str]]) -> FlaskResponse:
    mode = forms.here().clock.mode.value
    return forms.page("clock.html", status=400 if wrong else 200, mode=mode, steps=STEPS, errors=wrong)


@blueprint.post("/clock")
def move_clock() -> Response:
    """Move, stop or start the clock."""
    forms.check_token()
    clock, given = forms.here().clock, forms.typed()
    try:
        control.move(clock, _asked(given))
    except HTTPException as error:
        return _clock_page([("set", forms.sentence(error))])
    forms.say(f"It is now {words.moment(clock.now())}.")
    return redirect("/clock", 303)


def _asked(given: Mapping[str, str]) -> dict[str, object]:
    if given.get("mode"):
        return {"mode": given["mode"]}
    advance = given.get("advance", "")
    if advance:
        return {"advance_seconds": int(advance) if advance.isascii() and advance.isdigit() else advance}
    return {"set": given.get("set", "")}
