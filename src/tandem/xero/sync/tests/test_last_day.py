"""The leaver's last day, and nobody has acted: imports go on, exports wait, the ladder climbs; approval and its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from tandem.access.roles import Role
from tandem.flows import people as flows
from tandem.kernel.actor import Actor
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.testing.cast import Cast, Player, join
from tandem.testing.xero import ROSA, Connect
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.schedule.actions import ensure_nightly, run_due
from tandem.xero.sync.pages import Reach
from tandem.xero.sync.preferences import TerminationFlow
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LAST_DAY = date(2026, 12, 3)
REASON = "The pay run is today"


@dataclass
class Leaving:
    """An office with automatic runs whose only grant is Rosa's; she leaves on 3 December."""

    office: Office
    cast: Cast
    rosa: Player

    @property
    def alice(self) -> Actor:
        """Return the administrator who stays."""
        return self.cast.alice.actor

    def live_until(self, *days: date) -> None:
        """Let the work of these days be done as in an office: the nightly job, probes and automatic runs."""
        for day in days:
            self.office.clock.advance(days=(day - self.office.clock.now().date()).days)
            run_due()

    def writes(self) -> list[str]:
        """Return who wrote to Xero since its log was emptied, by the log itself."""
        return [str(call["user"]) for call in self.office.calls("POST")]

    def waiting(self) -> int:
        """Return how many people's changes wait to be exported."""
        return len(facade.list_waiting_changes(self.alice))

    def change_somebody(self, mobile: str) -> None:
        """Edit somebody in Tandem."""
        self.office.edit(self.office.someone(), mobile=mobile)


@pytest.fixture
def leaving(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Leaving]:
    with office(cast, sandbox, connected, employees=3) as found:
        record = found.ours()["Rosa Byrne"]
        rosa = join(cast.alice.account, "Rosa Byrne", Role.ACCOUNT_ADMIN, employee=record)
        join(cast.alice.account, "Erin Walsh", Role.ACCOUNT_ADMIN)
        ensure_nightly()
        found.choose(auto_import=True, auto_export=True, create_in_xero=False)
        flows.terminate(
            cast.alice.actor,
            employee_id=record.employee_id,
            termination_on=LAST_DAY,
            reason=TerminationReason.VOLUNTARY,
            is_private=True,
        )
        yield Leaving(found, cast, rosa)


@pytest.mark.unmeasured
def test_the_last_day_passes_with_nobody_acting(leaving: Leaving) -> None:
    at = leaving.office
    leaving.change_somebody("0491 570 313")
    at.automatic()
    assert set(leaving.writes()) == {ROSA}
    leaving.live_until(LAST_DAY - 7 * DAY, LAST_DAY - 3 * DAY, LAST_DAY - DAY, LAST_DAY)
    at.forget_calls()
    leaving.change_somebody("0491 570 737")
    at.edit_in_xero("Alice Lang", JobTitle="Head baker")
    at.automatic()
    leaving.live_until(LAST_DAY + DAY)
    assert at.someone().job_title == "Head baker"
    assert leaving.waiting() >= 1
    assert leaving.writes() == []
    assert {call["user"] for call in at.calls("GET")} == {ROSA}
    _ladder_climbed(leaving)


def _ladder_climbed(leaving: Leaving) -> None:
    """From the owner to support, and never to the leaver, who is an administrator too."""
    entries = [one for one in list_entries(leaving.alice, limit=200) if one.event == "handover.escalated"]
    climbed = [(one.facts["days_before"], one.facts["circle"]) for one in reversed(entries)]
    assert climbed == [(7, "administrators"), (3, "administrators"), (1, "support"), (0, "support")]
    with scope(leaving.alice.account_id):
        letters = Letter.objects.filter(subject__contains="second authoriser").order_by("written_at")
        told = list(letters.values_list("to_address", flat=True))
    assert told[0] == "alice@harbourlane.example"
    assert "erin@harbourlane.example" in told
    assert told.count("support@tandem.example") == 2
    assert leaving.rosa.user.email not in told


