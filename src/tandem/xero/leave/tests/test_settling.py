"""Approved leave goes to Xero once, whatever happens on the way; what Xero says comes back; the rest becomes a task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tandem.access.roles import Role
from tandem.flows import leave as flows
from tandem.kernel import clock
from tandem.kernel.errors import Invalid
from tandem.kernel.scoping import scope
from tandem.people import leave
from tandem.people.leave_records import LeaveLine, LeaveStatus, LeaveStepKind, LeaveTerms
from tandem.testing.cast import Cast, Player, join
from tandem.xero import facade
from tandem.xero.catalog import reading
from tandem.xero.client import transport
from tandem.xero.mapping.leave_moves import BOTH_CHANGED, DELETE_IN_XERO, GONE
from tandem.xero.matching.matching import Side
from tandem.xero.models import LeaveEntry
from tandem.xero.schedule import actions
from tandem.xero.sync import journal
from tandem.xero.sync.tests.office import Breaks, Office
from tandem_sandbox.world import leave as xero_leave

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
LEAVE = "/payroll.xro/1.0/leaveapplications*"


class Crash(Exception):
    """The worker is gone."""


@dataclass
class Desk:
    """Ken, who decides, and Ada, whom both sides know, at their screens."""

    office: Office
    ken: Player
    ada: Player
    types: Mapping[str, UUID]

    @property
    def person(self) -> UUID:
        return self.office.someone().employee_id

    def ask(self, first: int = 14, last: int = 18, *, title: str = "Beach") -> UUID:
        terms = LeaveTerms(self.types["Annual Leave"], date(2026, 12, first), date(2026, 12, last), title)
        return flows.ask_leave(self.ada.actor, employee_id=self.person, terms=terms)

    def approve(self, request_id: UUID) -> UUID:
        seen = self.line(request_id).revision
        flows.approve_leave(self.ken.actor, employee_id=self.person, request_id=request_id, seen=seen)
        return request_id

    def change(self, request_id: UUID, *, last: int) -> None:
        line = self.line(request_id)
        terms = LeaveTerms(self.types["Annual Leave"], line.request.terms.from_on, date(2026, 12, last), "Beach")
        where = {"employee_id": self.person, "request_id": request_id}
        assert flows.change_leave(self.ken.actor, **where, seen=line.revision, terms=terms)

    def line(self, request_id: UUID) -> LeaveLine:
        return leave.find_leave(self.ken.actor, employee_id=self.person, request_id=request_id)

    def says(self, request_id: UUID) -> str:
        line = self.line(request_id)
        return facade.leave_pages.leave_states(self.ken.actor, lines=[line])[request_id].text

    def send(self) -> None:
        self.office.clock.advance(seconds=5)
        facade.settle_leave_now(self.ken.actor)

    def writes(self) -> list[str]:
        return [str(row["path"]) for row in self.office.calls("POST")]

    def theirs(self, title: str = "Beach") -> list[dict[str, Any]]:
        world = self.office.sandbox.simulator.world
        organisation = world.organisation_named(self.office.organisation_id)
        assert organisation
        return [row for row in xero_leave.of(world, organisation).values() if row["Title"] == title]

    def enter_in_xero(self, first: int, last: int, *, title: str, waits: bool = False) -> None:
        """Enter leave as somebody would on Xero's own screens."""
        simulator = self.office.sandbox.simulator
        organisation = simulator.world.organisation_named(self.office.organisation_id)
        assert organisation
        record = {
            "EmployeeID": self.office.theirs()["Alice Lang"]["EmployeeID"],
            "LeaveTypeID": str(self.types["Annual Leave"]),
            "Title": title,
            "StartDate": f"2026-12-{first}",
            "EndDate": f"2026-12-{last}",
        }
        more: dict[str, Any] = {"switches": simulator.switches, "now": clock.now()}
        if waits:
            assert xero_leave.request(simulator.world, organisation, record, **more).row
        else:
            (saved,) = xero_leave.save(simulator.world, organisation, [record], target=None, **more)
            assert saved.row

    def change_in_xero(self, *, last: int, is_told: bool = True) -> None:
        """Change the last day there; without `is_told` no list tells of it."""
        (row,) = self.theirs()
        row["EndDate"] = f"2026-12-{last}"
        row["UpdatedDateUTC"] = clock.now().isoformat() if is_told else row["UpdatedDateUTC"]

    def journal(self) -> list[tuple[str, str]]:
        account_id = self.ken.account.account_id
        with scope(account_id):
            rows = LeaveEntry.objects.filter(account_id=account_id).order_by("entry_id")
            return [(row.event, row.idempotency_key) for row in rows]


