"""Pay runs as a payroll officer sees them: which there are, who is paid by them, and posting the next one."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms, words
from tandem_sandbox.ui.choosing import chosen, picker, sheet
from tandem_sandbox.ui.people_pages import name_of
from tandem_sandbox.world import calendars, pay_runs, payslips, people
from tandem_sandbox.world.state import Organisation

blueprint = Blueprint("pay_run_pages", __name__, url_prefix="/payroll/pay-runs")
AMOUNTS = (("Wages", "Wages"), ("Tax", "Tax"), ("Super", "Super"), ("NetPay", "Net pay"))


@blueprint.get("")
def runs() -> FlaskResponse:
    """List the pay runs, the newest period first, and what comes next on each calendar."""
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        newest = sorted(organisation.pay_runs, key=lambda run: str(run["PayRunPeriodStartDate"]), reverse=True)
        shown = sheet(newest)
        return forms.page(
            "pay_runs.html",
            pick=picker(sim),
            organisation=organisation,
            sheet=shown,
            rows=[_row(sim, organisation, run) for run in shown.items],
            coming=[_coming(organisation, calendar) for calendar in organisation.calendars],
        )


def _row(sim: Simulator, organisation: Organisation, run: dict[str, Any]) -> dict[str, Any]:
    calendar = calendars.find(organisation, run["PayrollCalendarID"])
    summed = pay_runs.with_totals(sim.world, organisation, run)
    return {
        "id": run["PayRunID"],
        "dates": words.days(run["PayRunPeriodStartDate"], run["PayRunPeriodEndDate"]),
        "calendar": calendar["Name"] if calendar else "",
        "paid": words.day(run["PaymentDate"]),
        "is_posted": run["PayRunStatus"] == pay_runs.POSTED,
        "amounts": _amounts(summed),
    }


def _amounts(summed: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(text, f"{float(summed.get(name) or 0):,.2f}") for name, text in AMOUNTS]


def _coming(organisation: Organisation, calendar: dict[str, Any]) -> dict[str, Any]:
    draft = pay_runs.draft_of(organisation, calendar)
    period = calendars.next_period(calendar)
    dates = period.start.isoformat(), period.end.isoformat()
    if draft:
        dates = draft["PayRunPeriodStartDate"], draft["PayRunPeriodEndDate"]
    return {
        "id": calendar["PayrollCalendarID"],
        "name": calendar["Name"],
        "dates": words.days(*dates),
        "is_draft": draft is not None,
    }


@blueprint.post("/post")
def post() -> Response:
    """Post the draft of a calendar, made first where there is none."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        calendar = calendars.find(organisation, request.form.get("calendar", ""))
        if calendar is None:
            abort(404, "There is no such pay calendar.")
        run = pay_runs.post_next(sim.world, organisation, calendar, switches=sim.switches, now=sim.clock.now())
    dates = words.days(run["PayRunPeriodStartDate"], run["PayRunPeriodEndDate"])
    forms.say(f"The pay run of {dates} on {calendar['Name']} was posted.")
    return redirect(f"/payroll/pay-runs?organisation={organisation.id}", 303)


@blueprint.get("/<run_id>")
def run(run_id: str) -> FlaskResponse:
    """Show one pay run with its payslips, page by page."""
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        found = pay_runs.find(organisation, run_id)
        if found is None:
            abort(404)
        shown = sheet(payslips.of(sim.world, organisation, found))
        return forms.page(
            "pay_run.html",
            organisation=organisation,
            run=_row(sim, organisation, found),
            sheet=shown,
            rows=[_slip(sim, organisation, slip) for slip in shown.items],
            amounts=AMOUNTS,
        )


def _slip(sim: Simulator, organisation: Organisation, slip: Mapping[str, Any]) -> dict[str, Any]:
    person = people.find(sim.world, organisation, slip["EmployeeID"])
    return {
        "employee": slip["EmployeeID"],
        "name": name_of(person) if person else slip["EmployeeID"],
        "amounts": _amounts(slip),
    }
