"""The fault panel: trouble at one press, trouble of one's own making, and what is on."""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect
from flask import Response as FlaskResponse
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from tandem_sandbox import control_faults
from tandem_sandbox.control_faults import METHODS, WHEN
from tandem_sandbox.faults import DEFAULT_SECONDS, MEANINGS, TAKES_WHEN, Kind
from tandem_sandbox.http.errors import TEXTS_503
from tandem_sandbox.presets import BY_KEY, PRESETS
from tandem_sandbox.ui import forms, words
from tandem_sandbox.ui.choosing import picker

blueprint = Blueprint("fault_pages", __name__, url_prefix="/faults")
FIELDS = ("fault", "path", "method", "organisation", "status", "text", "when", "seconds", "count", "probability")
NUMBERS = frozenset({"status", "seconds", "count", "probability"})
EMPTY: Mapping[str, str] = {"path": "/payroll.xro/1.0/*"}
# A description that nothing is wrong with, to hold each field against on its own.
SOUND = {"fault": Kind.DROPPED.value, "path": "*"}


@blueprint.get("")
def faults() -> FlaskResponse:
    """Show the fault panel."""
    return _page(EMPTY, [])


def _page(values: Mapping[str, str], wrong: list[tuple[str, str]]) -> FlaskResponse:
    sim = forms.here()
    on = [
        (fault, words.fault_name(fault.kind), words.fault_facts(fault, world=sim.world))
        for fault in sim.faults.active()
    ]
    return forms.page(
        "faults.html",
        status=400 if wrong else 200,
        on=on,
        limits=sim.limits.default if sim.limits.is_changed else None,
        presets=PRESETS,
        kinds=[(kind.value, words.fault_name(kind)) for kind in Kind],
        meanings=[(words.fault_name(kind), meaning) for kind, meaning in MEANINGS.items()],
        methods=[("", "Any"), *((method, method) for method in METHODS)],
        texts=[(name, text) for name, text in TEXTS_503.items()],
        whens=[(when, f"{when.capitalize()} the work is done") for when in WHEN],
        with_seconds=_names(DEFAULT_SECONDS),
        with_when=_names(TAKES_WHEN),
        pick=picker(sim),
        values=values,
        errors=wrong,
    )


def _names(kinds: Mapping[Kind, float] | frozenset[Kind]) -> str:
    return "; ".join(words.fault_name(kind) for kind in Kind if kind in kinds)


@blueprint.post("")
def add_fault() -> Response:
    """Switch a fault on."""
    forms.check_token()
    given = forms.typed()
    asked = {name: _value(name, given[name]) for name in FIELDS if given.get(name)}
    wrong = _problems(asked)
    if wrong:
        return _page(given, wrong)
    forms.here().faults.add(control_faults.read_fault(asked))
    forms.say("The fault is on.")
    return redirect("/faults", 303)


def _value(name: str, text: str) -> object:
    if name not in NUMBERS:
        return text
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def _problems(asked: Mapping[str, object]) -> list[tuple[str, str]]:
    """Hold each field on its own against what the control API takes, so that all of them are named at once."""
    kind = asked.get("fault") if asked.get("fault") in tuple(Kind) else SOUND["fault"]
    wrong = []
    for name in FIELDS:
        if name not in asked and name not in SOUND:
            continue
        alone = {**SOUND, "fault": kind, name: asked.get(name, "")}
        try:
            control_faults.read_fault(alone)
        except HTTPException as error:
            wrong.append((name, forms.sentence(error)))
    return wrong


@blueprint.post("/presets/<key>")
def press_preset(key: str) -> Response:
    """Switch one of the common troubles on."""
    forms.check_token()
    preset = BY_KEY.get(key)
    if preset is None:
        abort(404)
    control_faults.switch_on(forms.here(), preset)
    forms.say(f"{preset.label}: it is on.")
    return redirect("/faults", 303)


@blueprint.post("/clear")
def clear_faults() -> Response:
    """Switch every fault off, and put the limits back."""
    forms.check_token()
    forms.here().faults.clear()
    forms.here().limits.restore()
    forms.say("Every fault is off.")
    return redirect("/faults", 303)


@blueprint.post("/limits/off")
def restore_limits() -> Response:
    """Put the limits back."""
    forms.check_token()
    forms.here().limits.restore()
    forms.say("The call limits are as at the start.")
    return redirect("/faults", 303)


@blueprint.post("/<int:fault_id>/off")
def remove_fault(fault_id: int) -> Response:
    """Switch one fault off."""
    forms.check_token()
    forms.here().faults.remove(fault_id)
    forms.say("The fault is off.")
    return redirect("/faults", 303)
