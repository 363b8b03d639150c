"""What happens in a step: people work on both sides, Xero and the way to it fail, processes die, access comes and goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from tests.simulation.crashing import BOUNDARIES, READ_LEAVES
from tests.simulation.fields import ENDED, FIELDS, Field, Side
from tests.simulation.ground import consent
from tests.simulation.judging import judge_status
from tests.simulation.stage import Stage

from tandem.flows.people import terminate
from tandem.kernel import clock
from tandem.people.actions import edit_employee, hire_employee
from tandem.people.records import Address, EmployeeDetails, TerminationReason
from tandem.people.selectors import list_employees
from tandem.testing.xero import AMIR, BAKERY, ROSA
from tandem.xero import facade
from tandem.xero.matching.matching import Side as Kept
from tandem.xero.oauth.flow import ConsentPurpose

MINUTES = (1, 3, 16, 16, 17, 31)
KEEP = {Side.TANDEM: Kept.HR, Side.XERO: Kept.XERO}
EMPLOYEES = "/payroll.xro/1.0/employees*"
FAULTS: tuple[dict[str, object], ...] = (
    {"fault": "status", "status": 429},
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 500, "when": "after"},
    {"fault": "status", "status": 503},
    {"fault": "status", "status": 401},
    {"fault": "status", "status": 403},
    {"fault": "html_502"},
    {"fault": "dropped"},
    {"fault": "dropped"},
    {"fault": "committed_but_lost"},
    {"fault": "committed_but_lost"},
    {"fault": "committed_late"},
    {"fault": "slow"},
    {"fault": "truncated"},
    {"fault": "broken_json"},
    {"fault": "wrong_content_type"},
)
OF_A_WRITE = ("before intent", "after intent", "after call", "outcome written", "outcome committed")
LOST: tuple[dict[str, object], ...] = (
    {"fault": "dropped"},
    {"fault": "committed_but_lost"},
    {"fault": "committed_but_lost"},
    {"fault": "committed_late", "seconds": 90},
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 500, "when": "after"},
    {"fault": "truncated"},
    {"fault": "slow", "seconds": 45},
)
#: How often people edit what was edited last: what collides is what shows whether anything is lost.
AGAIN = 0.4
#: She is one of the people, and her grant carries the connection.
ROSA_BYRNE = "Rosa Byrne"
LASTING = ("remove_user", "drop_payroll_admin", "disconnect_app")


@dataclass(frozen=True)
class Act:
    """Something that may happen in a step, as often as its weight says."""

    weight: float
    do: Callable[[Stage], object]

    @property
    def name(self) -> str:
        """Return what the trace calls it."""
        return self.do.__name__.replace("_", " ")


def time_passes(stage: Stage) -> None:
    """Let some minutes pass, see what is shown before anybody works, and let the workers work."""
    stage.clock.advance(minutes=stage.chance.choice(MINUTES))
    judge_status(stage)
    stage.work()


def hours_pass(stage: Stage) -> None:
    """Let hours pass in which nobody works, as when a machine was off."""
    stage.clock.advance(hours=stage.chance.uniform(0.3, 6))
    judge_status(stage)
    stage.work()


def somebody_edits_here(stage: Stage) -> None:
    """Edit a person in Tandem."""
    _edit_here(stage, *_one(stage, Side.TANDEM))


def _one(stage: Stage, *sides: Side) -> tuple[str, Field]:
    """Choose a person who is on these sides and a field: often the ones that were edited last."""
    people = stage.people(*sides)
    if stage.chance.random() < AGAIN and stage.last is not None and stage.last[0] in people:
        return stage.last
    return stage.chance.choice(people), stage.chance.choice(FIELDS)


def _edit_here(stage: Stage, name: str, field: Field) -> None:
    stage.look()
    value, key = field.text(stage.next()), (name, field.shared.value)
    attribute, given = field.here(value)
    edit_employee(stage.actor, employee_id=stage.eyes.ids[name], changes={attribute: given})
    stage.book.enter(Side.TANDEM, key, value)
    stage.last = (name, field)
    stage.note(f"a person enters {value!r} for {name} in Tandem")


def somebody_edits_there(stage: Stage) -> None:
    """Edit a person in Xero."""
    _edit_there(stage, *_one(stage, Side.XERO))


def _edit_there(stage: Stage, name: str, field: Field) -> None:
    """Edit on Xero's screens; while a write is on its way there, what it will overwrite is nobody's to promise."""
    if stage.has_late_writes():
        return
    stage.look()
    value, key = field.text(stage.next()), (name, field.shared.value)
    _change_there(stage, name, {field.element: field.there(value)})
    stage.book.enter(Side.XERO, key, value)
    stage.last = (name, field)
    stage.note(f"a person enters {value!r} for {name} in Xero")


def _change_there(stage: Stage, name: str, changes: dict[str, object]) -> None:
    """Change an employee; a moment apart from what is before and after, since Xero's stamps count milliseconds."""
    row = next(row for row in stage.eyes.people_there() if f"{row['FirstName']} {row['LastName']}" == name)
    clock.sleep(1)
    stage.event("edit_employee", employee=row["EmployeeID"], changes=changes)
    clock.sleep(1)


