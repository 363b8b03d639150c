"""The story of the product, act by act, without a browser. Every claim is checked against the simulated Xero itself.

`play(stage)` runs design section 2 from first to last and prints a proof for each claim. It raises BrokenPromise, naming
the promise, at the first claim that does not hold.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tandem.access.selectors import get_user_by_email, support_actor
from tandem.cli.stage import AMIR, BAKERY, BOOKS, ROSA, Promise, Stage
from tandem.flows import people as departures
from tandem.kernel import clock
from tandem.notices.selectors import list_letters, list_open
from tandem.people.actions import edit_employee
from tandem.people.records import EmployeeRecord, TerminationReason
from tandem.people.selectors import iter_employees, list_by_email
from tandem.timeline.selectors import find_broken_link
from tandem.xero import facade
from tandem.xero.facade import ConnectionState, ConsentPurpose, ConsentResult, Light, LightState, RunKind, RunStatus

PROBE_INTERVAL = timedelta(minutes=15)
PATIENCE = timedelta(minutes=5)


def play(stage: Stage) -> None:
    """Play the whole story, from an evening on: the leaver's last day is over a few hours later."""
    stage.frozen.move_to(clock.now().replace(hour=10, minute=0, second=0, microsecond=0))
    for number, act in enumerate(ACTS, start=1):
        stage.say(f"{number}. {(act.__doc__ or '').strip()}")
        act(stage)
    _the_secrets(stage)


def _connect(stage: Stage) -> None:
    """The administrator connects Xero; four lights turn green, each proved."""
    outcome = stage.consent(user=ROSA, purpose=ConsentPurpose.CONNECT)
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "the consent names the organisation that was allowed",
        holds=outcome.result is ConsentResult.CONNECTED and outcome.organisation_name == BAKERY,
        seen=f"{outcome.organisation_name or outcome.message} (connection {_ids(stage.connections(ROSA))})",
    )
    stage.pass_time(minutes=1)
    page = facade.get_connection_page(stage.actor())
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "Connected is shown when sign-in, organisation, payroll and data are each proved",
        holds=page.health.is_green and _proved(page.health) == set(Light),
        seen=f"{page.health.state.value}, proved: {', '.join(sorted(light.value for light in _proved(page.health)))}",
    )
    holder = page.primary.name if page.primary else ""
    stage.claim(
        Promise.THE_BREAK_IS_FORESEEN, "the page says who authorised", holds=holder == "Rosa Byrne", seen=holder
    )


def _import_and_export(stage: Stage) -> None:
    """People are previewed, imported, one is edited, and the change reaches Xero."""
    actor = stage.actor()
    chosen = facade.get_preferences(actor).preferences
    facade.save_preferences(actor, replace(chosen, auto_import=True, auto_export=True, interval_minutes=60))
    in_xero = len([row for row in stage.people_in_xero() if row.get("Status", "ACTIVE") == "ACTIVE"])
    preview = stage.run(RunKind.IMPORT, approve=False)
    stage.claim(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "a preview writes nothing to either side",
        holds=preview.summary.status is RunStatus.PLANNED and not stage.writes() and len(_ours(stage)) < in_xero,
        seen=f"{sum(preview.item_counts.values())} lines shown first, {len(stage.writes())} writes at Xero, {len(_ours(stage))} people here",
    )
    facade.approve_run(actor, preview.summary.run_id)
    stage.settle(preview.summary.run_id)
    names = sorted((row.first_name, row.last_name) for row in _ours(stage))
    stage.claim(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "every active person of Xero is here once",
        holds=len(names) == in_xero == len(set(names)),
        seen=f"{in_xero} people in Xero, {len(names)} here",
    )
    person = _anybody(stage)
    before = len(stage.writes())
    edit_employee(actor, employee_id=person.employee_id, changes={"job_title": "Head baker"}, via="story")
    exported = stage.run(RunKind.EXPORT)
    changed = [row for row in stage.people_in_xero() if row.get("JobTitle") == "Head baker"]
    stage.claim(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "one edit here is one write there",
        holds=exported.summary.status is RunStatus.DONE and len(changed) == 1 and len(stage.writes()) == before + 1,
        seen=f"{len(stage.writes()) - before} write, employee {changed[0]['EmployeeID'] if changed else 'none'}",
    )


def _foresee(stage: Stage) -> None:
    """The person who authorised is going to leave; the hand-over task opens at once."""
    rosa = list_by_email(stage.actor(), email=ROSA)[0]
    last_day = clock.today_in("Australia/Melbourne")
    stage.notes["rosa"] = rosa.employee_id
    departure = departures.terminate(
        stage.actor(), employee_id=rosa.employee_id, termination_on=last_day, reason=TerminationReason.VOLUNTARY
    )
    tasks = facade.list_handovers(stage.actor())
    stage.claim(
        Promise.THE_BREAK_IS_FORESEEN,
        "entering the termination opens a hand-over task with the last safe day",
        holds=departure.handover_opened and [task.last_safe_on for task in tasks] == [last_day],
        seen=f"{len(tasks)} task, last safe day {_day(last_day)}",
    )
    summary = facade.connection_summary(stage.actor())
    stage.claim(
        Promise.THE_BREAK_IS_FORESEEN,
        "the state says that a person should act",
        holds=summary.state is ConnectionState.ATTENTION,
        seen=summary.state.value,
    )


