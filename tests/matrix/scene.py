"""One account in front of a simulated Xero, in this process and under a virtual clock: what can befall it, and what undoes it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
from django.conf import settings

from tandem.flows.people import reinstate, terminate
from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import joined_scope, scope
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord, TerminationReason
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, BAKERY, ROSA, SESSION_KEY, TakesTime, at_xero
from tandem.xero.client import transport
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.session import open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Grant
from tandem.xero.oauth import vault
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.schedule import actions
from tandem_sandbox.testing import Sandbox

#: A Wednesday: the simulator pays on Tuesdays, and near a pay day probes come closer than on most days.
BEGINS = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
PEOPLE = 60


class Line(httpx2.BaseTransport):
    """The way to Xero: counts, gives up on answers that take too long, and can lose people out of a list."""

    def __init__(self, inner: httpx2.BaseTransport) -> None:
        self._inner = inner
        self.percent_left: int | None = None
        self.calls: Counter[date] = Counter()
        self.refreshes = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on, and time it."""
        begun = clock.now()
        is_token = request.url.path == "/connect/token"
        self.calls[begun.date()] += not is_token
        response = self._inner.handle_request(request)
        self.refreshes += is_token and response.status_code == 200
        if clock.now() - begun > timedelta(seconds=settings.TANDEM.xero.read_timeout_seconds):
            raise httpx2.ReadTimeout("Xero took too long.", request=request)
        if self.percent_left is None or not request.url.path.endswith("/Employees") or response.status_code != 200:
            return response
        response.read()
        body = response.json()
        people = body["Employees"]
        body["Employees"] = people[: len(people) * self.percent_left // 100]
        return httpx2.Response(200, json=body, headers={"Date": response.headers["Date"]})


@dataclass
class Scene:
    """Alice's account, the simulated Xero, the clock, and whom Xero refuses now."""

    cast: Cast
    clock: FrozenClock
    sandbox: Sandbox
    line: Line
    right: Any
    rosa: EmployeeRecord | None = None
    skew: timedelta = timedelta(0)
    is_standing_still: bool = False
    changed_at: datetime = BEGINS
    hit: set[str] = field(default_factory=set)
    later: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)

    @property
    def account_id(self) -> Any:
        """Return the account that the scene is about."""
        return self.cast.alice.account.account_id

    def control(self, method: str, path: str, **given: object) -> Any:
        """Tell the simulated Xero something."""
        return self.sandbox.control(method, path, given)

    def event(self, kind: str, **given: object) -> None:
        """Let a life event happen in the bakery's organisation, to Rosa where it is about somebody."""
        self.control("POST", "events", kind=kind, **given)

    def fault(self, path: str, fault: str, **given: object) -> None:
        """Switch a fault on."""
        self.sandbox.control("POST", "faults", {"path": path, "fault": fault, **given})

    def mend(self) -> None:
        """Put back everything that was changed at Xero, on the line and in this installation."""
        settings.TANDEM = self.right
        self.skew, self.line.percent_left, self.is_standing_still = timedelta(0), None, False
        self.sandbox.control("POST", "events", {"kind": "put_back"})
        self.sandbox.control("DELETE", "faults")
        self.sandbox.control("DELETE", "limits")
        self.sandbox.control("DELETE", "switches")

    def installation(self, **changed: Any) -> None:
        """Change what the installation was told."""
        settings.TANDEM = replace(settings.TANDEM, **changed)

    def consent(self, *, user: str, purpose: ConsentPurpose, organisation: str = BAKERY) -> bool:
        """Go through a consent as a person does; say whether it came to something."""
        alice = self.cast.alice
        address = start_consent(alice.actor, purpose=purpose, session_key=SESSION_KEY)
        params = at_xero(self.sandbox, address, user=user, organisations=[organisation])
        return finish_consent(session_key=SESSION_KEY, user_id=alice.user.id, params=params).is_success

    def revoke(self, role: str = "primary") -> None:
        """Revoke a grant from outside, as its person may."""
        with scope(self.account_id):
            grant = Grant.objects.get(role=role)
            self.hit = {grant.holder_email}
            token = vault.refresh_token_of(grant)
        form = {"token": token}
        self.sandbox.app.test_client().post(
            "/connect/revocation", data=form, auth=(self.right.xero.client_id, self.right.xero.client_secret)
        )

    def hire(self) -> None:
        """Enter Rosa, who authorises, as one of the account's people."""
        details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
        self.rosa = self.rosa or hire_employee(self.cast.alice.actor, details=details)

    def dismiss(self) -> None:
        """Enter Rosa's last day: today."""
        if self.rosa is not None:
            terminate(
                self.cast.bob.actor,
                employee_id=self.rosa.employee_id,
                termination_on=clock.today_in("Australia/Melbourne"),
                reason=TerminationReason.VOLUNTARY,
            )

    def take_her_back(self) -> None:
        """Take Rosa's last day back."""
        if self.rosa is not None:
            reinstate(self.cast.bob.actor, employee_id=self.rosa.employee_id)

    def has_standby(self) -> bool:
        """Say whether a second person stands ready."""
        with scope(self.account_id):
            return Grant.objects.filter(role="standby").exists()

    def carrier(self) -> tuple[str, datetime | None]:
        """Return who carries the connection, and until when the access token lives."""
        with joined_scope(self.account_id):
            row = Grant.objects.filter(role="primary").first()
            return (row.holder_email, row.access_expires_at) if row else ("", None)

    def in_a_while(self, minutes: float, act: Callable[[], object]) -> None:
        """Let something happen later."""
        self.later.append((self.clock.now() + timedelta(minutes=minutes), act))
        self.later.sort(key=lambda entry: entry[0])

    def do_what_is_due(self) -> None:
        """Let happen what was put off until now, and let Tandem do what is due."""
        while self.later and self.later[0][0] <= self.clock.now():
            self.later.pop(0)[1]()
            self.changed_at = self.clock.now()
        if not self.is_standing_still:
            actions.run_due()

    def somebody_calls(self) -> None:
        """Read one page because a person looks."""
        try:
            open_session(self.account_id, purpose=Purpose.PERSON).list_employees()
        except TandemError:
            return


@contextmanager
def raised(cast: Cast, *, with_standby: bool, people: int = PEOPLE) -> Iterator[Scene]:
    """Raise a scene: an account that Rosa connected, with Amir as standby or nobody, and everything green."""
    right = settings.TANDEM
    with clock.frozen_at(BEGINS) as stopped:
        scene_clock: list[Scene] = []
        sandbox = Sandbox(
            employees=people,
            clock=lambda: clock.now() + (scene_clock[0].skew if scene_clock else timedelta(0)),
            sleep=clock.sleep,
        )
        line = Line(TakesTime(httpx2.WSGITransport(app=sandbox.app)))
        scene = Scene(cast, stopped, sandbox, line, right)
        scene_clock.append(scene)
        try:
            with transport.through(line):
                scene.hire()
                scene.consent(user=ROSA, purpose=ConsentPurpose.CONNECT)
                if with_standby:
                    scene.consent(user=AMIR, purpose=ConsentPurpose.STANDBY)
                yield scene
        finally:
            settings.TANDEM = right