def both_sides_are_edited(stage: Stage) -> None:
    """Edit one field of one person on both sides, differently."""
    if stage.people(*Side):
        name, field = _one(stage, *Side)
        _edit_there(stage, name, field)
        _edit_here(stage, name, field)


def somebody_will_edit_meanwhile(stage: Stage) -> None:
    """Edit somebody just before a read of a run under way leaves."""
    if stage.people(*Side):
        name, field = _one(stage, *Side)
        edit = stage.chance.choice((_edit_here, _edit_there))
        stage.process.meanwhile(READ_LEAVES, times=stage.chance.randint(1, 4), act=lambda: edit(stage, name, field))


def _newcomer(stage: Stage) -> tuple[str, str, date]:
    number = stage.next()
    return f"New{number:03}", "Nowak", date(1980, 1, 1) + timedelta(days=number * 11)


def _hire_here(stage: Stage, first: str, last: str, born: date) -> None:
    stage.look()
    number = stage.next()
    details = EmployeeDetails(
        first_name=first,
        last_name=last,
        date_of_birth=born,
        job_title=f"Baker {number:03}",
        home_address=Address(f"{number:03} Saltworks Row", "", "Geelong", "VIC", "3220", "Australia"),
    )
    hire_employee(stage.actor, details=details)
    for name, value in (("job_title", details.job_title), ("home_address", details.home_address.line1)):
        stage.book.enter(Side.TANDEM, (f"{first} {last}", name), value)
    stage.note(f"a person hires {first} {last} in Tandem")


def _hire_there(stage: Stage, first: str, last: str, born: date) -> None:
    stage.look()
    number = stage.next()
    title, street = f"Baker {number:03}", f"{number:03} Saltworks Row"
    address = {"AddressLine1": street, "City": "Geelong", "Region": "VIC", "PostalCode": "3220"}
    fields = {"FirstName": first, "LastName": last, "DateOfBirth": born.isoformat(), "JobTitle": title}
    clock.sleep(1)
    stage.event("create_employee", fields={**fields, "HomeAddress": address})
    clock.sleep(1)
    for name, value in (("job_title", title), ("home_address", street)):
        stage.book.enter(Side.XERO, (f"{first} {last}", name), value)
    stage.note(f"a person adds {first} {last} in Xero")


def somebody_is_hired_here(stage: Stage) -> None:
    """Hire somebody in Tandem."""
    _hire_here(stage, *_newcomer(stage))


def somebody_is_added_there(stage: Stage) -> None:
    """Add somebody in Xero."""
    _hire_there(stage, *_newcomer(stage))


def somebody_is_hired_on_both_sides(stage: Stage) -> None:
    """Enter the same new person on both sides."""
    newcomer = _newcomer(stage)
    _hire_here(stage, *newcomer)
    _hire_there(stage, *newcomer)


def somebody_leaves_here(stage: Stage) -> None:
    """Enter somebody's last day in Tandem."""
    people = stage.people(*Side)
    if len(people) > 1:
        stage.look()
        name, on = stage.chance.choice(people), _last_day(stage)
        terminate(
            stage.cast.bob.actor,
            employee_id=stage.eyes.ids[name],
            termination_on=on,
            reason=TerminationReason.VOLUNTARY,
        )
        stage.book.enter(Side.TANDEM, (name, ENDED.value), on.isoformat())
        stage.note(f"a person enters {on} as the last day of {name} in Tandem")


def somebody_leaves_there(stage: Stage) -> None:
    """Enter somebody's last day in Xero."""
    people = stage.people(*Side)
    if len(people) > 1 and not stage.has_late_writes():
        stage.look()
        name, on = stage.chance.choice(people), _last_day(stage)
        _change_there(stage, name, {"TerminationDate": on.isoformat(), "TerminationReason": "V"})
        stage.book.enter(Side.XERO, (name, ENDED.value), on.isoformat())
        stage.note(f"a person enters {on} as the last day of {name} in Xero")