def test_what_is_not_public_is_in_no_preview_and_not_in_xero(leaving: Leaving) -> None:
    at, rosa_id = leaving.office, leaving.rosa.actor.employee_id
    assert rosa_id is not None
    at.choose(termination=TerminationFlow.BOTH)
    leaving.change_somebody("0491 570 313")
    at.edit(at.ours()["Rosa Byrne"], mobile="0491 570 737")
    waiting = facade.list_waiting_changes(leaving.alice)
    assert {line.field for change in waiting for line in change.changes} == {"mobile"}
    for reach, person in ((Reach.EVERYTHING, None), (Reach.PERSON, rosa_id)):
        plan = at.preview(RunKind.EXPORT, reach, person=person)
        fields = {change.field for item in plan.items if item.employee_id == rosa_id for change in item.changes}
        assert fields == {"mobile"}
        facade.cancel_run(leaving.alice, plan.summary.run_id)
    at.automatic()
    assert leaving.writes()
    assert not at.theirs()["Rosa Byrne"].get("TerminationDate")
    reason = TerminationReason.VOLUNTARY
    flows.terminate(leaving.alice, employee_id=rosa_id, termination_on=LAST_DAY, reason=reason)
    at.automatic()
    assert at.theirs()["Rosa Byrne"].get("TerminationDate")


def test_writes_go_out_while_they_are_approved_and_stop_by_themselves(leaving: Leaving) -> None:
    at, alice = leaving.office, leaving.alice
    at.clock.advance(days=10)
    leaving.change_somebody("0491 570 313")
    at.automatic()
    assert (leaving.writes(), leaving.waiting()) == ([], 1)
    by_hand = at.sync(RunKind.EXPORT)
    assert "needs a second authoriser" in str([item.outcome for item in by_hand.items])
    assert (leaving.writes(), leaving.waiting()) == ([], 1)
    run = facade.list_runs(alice)[0]
    said = {f"{item.sentence} {item.outcome}" for item in facade.get_run(alice, run.run_id).items}
    assert not [text for text in said if "last safe day" in text or "leave" in text]
    facade.approve_writes(alice, reason=REASON, lasting=7 * DAY)
    approval = facade.approve_writes(alice, reason=REASON, lasting=4 * HOUR)
    assert facade.find_approval(alice) == approval
    run_due()
    assert set(leaving.writes()) == {ROSA}
    assert leaving.waiting() == 0
    at.clock.advance(hours=4)
    assert facade.find_approval(alice) is None
    at.forget_calls()
    leaving.change_somebody("0491 570 737")
    at.automatic()
    assert (leaving.writes(), leaving.waiting()) == ([], 1)
    facade.approve_writes(alice, reason=REASON, lasting=DAY)
    facade.withdraw_approval(alice)
    run_due()
    at.automatic()
    assert leaving.writes() == []
    events = [one.event for one in list_entries(alice, limit=100)]
    assert (events.count("writes.approved"), events.count("writes.approval_ended")) == (3, 1)


@pytest.fixture
def last_day(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    """Rosa, an administrator who authorised the connection, on her last day."""
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    record = hire_employee(cast.alice.actor, details=details)
    rosa = join(cast.alice.account, "Rosa Byrne", Role.ACCOUNT_ADMIN, employee=record)
    assert connected(cast.alice).is_success
    today = frozen.now().date()
    reason = TerminationReason.VOLUNTARY
    flows.terminate(cast.alice.actor, employee_id=record.employee_id, termination_on=today, reason=reason)
    return rosa


def test_an_approval_needs_a_reason_and_an_end(cast: Cast, last_day: Player) -> None:
    for reason, lasting, said in (
        ("no", HOUR, "Give the reason"),
        ("x" * 201, HOUR, "Give the reason"),
        (REASON, timedelta(0), "at most 7 days"),
        (REASON, 8 * DAY, "at most 7 days"),
    ):
        with pytest.raises(Invalid, match=said):
            facade.approve_writes(cast.alice.actor, reason=reason, lasting=lasting)
    assert facade.find_approval(cast.alice.actor) is None


def test_only_an_administrator_who_stays_approves(cast: Cast, last_day: Player) -> None:
    with pytest.raises(NotPermitted):
        facade.approve_writes(cast.bob.actor, reason=REASON, lasting=HOUR)
    with pytest.raises(Invalid, match="your own access"):
        facade.approve_writes(last_day.actor, reason=REASON, lasting=HOUR)
    system = Actor.system(cast.alice.actor.account_id, because="test")
    with pytest.raises(Invalid, match="Only a person"):
        facade.approve_writes(system, reason=REASON, lasting=HOUR)
    with pytest.raises(NotPermitted):
        facade.withdraw_approval(cast.bob.actor)
    with pytest.raises(NotFound):
        facade.withdraw_approval(cast.alice.actor)


def test_where_nobody_leaves_there_is_nothing_to_approve(cast: Cast, last_day: Player) -> None:
    assert last_day.actor.employee_id is not None
    flows.reinstate(cast.alice.actor, employee_id=last_day.actor.employee_id)
    with pytest.raises(Invalid, match="Nobody who holds the connection is leaving"):
        facade.approve_writes(cast.alice.actor, reason=REASON, lasting=HOUR)
