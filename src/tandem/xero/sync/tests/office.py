"""An account at work: both sides at hand, and runs carried through as a worker would."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.people.actions import edit_employee, hire_employee
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, Gender
from tandem.people.selectors import iter_employees
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import Connect, TakesTime
from tandem.xero import facade
from tandem.xero.models import Connection
from tandem.xero.schedule import actions
from tandem.xero.sync.pages import Reach, RunPage, Trigger
from tandem.xero.sync.preferences import Authority, Preferences
from tandem.xero.sync.records import RunKind
from tandem_sandbox.testing import Sandbox

MORNING = datetime(2026, 11, 23, 1, tzinfo=UTC)
MARTA = EmployeeDetails(
    first_name="Marta",
    last_name="Nowak",
    date_of_birth=date(1991, 4, 3),
    gender=Gender.FEMALE,
    home_address=Address("9 Quay Street", "", "Geelong", "VIC", "3220", "Australia"),
    mobile="0491 570 158",
    work_email="marta@harbourlane.example",
    job_title="Baker",
    start_on=date(2026, 11, 2),
)


class Crash(BaseException):
    """The worker is gone."""


@dataclass
class Office:
    """One connected account."""

    player: Player
    sandbox: Sandbox
    organisation_id: str
    clock: FrozenClock

    def preview(
        self, kind: RunKind = RunKind.BOTH, reach: Reach = Reach.AUTHORITY, person: UUID | None = None
    ) -> RunPage:
        """Ask for a preview and let the worker read."""
        run_id = facade.preview_run(self.player.actor, kind=kind, reach=reach, employee_id=person)
        actions.run_due()
        return self.page(run_id)

    def approve(self, page: RunPage) -> RunPage:
        """Approve a preview and let the worker carry it out."""
        facade.approve_run(self.player.actor, page.summary.run_id)
        actions.run_due()
        return self.page(page.summary.run_id)

    def sync(self, kind: RunKind = RunKind.BOTH, reach: Reach = Reach.AUTHORITY) -> RunPage:
        """Preview and approve."""
        return self.approve(self.preview(kind, reach))

    def again(self, page: RunPage) -> RunPage:
        """Let the worker do what is due, and look at the run."""
        actions.run_due()
        return self.page(page.summary.run_id)

    def page(self, run_id: UUID) -> RunPage:
        """Look at a run."""
        return facade.get_run(self.player.actor, run_id)

    def automatic(self) -> RunPage:
        """Let the schedule have its turn; return the newest run."""
        self.clock.advance(hours=3)
        actions.run_due()
        return self.page(facade.list_runs(self.player.actor)[0].run_id)

    def choose(self, **choices: Any) -> None:
        """Change the preferences."""
        before = facade.get_preferences(self.player.actor).preferences
        facade.save_preferences(self.player.actor, replace(before, **choices))

    def ours(self) -> dict[str, EmployeeRecord]:
        """Return Tandem's people by name."""
        return {record.full_name: record for record in iter_employees(self.player.actor)}

    def theirs(self) -> dict[str, dict[str, Any]]:
        """Return Xero's people by name, in clear."""
        rows = self.sandbox.control("GET", f"world/organisations/{self.organisation_id}/employees")
        people = rows["employees"] if isinstance(rows, dict) else rows
        return {f"{row['FirstName']} {row['LastName']}": row for row in people}

    def hire(self, details: EmployeeDetails = MARTA) -> EmployeeRecord:
        """Hire somebody in Tandem."""
        return hire_employee(self.player.actor, details=details)

    def edit(self, record: EmployeeRecord, **changes: object) -> EmployeeRecord:
        """Edit somebody in Tandem."""
        return edit_employee(self.player.actor, employee_id=record.employee_id, changes=changes)

    def edit_in_xero(self, name: str, **changes: object) -> None:
        """Edit somebody in Xero."""
        self.clock.advance(seconds=1)
        self.sandbox.control(
            "POST",
            "events",
            {
                "kind": "edit_employee",
                "organisation": self.organisation_id,
                "employee": self.theirs()[name]["EmployeeID"],
                "changes": changes,
            },
        )
        self.clock.advance(seconds=1)

    def fault(self, kind: str, path: str = "/payroll.xro/1.0/employees*", **more: object) -> None:
        """Switch a fault on."""
        self.sandbox.control("POST", "faults", {"path": path, "fault": kind, **more})

    def calls(self, method: str = "") -> list[Mapping[str, Any]]:
        """Return the payroll calls since the log was last emptied."""
        rows = self.sandbox.control("GET", "log?path=/payroll.xro/*")
        entries = rows["entries"] if isinstance(rows, dict) else rows
        return [row for row in entries if not method or row["method"] == method]

    def forget_calls(self) -> None:
        """Empty the log."""
        self.sandbox.control("DELETE", "log")

    def someone(self) -> EmployeeRecord:
        """Return one of the people that both sides know."""
        return self.ours()["Alice Lang"]