def _last_day(stage: Stage) -> date:
    return clock.today_in("Australia/Melbourne") + timedelta(days=stage.chance.randint(-3, 9))


def a_conflict_is_decided(stage: Stage) -> None:
    """Decide one of the open conflicts."""
    waiting = [one for one in facade.list_conflicts(stage.actor) if not one.decision]
    if waiting:
        decide(stage, stage.chance.choice(sorted(waiting, key=lambda one: (one.person, one.field))))


def decide(stage: Stage, one: facade.ConflictPage) -> None:
    """Say which side is right about one conflict, for the values that the conflict shows."""
    keep, key = stage.chance.choice(list(Side)), (one.person, one.field)
    loses = one.theirs if keep is Side.TANDEM else one.ours
    stage.look()
    if stage.value(keep.other, key) in loses or one.field == ENDED.value:
        stage.book.decide(keep, key)
    stage.note(f"a person keeps {keep.value}'s {one.field} of {one.person}")
    stage.by_hand(lambda: facade.decide_conflict(stage.actor, one.conflict_id, keep=KEEP[keep]))


def a_run_is_begun_by_hand(stage: Stage) -> None:
    """Preview a run; sometimes edit before it is approved; approve it."""
    begun: list[UUID] = []
    kind, reach = stage.chance.choice(list(facade.RunKind)), facade.Reach.AUTHORITY
    stage.note(f"a person previews: {kind.value}")
    if not stage.by_hand(lambda: begun.append(facade.preview_run(stage.actor, kind=kind, reach=reach))):
        return
    stage.work()
    if stage.chance.random() < 0.3:
        stage.chance.choice((somebody_edits_here, somebody_edits_there))(stage)
    stage.by_hand(lambda: facade.approve_run(stage.actor, begun[0]))
    stage.work()


def a_write_goes_wrong(stage: Stage) -> None:
    """Change something in Tandem, let its way to Xero be cut at the worst places, and often edit it in Xero meanwhile."""
    name, field = _one(stage, *Side) if stage.people(*Side) else ("", FIELDS[0])
    is_new = not name or stage.chance.random() < 0.4
    if is_new:
        somebody_is_hired_here(stage)
    else:
        _edit_here(stage, name, field)
    begun: list[UUID] = []
    kind, reach = facade.RunKind.EXPORT, facade.Reach.AUTHORITY
    stage.by_hand(lambda: begun.append(facade.preview_run(stage.actor, kind=kind, reach=reach)))
    stage.work()
    if not begun:
        return
    is_cut = stage.chance.random() < 0.7
    if is_cut:
        _cut_a_write(stage)
    elif not is_new:
        stage.process.meanwhile(
            READ_LEAVES, times=stage.chance.randint(2, 4), act=lambda: _edit_there(stage, name, field)
        )
    stage.by_hand(lambda: facade.approve_run(stage.actor, begun[0]))
    stage.work()
    if is_cut and not is_new and stage.chance.random() < 0.5:
        _edit_there(stage, name, field)
    stage.clock.advance(minutes=stage.chance.choice((2.5, 2.5, 6, 12)))
    stage.work()


def _cut_a_write(stage: Stage) -> None:
    """Let the process die around the next write, or let its answer be lost."""
    if stage.chance.random() < 0.5:
        boundary = stage.chance.choice(OF_A_WRITE)
        stage.note(f"to die at: {boundary}")
        stage.process.crash_at(boundary, times=1)
        return
    fault = dict(stage.chance.choice(LOST)) | {"path": EMPLOYEES, "method": "POST", "count": 1}
    stage.note(f"fault: {sorted(fault.items())}")
    stage.sandbox.control("POST", "faults", fault)


def a_run_is_cancelled(stage: Stage) -> None:
    """Cancel the run that is under way, if there is one."""
    active = [one for one in facade.list_runs(stage.actor, limit=3) if one.status.is_active]
    if active:
        stage.by_hand(lambda: facade.cancel_run(stage.actor, active[0].run_id))


def something_fails_at_xero(stage: Stage) -> None:
    """Let Xero, or the way to it, fail for a few calls."""
    fault: dict[str, object] = dict(stage.chance.choice(FAULTS))
    path = stage.chance.choice((EMPLOYEES, EMPLOYEES, EMPLOYEES, "*", "/connect/token"))
    if path == EMPLOYEES and stage.chance.random() < 0.6:
        fault["method"] = "POST"
    if fault["fault"] == "committed_late":
        path, fault["method"], fault["seconds"] = EMPLOYEES, "POST", stage.chance.choice((5, 40, 200, 400))
    if fault["fault"] == "slow":
        fault["seconds"] = stage.chance.choice((2, 15, 45))
    fault |= {"path": path, "count": stage.chance.randint(1, 3)}
    stage.note(f"fault: {sorted(fault.items())}")
    stage.sandbox.control("POST", "faults", fault)


