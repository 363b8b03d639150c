"""What people do about time on Xero's own screens: ask for leave, decide about it, post a pay run."""

from collections.abc import Callable
from typing import Any

from tandem_sandbox.world import calendars, leave, pay_runs
from tandem_sandbox.world.event import Event, EventRefused
from tandem_sandbox.world.shapes import Malformed
from tandem_sandbox.world.state import Organisation, World

KEYS = {
    "request_leave": ("organisation", "fields"),
    "approve_leave": ("organisation", "leave"),
    "reject_leave": ("organisation", "leave"),
    "post_pay_run": ("organisation", "calendar"),
}


def _request_leave(world: World, event: Event) -> dict[str, Any]:
    fields = event.details.get("fields")
    if not fields:
        raise EventRefused("Give the elements of the leave under fields, named as Xero names them.")
    try:
        made = leave.request(world, event.place(), fields, switches=event.switches, now=event.now)
    except Malformed as error:
        raise EventRefused(f"{error} has the wrong shape.") from error
    if made.errors:
        raise EventRefused(" ".join(made.errors))
    return {"leave": made.row_id}


def _approve_leave(world: World, event: Event) -> dict[str, Any]:
    return _decide(world, event, approve=True)


def _reject_leave(world: World, event: Event) -> dict[str, Any]:
    return _decide(world, event, approve=False)


def _decide(world: World, event: Event, *, approve: bool) -> dict[str, Any]:
    wanted = event.details.get("leave")
    row = leave.find(world, event.place(), str(wanted or ""))
    if row is None:
        raise EventRefused(f"{event.place().name} has no leave application {wanted}.")
    refusal = leave.decide(world, row, approve=approve, now=event.now)
    if refusal:
        raise EventRefused(refusal)
    return {"leave": row["LeaveApplicationID"]}


def _post_pay_run(world: World, event: Event) -> dict[str, Any]:
    wanted = str(event.details.get("calendar") or event.place().calendars[0]["PayrollCalendarID"])
    calendar = calendars.find(event.place(), wanted) or _named(event.place(), wanted)
    run = pay_runs.post_next(world, event.place(), calendar, switches=event.switches, now=event.now)
    return {"pay_run": run["PayRunID"]}


def _named(organisation: Organisation, name: str) -> dict[str, Any]:
    for calendar in organisation.calendars:
        if str(calendar["Name"]).casefold() == name.casefold():
            return calendar
    raise EventRefused(f"{organisation.name} has no pay calendar {name}.")


HANDLERS: dict[str, Callable[[World, Event], dict[str, Any]]] = {
    "request_leave": _request_leave,
    "approve_leave": _approve_leave,
    "reject_leave": _reject_leave,
    "post_pay_run": _post_pay_run,
}