def _break(stage: Stage) -> None:
    """Nobody acted. Access ends in Xero while the sign-in goes on being renewed; the light turns red by itself."""
    stage.pass_time(hours=stage.idle_hours + 1)
    edit_employee(
        stage.actor(), employee_id=_anybody(stage).employee_id, changes={"mobile": "0491 570 156"}, via="story"
    )
    stage.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": stage.organisation()["id"]})
    lost_at, writes = clock.now(), len(stage.writes())
    while facade.connection_summary(stage.actor()).health.is_green and clock.now() < lost_at + 2 * PROBE_INTERVAL:
        stage.pass_time(minutes=1)
    health = facade.connection_summary(stage.actor()).health
    took = clock.now() - lost_at
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "the loss is seen within one probe interval",
        holds=health.state is ConnectionState.BROKEN and took <= PROBE_INTERVAL + PATIENCE,
        seen=f"{health.state.value} after {took.seconds // 60} minutes",
    )
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "the cause is named, and said to be likely where Xero's answers cannot tell",
        holds=health.cause is not None and health.cause.value == "authoriser_left" and not health.certain,
        seen=f"{health.headline} ({health.cause})",
    )
    notices = [notice for notice in list_open(stage.actor()) if notice.kind.startswith("connection")]
    stage.pass_time(hours=stage.idle_hours)
    again = [notice for notice in list_open(stage.actor()) if notice.kind.startswith("connection")]
    letters = [letter for letter in list_letters(stage.actor()) if letter.written_at >= lost_at]
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "people who are still there are told once",
        holds=len(again) == len(notices) == 1
        and len(letters) == len({letter.to_address for letter in letters}) > 0
        and not any(letter.to_address.startswith("rosa") for letter in letters),
        seen=f"{len(again)} notice, {len(letters)} letters in {stage.idle_hours} hours, none to the leaver",
    )
    waiting = facade.list_waiting_changes(stage.actor())
    stage.claim(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "automatic runs pause and the queue is kept",
        holds=len(waiting) >= 1 and len(stage.writes()) == writes,
        seen=f"{len(waiting)} changes waiting, {len(stage.writes()) - writes} writes since",
    )


def _support(stage: Stage) -> None:
    """The support room lists the account under its cause; one press sends the way out."""
    sam = get_user_by_email(stage.sign_ins.support_agent.email)
    rows = [row for row in facade.get_fleet(sam.id, facade.Question()).rows if row.account_id == stage.account_id]
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "the support room knows before the customer rings",
        holds=[row.cause for row in rows] == ["authoriser_left"],
        seen=", ".join(f"{row.slug}: {row.state.value}, {row.cause}" for row in rows),
    )
    before = {letter.letter_id for letter in list_letters(stage.actor())}
    facade.send_outreach(support_actor(sam, account_id=stage.account_id), batch_id=uuid4())
    letters = [letter for letter in list_letters(stage.actor()) if letter.letter_id not in before]
    stage.claim(
        Promise.RECONNECTING_IS_ONE_BUTTON,
        "one press sends a link to the reconnect page",
        holds=bool(letters) and all("/xero/" in letter.body for letter in letters),
        seen=f"{len(letters)} letters",
    )


def _disconnect(stage: Stage) -> None:
    """The old article's way: disconnect, with a receipt that claims no more than was proved."""
    chosen = facade.get_preferences(stage.actor()).preferences
    receipt = facade.disconnect(stage.actor())
    stage.notes["chosen"] = chosen
    listed = len(stage.connections(ROSA))
    removed = [step for step in receipt.steps if step.step is facade.StepName.DELETE]
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "the receipt says of every step what was proved and what was not",
        holds=bool(removed) and all((step.outcome is facade.ReceiptOutcome.DONE) == (listed == 0) for step in removed),
        seen="; ".join(f"{step.step.value} {step.outcome.value}" for step in receipt.steps)
        + f"; {listed} listed in Xero",
    )
    now = facade.get_preferences(stage.actor()).preferences
    stage.claim(
        Promise.RECONNECTING_IS_ONE_BUTTON,
        "settings stay; only the two automatic ticks are cleared",
        holds=now == replace(chosen, auto_import=False, auto_export=False),
        seen=f"automatic import {now.auto_import}, automatic export {now.auto_export}",
    )
    state = facade.connection_summary(stage.actor()).state
    stage.claim(
        Promise.THE_STATUS_NEVER_LIES,
        "the page says Disconnected",
        holds=state is ConnectionState.DISCONNECTED,
        seen=state,
    )