def twin(office: Office) -> None:
    """Make Marta in both, so alike that only a person can say whether she is one."""
    office.hire(replace(MARTA, date_of_birth=None))
    office.sandbox.control(
        "POST",
        "events",
        {
            "kind": "create_employee",
            "organisation": office.organisation_id,
            "fields": {
                "FirstName": "Marta",
                "LastName": "Nowak",
                "DateOfBirth": "1991-04-03",
                "HomeAddress": {
                    "AddressLine1": "9 Quay Street",
                    "City": "Geelong",
                    "Region": "VIC",
                    "PostalCode": "3220",
                },
            },
        },
    )
    office.clock.advance(seconds=5)


class Breaks(httpx2.BaseTransport):
    """Breaks the way of one write after the other: each before it reaches Xero, or once it has."""

    def __init__(self, office: Office, breaks: Iterable[tuple[str, Exception]]) -> None:
        self._inner = TakesTime(httpx2.WSGITransport(app=office.sandbox.app))
        self._breaks = list(breaks)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry one call, or break its way."""
        half, error = self._breaks.pop(0) if request.method == "POST" and self._breaks else ("", None)
        if error is not None and half == "before":
            raise error
        response = self._inner.handle_request(request)
        if error is not None:
            raise error
        return response


@contextmanager
def office(
    cast: Cast,
    sandbox: Sandbox,
    connected: Connect,
    *,
    employees: int = 6,
    imported: bool = True,
    alike: bool = False,
) -> Iterator[Office]:
    """A connected account of a few people, imported unless told otherwise; `alike` adds two whom a person must match."""
    with clock.frozen_at(MORNING) as frozen:
        found = Office(cast.alice, sandbox, "", frozen)

        def set_up() -> None:
            sandbox.control("POST", "reset", {"employees": employees})
            connected(cast.alice)
            with scope(cast.alice.actor.account_id):
                assert Connection.objects.filter(account_id=cast.alice.actor.account_id).exists()
            if imported:
                found.sync(RunKind.IMPORT, Reach.EVERYTHING)
                frozen.advance(minutes=5)
            if alike:
                found.organisation_id = str(sandbox.control("GET", "world")["organisations"][0]["id"])
                twin(found)
                found.sync()
            found.forget_calls()

        connected.stand(("office", employees, imported, alike), set_up)
        found.organisation_id = str(sandbox.control("GET", "world")["organisations"][0]["id"])
        yield found


@pytest.fixture
def at_work(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """An office of six people that both sides know."""
    with office(cast, sandbox, connected) as found:
        yield found


@pytest.fixture
def in_doubt(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """The same, and one on each side who look alike: a run has left them to a person."""
    with office(cast, sandbox, connected, alike=True) as found:
        yield found


@pytest.fixture
def before_import(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """The same, before anybody was imported."""
    with office(cast, sandbox, connected, imported=False) as found:
        yield found


__all__ = ["MARTA", "MORNING", "Authority", "Office", "Preferences", "Trigger", "office", "timedelta", "twin"]