@pytest.fixture
def desk(cast: Cast, at_work: Office, ken: Player, monkeypatch: pytest.MonkeyPatch) -> Desk:
    ada = join(cast.alice.account, "Ada Lang", Role.SELF_SERVICE, employee=at_work.someone())
    # No leave that nobody here asked for, and of the lists the leave types alone: each test costs a third less.
    organisation = at_work.sandbox.simulator.world.organisation_named(at_work.organisation_id)
    assert organisation
    organisation.leave = {}
    monkeypatch.setattr(reading, "READERS", reading.READERS[:1])
    facade.read_lists_now(cast.alice.actor)
    at_work.forget_calls()
    return Desk(at_work, ken, ada, {one.name: one.leave_type_id for one in facade.list_leave_types(ken.actor)})


def test_approved_leave_goes_once_changes_follow_and_what_xero_cannot_take_back_is_a_task(desk: Desk) -> None:
    asked = desk.ask()
    desk.send()
    assert desk.writes() == []
    assert desk.says(desk.approve(asked)) == "Not in Xero yet"
    desk.send()
    (row,) = desk.theirs()
    assert (row["StartDate"], row["EndDate"], desk.says(asked)) == ("2026-12-14", "2026-12-18", "In Xero")
    desk.office.forget_calls()
    desk.send()
    assert [call["method"] for call in desk.office.calls()] == ["GET"]
    desk.change(asked, last=16)
    assert desk.says(asked).startswith("Changed here")
    desk.send()
    assert desk.theirs()[0]["EndDate"] == "2026-12-16"
    events, keys = zip(*desk.journal(), strict=True)
    assert events == ("intended", "applied") * 2
    assert len(set(keys)) == 2
    desk.office.forget_calls()
    flows.withdraw_leave(desk.ada.actor, employee_id=desk.person, request_id=asked)
    desk.send()
    assert desk.writes() == []
    assert desk.says(asked) == DELETE_IN_XERO
    assert [line.request.request_id for line in facade.leave_pages.get_leave_overview(desk.ken.actor).tasks] == [asked]


