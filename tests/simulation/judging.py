"""What must be true after every step, asked of what really is: the database, the simulated Xero, and what went over the line."""

import json
import re

from django.db.models import Q
from tests.simulation.book import Overwritten
from tests.simulation.broken import Broken, Promise
from tests.simulation.fields import Side
from tests.simulation.line import Call
from tests.simulation.stage import Stage

from tandem.kernel.scoping import scope
from tandem.xero import facade
from tandem.xero.connections.assembling import windows
from tandem.xero.models import Grant, Step
from tandem.xero.sync import items
from tandem.xero.sync.xero_steps import EDITED_SINCE

OF_THE_BAKERY = re.compile(r"Baker \d{3}|Lee \d{3}|person\d{3}@|\d{3} Saltworks")
OF_THE_BOOKSHOP = "Bookseller"
#: What says that whoever carries the connection may not any more.
REFUSED = (403,)


def judge(stage: Stage) -> None:
    """Hold everything that must be true at any time."""
    stage.look()
    _judge_surprises(stage)
    if len(stage.line.calls) > stage.judged_calls:
        judge_status(stage)
    _judge_history(stage)
    _judge_apart(stage)


def _judge_surprises(stage: Stage) -> None:
    if stage.surprises.found:
        raise Broken(Promise.NO_SURPRISE, "; ".join(stage.surprises.found))


def judge_status(stage: Stage) -> None:
    """Hold that green rests on what Xero really answered, to whoever carries the connection, inside the windows."""
    stage.judged_calls = len(stage.line.calls)
    health = facade.connection_summary(stage.actor).health
    stage.note(f"shown: {health.state.value}")
    if not health.is_green:
        return
    with scope(stage.account_id):
        carrier = Grant.objects.values_list("holder_email", flat=True).get(role="primary")
    mine = [call for call in stage.line.calls if _is_proving(stage, call, carrier)]
    # A write that Xero took proves access to payroll as a read does; one that it refuses may be about a person alone.
    good = [call for call in mine if call.status == 200 and call.is_readable]
    _hold_fresh(stage, good, windows().payroll.total_seconds(), "no answer of payroll's")
    _hold_fresh(stage, [call for call in good if call.is_whole_list], windows().data.total_seconds(), "no whole list")
    refused = [call for call in mine if call.status in REFUSED and not call.is_write]
    if refused and refused[-1].at > good[-1].at:
        raise Broken(Promise.STATUS, f"green, and Xero's last word to {carrier} was {refused[-1].status}")


def _is_proving(stage: Stage, call: Call, carrier: str) -> bool:
    is_ours = call.organisation == stage.eyes.organisation and call.user == carrier
    return is_ours and call.is_payroll


def _hold_fresh(stage: Stage, good: list[Call], seconds: float, what: str) -> None:
    age = (stage.clock.now() - good[-1].at).total_seconds() if good else None
    if age is None or age > seconds:
        raise Broken(Promise.STATUS, f"green, and {what} since {age} s, where {seconds:.0f} s are allowed")


def _judge_history(stage: Stage) -> None:
    """Hold that what Tandem overwrote, or may have, is found in the history of its runs."""
    for one in stage.book.overwritten:
        if not _is_in_history(stage, one):
            raise Broken(
                Promise.NOTHING_LOST,
                f"{one.value!r}, {one.key[1]} of {one.key[0]} in {one.side.value}, was overwritten and no run says so",
            )
    stage.book.overwritten.clear()


def _is_in_history(stage: Stage, one: Overwritten) -> bool:
    target = "hr" if one.side is Side.TANDEM else "xero"
    with scope(stage.account_id):
        left = Q(status="skipped") & ~Q(outcome_code=EDITED_SINCE)
        rows = Step.objects.filter(account_id=stage.account_id, item="step", target=target).exclude(left)
        changes = [change for row in rows for change in items.payload_of(row)["step"]["changes"]]
    return any(change["field"] == one.key[1] and one.value in json.dumps(change["before"]) for change in changes)


def _judge_apart(stage: Stage) -> None:
    if found := OF_THE_BAKERY.search(stage.eyes.others()):
        raise Broken(Promise.APART, f"the other customer holds {found.group()}")
    ours = [value for side in Side for value in stage.book.values[side].values()]
    if any(OF_THE_BOOKSHOP in value for value in ours):
        raise Broken(Promise.APART, "a value of the other customer's is here")