def a_process_will_die(stage: Stage) -> None:
    """Let the product die at a boundary, soon."""
    boundary, times = stage.chance.choice(BOUNDARIES), stage.chance.randint(1, 3)
    stage.note(f"to die at: {boundary}, {times}")
    stage.process.crash_at(boundary, times=times)


def access_ends(stage: Stage) -> None:
    """Take access away from somebody who authorised, at Xero."""
    kind, user = stage.chance.choice(LASTING), stage.chance.choice((ROSA, ROSA, AMIR))
    held = next(row for row in stage.sandbox.control("GET", "world")["users"] if row["email"] == user)
    if stage.eyes.organisation in held["roles"]:
        stage.note(f"{kind}: {user}")
        stage.event(kind, user=user)


def access_comes_back(stage: Stage) -> None:
    """Give back at Xero whatever was taken away."""
    stage.sandbox.control("POST", "events", {"kind": "put_back"})


def a_second_person_stands_ready(stage: Stage) -> None:
    """Let a second person authorise as the standby."""
    stage.line.admitted.add(AMIR)
    stage.by_hand(
        lambda: consent(stage.sandbox, stage.cast.alice, user=AMIR, organisation=BAKERY, purpose=ConsentPurpose.STANDBY)
    )


def it_is_disconnected(stage: Stage) -> None:
    """Disconnect on purpose."""
    stage.by_hand(lambda: facade.disconnect(stage.actor))


def it_is_reconnected(stage: Stage) -> None:
    """Let somebody authorise anew where the connection is broken, was ended, or lets nothing be written any more."""
    health = facade.connection_summary(stage.actor).health
    is_over = health.state in (facade.ConnectionState.BROKEN, facade.ConnectionState.DISCONNECTED)
    if is_over or health.blocks_writes:
        reconnect(stage)


def reconnect(stage: Stage) -> None:
    """Authorise anew, as Rosa unless her own last day was entered, and put the ticks back."""
    has_left = any(stage.value(side, (ROSA_BYRNE, ENDED.value)) for side in Side)
    user = AMIR if has_left else ROSA
    stage.line.admitted.add(user)
    stage.by_hand(
        lambda: consent(
            stage.sandbox, stage.cast.alice, user=user, organisation=BAKERY, purpose=ConsentPurpose.RECONNECT
        )
    )
    if not facade.get_preferences(stage.actor).preferences.auto_import:
        stage.by_hand(lambda: facade.restore_snapshot(stage.actor))


def the_gap_report_is_approved(stage: Stage) -> None:
    """Approve the report of what changed while the connection was down, if one waits."""
    report = facade.get_gap_report(stage.actor)
    if report is not None and report.can_approve:
        stage.note("a person approves the gap report")
        stage.by_hand(lambda: facade.approve_gap_report(stage.actor, report.summary.run_id))


def the_other_customer_works(stage: Stage) -> None:
    """Let the other customer edit one of its people."""
    actor = stage.cast.charlie.actor
    someone = list_employees(actor).rows[0]
    edit_employee(actor, employee_id=someone.employee_id, changes={"job_title": f"Bookseller {stage.next():03}"})


ACTS: tuple[Act, ...] = (
    Act(24, time_passes),
    Act(2, hours_pass),
    Act(11, somebody_edits_here),
    Act(10, somebody_edits_there),
    Act(6, both_sides_are_edited),
    Act(6, somebody_will_edit_meanwhile),
    Act(5, somebody_is_hired_here),
    Act(4, somebody_is_added_there),
    Act(2, somebody_is_hired_on_both_sides),
    Act(2, somebody_leaves_here),
    Act(2, somebody_leaves_there),
    Act(4, a_conflict_is_decided),
    Act(5, a_run_is_begun_by_hand),
    Act(14, a_write_goes_wrong),
    Act(1, a_run_is_cancelled),
    Act(9, something_fails_at_xero),
    Act(11, a_process_will_die),
    Act(3, access_ends),
    Act(2, access_comes_back),
    Act(3, a_second_person_stands_ready),
    Act(1, it_is_disconnected),
    Act(3, it_is_reconnected),
    Act(2, the_gap_report_is_approved),
    Act(1, the_other_customer_works),
)