def test_leave_goes_by_itself_with_automatic_exports_and_comes_by_itself_with_automatic_imports(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    actions.run_due()
    desk.office.choose(read_only=True)
    desk.send()
    assert desk.writes() == []
    desk.office.choose(read_only=False, auto_export=True)
    later = desk.approve(desk.ask(21, 22, title="Family"))
    desk.enter_in_xero(28, 29, title="Break")
    actions.run_due()
    assert {desk.says(asked), desk.says(later)} == {"In Xero"}
    known = leave.list_leave(desk.ken.actor, employee_id=desk.person)
    assert {line.request.terms.title for line in known} == {"Beach", "Family"}


def test_a_lost_answer_or_a_worker_that_dies_leaves_exactly_one_application(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = {"lost": desk.approve(desk.ask(1, 1, title="lost"))}
    desk.office.fault("committed_but_lost", path=LEAVE, method="POST", count=1)
    desk.send()
    assert desk.says(requests["lost"]) == "Sent, and not confirmed by Xero yet"
    desk.send()
    assert len({key for event, key in desk.journal() if event == "intended"}) == 1
    for day, boundary in enumerate(("after call", "outcome written"), 10):
        requests[boundary] = desk.approve(desk.ask(day, day, title=boundary))
        with monkeypatch.context() as dying:
            dying.setattr(journal, "at_boundary", _dying_at(boundary))
            with pytest.raises(Crash):
                desk.send()
        desk.send()
    assert {title: (len(desk.theirs(title)), desk.says(asked)) for title, asked in requests.items()} == dict.fromkeys(
        requests, (1, "In Xero")
    )


def test_leave_that_never_reached_xero_goes_out_again_at_once(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    with transport.through(Breaks(desk.office, [("before", httpx2.ConnectError("refused"))])):
        desk.send()
        assert desk.says(asked) == "Sent, and not confirmed by Xero yet"
        desk.send()
    assert (len(desk.theirs()), desk.says(asked)) == (1, "In Xero")


def test_leave_that_xero_failed_to_take_goes_out_again_under_a_key_of_its_own(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.office.fault("status", path=LEAVE, method="POST", count=1, status=500)
    desk.send()
    assert desk.theirs() == []
    desk.send()
    assert (len(desk.theirs()), desk.says(asked)) == (1, "In Xero")
    first, second = (key for event, key in desk.journal() if event == "intended")
    assert first != second


def test_leave_that_lands_after_its_key_was_forgotten_is_there_once(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.office.fault("committed_late", path=LEAVE, method="POST", count=1, seconds=400)
    for minutes in (0, 1, 11):
        desk.office.clock.advance(minutes=minutes)
        desk.send()
    assert (len(desk.theirs()), desk.says(asked)) == (1, "In Xero")


def _dying_at(boundary: str) -> Callable[[str], None]:
    def die(name: str) -> None:
        if name == boundary:
            raise Crash(name)

    return die


def test_what_is_asked_for_or_entered_in_xero_comes_here_and_is_approved_there(desk: Desk) -> None:
    desk.enter_in_xero(21, 23, title="Moving house", waits=True)
    desk.enter_in_xero(28, 29, title="Break")
    desk.send()
    found = {line.request.terms.title: line for line in leave.list_leave(desk.ada.actor, employee_id=desk.person)}
    waits, entered = found["Moving house"], found["Break"]
    assert (waits.request.status, waits.asked_by_id) == (LeaveStatus.REQUESTED, None)
    assert entered.request.status is LeaveStatus.APPROVED
    where = {"employee_id": desk.person, "request_id": entered.request.request_id}
    assert [step.what for step in leave.list_leave_steps(desk.ada.actor, **where)] == [LeaveStepKind.FROM_PAYROLL]
    desk.approve(waits.request.request_id)
    desk.send()
    (row,) = desk.theirs("Moving house")
    assert xero_leave.statuses(row) == {"SCHEDULED"}
    assert [path.rpartition("/")[2] for path in desk.writes()] == ["approve"]
    assert desk.says(waits.request.request_id) == "In Xero"


def test_where_both_changed_a_person_chooses_a_side(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.send()
    for keep, ours, theirs in ((Side.HR, 16, 24), (Side.XERO, 17, 23)):
        desk.change(asked, last=ours)
        desk.change_in_xero(last=theirs)
        desk.send()
        assert desk.says(asked) == BOTH_CHANGED
        where = {"employee_id": desk.person, "request_id": asked}
        facade.leave_pages.choose_leave(desk.ken.actor, **where, keep=keep)
        desk.send()
        (row,) = desk.theirs()
        wanted = date(2026, 12, ours if keep is Side.HR else theirs)
        assert (desk.line(asked).request.terms.until_on, row["EndDate"]) == (wanted, wanted.isoformat())
        assert desk.says(asked) == "In Xero"


def test_what_was_announced_is_not_sent_over_an_edit_made_in_xero_meanwhile(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.send()
    desk.change(asked, last=16)
    desk.office.fault("dropped", path=LEAVE, method="POST", count=1)
    desk.send()
    desk.change_in_xero(last=24)
    desk.office.forget_calls()
    desk.send()
    assert desk.writes() == []
    assert desk.says(asked) == BOTH_CHANGED


def test_a_create_whose_key_is_forgotten_is_found_again_and_not_repeated(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.office.fault("committed_but_lost", path=LEAVE, method="POST", count=1)
    desk.send()
    desk.office.clock.advance(minutes=11)
    actions.run_due()
    desk.send()
    assert len(desk.theirs()) == 1
    assert [event for event, _ in desk.journal()] == ["intended", "unknown", "adopted"]
    assert desk.says(asked) == "In Xero"


def test_a_create_that_was_never_found_is_left_to_a_person_and_sent_again_at_a_press(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.office.fault("dropped", path=LEAVE, method="POST", count=1)
    desk.send()
    for _ in range(3):
        desk.office.clock.advance(minutes=11)
        actions.run_due()
        desk.send()
    assert desk.theirs() == []
    assert "Xero never confirmed this leave" in desk.says(asked)
    with pytest.raises(Invalid):
        facade.leave_pages.choose_leave(desk.ken.actor, employee_id=desk.person, request_id=asked, keep=Side.HR)
    facade.leave_pages.send_leave_again(desk.ken.actor, employee_id=desk.person, request_id=asked)
    desk.send()
    assert len(desk.theirs()) == 1
    assert desk.says(asked) == "In Xero"


def test_leave_in_a_posted_pay_run_is_never_changed_and_says_what_to_do(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.send()
    (row,) = desk.theirs()
    for period in row["LeavePeriods"]:
        xero_leave.process(
            desk.office.sandbox.simulator.world, row, start=period["PayPeriodStartDate"], now=clock.now()
        )
    desk.office.forget_calls()
    desk.change(asked, last=16)
    desk.send()
    assert desk.writes() == []
    assert "is in a posted pay run, and Xero does not change leave that was paid." in desk.says(asked)


def test_an_edit_in_xero_that_no_list_told_of_is_seen_before_it_is_written_over(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.send()
    desk.office.clock.advance(minutes=4)
    desk.send()
    desk.office.clock.advance(minutes=4)
    desk.change_in_xero(last=24, is_told=False)
    desk.change(asked, last=16)
    desk.office.forget_calls()
    desk.send()
    assert desk.writes() == []
    assert desk.says(asked) == BOTH_CHANGED


def test_leave_that_was_deleted_in_xero_is_noticed_within_the_week(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.send()
    world = desk.office.sandbox.simulator.world
    organisation = world.organisation_named(desk.office.organisation_id)
    assert organisation
    assert organisation.leave
    organisation.leave.clear()
    desk.office.clock.advance(minutes=5)
    desk.send()
    assert desk.says(asked) == "In Xero"
    desk.office.clock.advance(days=7)
    actions.run_due()
    desk.send()
    assert desk.says(asked) == GONE
    assert desk.writes() == ["/payroll.xro/1.0/LeaveApplications"]


def test_what_xero_refuses_is_a_task_in_its_words_and_goes_at_a_press(desk: Desk) -> None:
    desk.enter_in_xero(14, 15, title="Break")
    asked = desk.approve(desk.ask(16, 18))
    desk.office.sandbox.control("PATCH", "switches", {"leave_overlap": "refuse"})
    (row,) = desk.theirs("Break")
    row["EndDate"] = "2026-12-16"
    desk.send()
    assert "Xero refused this leave: The employee has other leave on these dates." in desk.says(asked)
    row["EndDate"] = "2026-12-15"
    desk.send()
    assert len(desk.theirs()) == 0
    facade.leave_pages.send_leave_again(desk.ken.actor, employee_id=desk.person, request_id=asked)
    desk.send()
    assert desk.says(asked) == "In Xero"


def test_where_xero_only_notes_what_was_sent_it_is_approved_there_too(desk: Desk) -> None:
    desk.office.sandbox.control("PATCH", "switches", {"new_leave_status": "REQUESTED"})
    asked = desk.approve(desk.ask())
    desk.send()
    (row,) = desk.theirs()
    assert xero_leave.statuses(row) == {"SCHEDULED"}
    assert len(desk.writes()) == 2
    assert desk.says(asked) == "In Xero"


@pytest.mark.unmeasured
def test_a_limit_on_the_way_costs_nothing(desk: Desk) -> None:
    asked = desk.approve(desk.ask())
    desk.office.fault("status", path=LEAVE, method="POST", status=429, count=1)
    desk.send()
    assert desk.says(asked) == "Not in Xero yet"
    desk.office.clock.advance(minutes=2)
    desk.send()
    assert len(desk.theirs()) == 1