def _reconnect(stage: Stage) -> None:
    """The bookkeeper reconnects: a wrong organisation is refused, the right one is proved, settings come back."""
    wrong = stage.consent(user=AMIR, organisation=BOOKS, purpose=ConsentPurpose.RECONNECT)
    stage.claim(
        Promise.RECONNECTING_IS_ONE_BUTTON,
        "another organisation is refused and nothing is read from it",
        holds=wrong.result is ConsentResult.REFUSED and not facade.connection_summary(stage.actor()).health.is_green,
        seen=wrong.code,
    )
    outcome = stage.consent(user=AMIR, purpose=ConsentPurpose.RECONNECT)
    stage.pass_time(minutes=1)
    page = facade.get_connection_page(stage.actor())
    stage.claim(
        Promise.RECONNECTING_IS_ONE_BUTTON,
        "one press reconnects the same organisation with the same rights",
        holds=outcome.is_success and page.health.is_green and _proved(page.health) == set(Light),
        seen=f"{page.health.state.value}, held by {page.primary.name if page.primary else 'nobody'}",
    )
    facade.restore_snapshot(stage.actor())
    restored = facade.get_preferences(stage.actor()).preferences
    stage.claim(
        Promise.RECONNECTING_IS_ONE_BUTTON,
        "nothing had to be written down: the settings are what they were",
        holds=restored == stage.notes["chosen"],
        seen="no difference" if restored == stage.notes["chosen"] else "different",
    )


def _catch_up(stage: Stage) -> None:
    """The gap report shows what changed meanwhile; after approval both sides agree."""
    ours = stage.organisation()["id"]
    other = next(row for row in stage.people_in_xero() if row["EmployeeID"] != _xero_id_of(stage))
    stage.control(
        "POST",
        "events",
        {
            "kind": "edit_employee",
            "organisation": ours,
            "employee": other["EmployeeID"],
            "changes": {"JobTitle": "Pastry chef"},
        },
    )
    writes = len(stage.writes())
    stage.pass_time(hours=stage.idle_hours)
    report = facade.get_gap_report(stage.actor())
    stage.claim(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "after a reconnect nothing is written before a person has looked",
        holds=report is not None and len(stage.writes()) == writes,
        seen=f"{len(stage.writes()) - writes} writes, report with {len(report.items) if report else 0} lines",
    )
    if report is not None:
        facade.approve_gap_report(stage.actor(), report.summary.run_id)
    stage.pass_time(minutes=5)
    agreed = [row for row in stage.people_in_xero() if (row.get("Mobile") or "").endswith("570 156")]
    here = [row for row in _ours(stage) if row.job_title == "Pastry chef"]
    stage.claim(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "both sides agree again",
        holds=len(agreed) == 1 and len(here) == 1 and not facade.list_waiting_changes(stage.actor()),
        seen=f"{len(agreed)} change reached Xero, {len(here)} change reached Tandem, 0 waiting",
    )
    keys = [row["idempotency_key"] for row in stage.writes()]
    stage.claim(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "every write carried a key of its own",
        holds=all(keys) and len(keys) == len(set(keys)),
        seen=f"{len(keys)} writes, {len(set(keys))} keys",
    )


def _the_secrets(stage: Stage) -> None:
    """Tokens are nowhere in clear, and the record of it all is whole."""
    stage.say("Throughout")
    tokens = [str(token) for token in _strings(stage.control("GET", "world/tokens", None)) if len(str(token)) > 30]
    stored = stage.read_stored()
    found = [token for token in tokens if token in stored]
    stage.claim(
        Promise.SECRETS_STAY_SECRET,
        "no living token of the simulated Xero is readable in the database",
        holds=bool(tokens) and not found,
        seen=f"{len(tokens)} tokens looked for in {len(stored):,} characters, {len(found)} found",
    )
    stage.claim(
        Promise.SECRETS_STAY_SECRET,
        "the timeline's chain is whole",
        holds=find_broken_link(stage.actor()) is None,
        seen="unbroken",
    )


ACTS = (_connect, _import_and_export, _foresee, _break, _support, _disconnect, _reconnect, _catch_up)


def _proved(health: facade.Health) -> set[Light]:
    return {light for light, reading in health.lights.items() if reading.state is LightState.PROVED}


def _ours(stage: Stage) -> list[EmployeeRecord]:
    return list(iter_employees(stage.actor()))


def _anybody(stage: Stage) -> EmployeeRecord:
    """Return the same ordinary employee every time: neither the leaver nor the administrator."""
    told = {ROSA, "alice.lang@example.com"}
    return min(
        (row for row in _ours(stage) if row.work_email not in told), key=lambda row: (row.last_name, row.first_name)
    )


def _xero_id_of(stage: Stage) -> str:
    person = _anybody(stage)
    return next(
        str(row["EmployeeID"])
        for row in stage.people_in_xero()
        if (row["FirstName"], row["LastName"]) == (person.first_name, person.last_name)
    )


def _ids(rows: list[dict[str, Any]]) -> str:
    return ", ".join(str(row["id"]) for row in rows) or "none"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _strings(value: object) -> list[str]:
    """Return every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return []
