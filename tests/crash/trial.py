"""Kill the real worker with signal 9, over and over, and see from Xero's own books whether anything was lost or doubled.

A worker is a process, forked beforehand, that does what is due. It is killed at a random moment of a two-way run with creates and
updates on both sides; one time in five inside an open call that Xero answers late. Another worker then takes over.
Judged from the simulator's world and request log, and from the product's own people. A creation that nobody can tell
the fate of is asked about: the person looks into Xero's books and answers.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from django.conf import settings
from tests.crash.worker import MOMENT, Worker

from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.people.actions import edit_employee, hire_employee
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord
from tandem.people.selectors import iter_employees
from tandem.testing.cast import Player
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.models import Due, Step
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.sync import doubts, runs
from tandem.xero.sync.pages import Reach, Trigger
from tandem.xero.sync.records import RunKind

LEASE_SECONDS = 1
#: In place of ten minutes: longer than a call that the simulator answers late.
SEARCH_APART_SECONDS = 2
PEOPLE = 6
PATIENCE_SECONDS = 60
MOMENTS = 0.1
HOME = Address("9 Quay Street", "", "Geelong", "VIC", "3220", "Australia")


@dataclass
class Verdict:
    """What the books say at the end."""

    points: int = 0
    killed_inside_a_call: int = 0
    killed_at_work: int = 0
    asked: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.points} kills ({self.killed_at_work} while at work, {self.killed_inside_a_call} inside an open call) in "
            f"{self.seconds:.0f} s, {self.asked} asked about: {len(self.lost)} lost, {len(self.doubled)} doubled"
        )


class Simulator:
    """A simulated Xero in a process of its own, which outlives every worker."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tandem_sandbox", "serve", "--port", str(self.port), "--employees", str(PEOPLE)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._http = httpx2.Client(base_url=self.url, timeout=20)
        self._wait()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                self.control("GET", "health")
            except httpx2.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(MOMENT)
            else:
                return

    def control(self, method: str, path: str, json: object = None) -> Any:
        """Call the control API."""
        answer = self._http.request(method, f"/_sandbox/{path}", json=json)
        answer.raise_for_status()
        return answer.json()

    def people(self, organisation: str) -> list[dict[str, Any]]:
        """Return everybody in an organisation, in clear."""
        found = self.control("GET", f"world/organisations/{organisation}/employees")
        rows: list[dict[str, Any]] = found["employees"] if isinstance(found, dict) else found
        return rows

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the request log."""
        found = self.control("GET", f"log?since={since}")
        rows: list[dict[str, Any]] = found["entries"] if isinstance(found, dict) else found
        return rows

    def stop(self) -> None:
        """End the process."""
        self._http.close()
        self._process.terminate()
        self._process.wait(timeout=10)


@contextmanager
def pointed_at(simulator: Simulator) -> Iterator[None]:
    """Point the product, and every worker forked from here, at the simulator; no limits, leases of a second."""
    before = settings.TANDEM
    xero = replace(
        before.xero,
        token_url=f"{simulator.url}/connect/token",
        revocation_url=f"{simulator.url}/connect/revocation",
        jwks_url=f"{simulator.url}/.well-known/openid-configuration/jwks",
        api_url=simulator.url,
        calls_per_minute=1_000_000,
        calls_per_day=10_000_000,
        app_calls_per_minute=10_000_000,
        read_timeout_seconds=20,
        search_apart_seconds=SEARCH_APART_SECONDS,
    )
    settings.TANDEM = replace(before, xero=xero, windows=replace(before.windows, lease_seconds=LEASE_SECONDS))
    simulator.control("PATCH", "limits", {"minute": None, "day": None, "app_minute": None})
    try:
        yield
    finally:
        settings.TANDEM = before


class Trial:
    """One account, killed again and again."""

    def __init__(self, player: Player, simulator: Simulator, *, seed: int) -> None:
        self._player = player
        self._simulator = simulator
        self._chance = random.Random(seed)
        self._actor = Actor.system(player.actor.account_id, because="kill test")
        self._hired: list[str] = []
        self._added: list[str] = []
        self._titles: dict[str, str] = {}
        self._usual_calls = 1
        self.verdict = Verdict()
        self._organisation = str(simulator.control("GET", "world")["organisations"][0]["id"])

    def connect(self) -> None:
        """Consent as a person would, and bring everybody in."""
        address = start_consent(self._player.actor, purpose=ConsentPurpose.CONNECT, session_key="kill nine")
        answer = self._simulator.control(
            "POST",
            "consent",
            {
                "authorize_url": address,
                "user": "rosa.byrne@example.com",
                "organisations": [self._organisation],
                "allow": True,
            },
        )
        params = dict(parse_qsl(urlsplit(answer["redirect_to"]).query))
        finish_consent(session_key="kill nine", user_id=self._player.user.id, params=params)
        self._begin()
        self._run_to_the_end(self._fork())

    def measure(self) -> None:
        """Let one run go undisturbed, to know how many calls one makes."""
        self._change_both_sides(0)
        since = self._last_call()
        self._begin()
        self._run_to_the_end(self._fork())
        self._usual_calls = self._last_call() - since

    def _last_call(self) -> int:
        return max((row["seq"] for row in self._simulator.log()), default=0)

    def kill_once(self, number: int, *, inside_a_call: bool) -> None:
        """Change both sides, begin a run, kill its worker, let another finish it."""
        victim, heir = self._fork(), self._fork()
        self._change_both_sides(number)
        since = self._last_call()
        self._begin()
        if inside_a_call:
            self._delay_a_call()
        victim.start()
        if inside_a_call:
            self._wait_for_delayed_call(since)
        else:
            self._wait_for_calls(since, self._chance.randrange(self._usual_calls))
        os.kill(victim.pid, signal.SIGKILL)
        _, status = os.waitpid(victim.pid, 0)
        self.verdict.points += 1
        self.verdict.killed_at_work += os.WIFSIGNALED(status)
        self.verdict.killed_inside_a_call += inside_a_call
        self._simulator.control("DELETE", "faults")
        self._run_to_the_end(heir)
        self._answer()

    def _answer(self) -> None:
        """Say of everybody whom Xero never confirmed whether to send them again, as a person would who looks there."""
        there = {row["FirstName"] for row in self._simulator.people(self._organisation)}
        ours = {found[0].employee_id: name for name, found in self._ours().items()}
        with scope(self._actor.account_id):
            asked = list(Step.objects.filter(status="unknown", outcome_code=doubts.UNCONFIRMED))
        for row in asked:
            is_missing = row.employee_id is not None and ours[row.employee_id] not in there
            doubts.decide_unknown(self._player.actor, row.step_id, send_again=is_missing)
        self.verdict.asked += len(asked)

    def settle(self) -> None:
        """Let one more run go undisturbed, which sends whoever is to be sent again."""
        self._begin()
        self._run_to_the_end(self._fork())

    def _change_both_sides(self, number: int) -> None:
        """Hire somebody here, add somebody there, and edit one of the others on each side."""
        name = f"Here{number}"
        details = EmployeeDetails(
            first_name=name, last_name="Kill", date_of_birth=date(1990, 1, 1 + number % 28), home_address=HOME
        )
        hire_employee(self._player.actor, details=details)
        self._hired.append(name)
        there = f"There{number}"
        fields = {
            "FirstName": there,
            "LastName": "Kill",
            "DateOfBirth": f"1985-02-{1 + number % 28:02d}",
            "HomeAddress": {"AddressLine1": "9 Quay Street", "City": "Geelong", "Region": "VIC", "PostalCode": "3220"},
        }
        self._event("create_employee", fields=fields)
        self._added.append(there)
        seeded = sorted(
            row["number"] for row in self._simulator.people(self._organisation) if row["LastName"] != "Kill"
        )
        here, there = self._chance.sample(seeded, 2)
        self._edit(number, {here}, {there})

    def _edit(self, number: int, here: set[int], there: set[int]) -> None:
        ours = self._ours()
        for row in self._simulator.people(self._organisation):
            name = row["FirstName"]
            if row["number"] in here:
                self._titles[name] = f"Baker {number}"
                record = ours[name][0]
                edit_employee(
                    self._player.actor, employee_id=record.employee_id, changes={"job_title": self._titles[name]}
                )
            elif row["number"] in there:
                self._titles[name] = f"Cook {number}"
                self._event("edit_employee", employee=row["EmployeeID"], changes={"JobTitle": self._titles[name]})

    def _event(self, kind: str, **more: object) -> None:
        self._simulator.control("POST", "events", {"kind": kind, "organisation": self._organisation, **more})

    def _ours(self) -> dict[str, list[EmployeeRecord]]:
        found: dict[str, list[EmployeeRecord]] = {}
        for record in iter_employees(self._player.actor):
            found.setdefault(record.first_name, []).append(record)
        return found

    def _begin(self) -> None:
        """Make a two-way run due; probes would only blur the picture."""
        Due.objects.filter(kind__in=("probe", "refresh", "nightly")).delete()
        runs.begin(self._actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY, trigger=Trigger.SCHEDULE)

    def _delay_a_call(self) -> None:
        """Let Xero be late with one write or read: sometimes later than the lease is long."""
        self._simulator.control(
            "POST",
            "faults",
            {
                "path": "/payroll.xro/1.0/employees*",
                "method": self._chance.choice(["POST", "POST", "GET"]),
                "fault": "slow",
                "seconds": self._chance.uniform(0.2, 1.6 * LEASE_SECONDS),
                "count": 1,
            },
        )

    def _wait_for_delayed_call(self, since: int) -> None:
        self._wait(lambda: any(row["fault"] == "slow" and row["status"] is None for row in self._simulator.log(since)))

    def _wait_for_calls(self, since: int, calls: int) -> None:
        self._wait(lambda: len(self._simulator.log(since)) >= calls)

    def _wait(self, is_there: Callable[[], bool]) -> None:
        """Wait until it is there and a random moment longer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_there():
            if time.monotonic() > deadline:
                raise AssertionError("The worker never came to the call at which it was to be killed.")
            time.sleep(MOMENT)
        time.sleep(self._chance.uniform(0, MOMENTS))

    def _fork(self) -> Worker:
        return Worker.fork(self._player.actor.account_id)

    def _run_to_the_end(self, worker: Worker) -> None:
        worker.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while os.waitpid(worker.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(worker.pid, signal.SIGKILL)
                os.waitpid(worker.pid, 0)
                raise AssertionError(f"A run did not end: {self._simulator.log()[-5:]}")
            time.sleep(MOMENT)

    def judge(self) -> Verdict:
        """Compare what should be with Xero's world, its request log, and our own people."""
        theirs = Counter(row["FirstName"] for row in self._simulator.people(self._organisation))
        ours = Counter({name: len(found) for name, found in self._ours().items()})
        for name in (*self._hired, *self._added):
            self._count(f"{name} in Xero", theirs[name])
            self._count(f"{name} in Tandem", ours[name])
        titles_there = {row["FirstName"]: row.get("JobTitle") for row in self._simulator.people(self._organisation)}
        titles_here = {name: found[0].job_title for name, found in self._ours().items()}
        for name, title in self._titles.items():
            if (titles_there.get(name), titles_here.get(name)) != (title, title):
                self.verdict.lost.append(f"the title of {name}")
        done = Counter(
            row["idempotency_key"]
            for row in self._simulator.log()
            if row["idempotency_key"] and row["status"] == 200 and not row["replayed"]
        )
        self.verdict.doubled += [f"write {key}" for key, count in done.items() if count > 1]
        for row in self._simulator.people(self._organisation):
            if row["FirstName"] in self._hired and row["writes"] != 1:
                self.verdict.doubled.append(f"{row['writes']} writes of {row['FirstName']}")
        return self.verdict

    def _count(self, what: str, found: int) -> None:
        if not found:
            self.verdict.lost.append(what)
        elif found > 1:
            self.verdict.doubled.append(what)


def try_points(player: Player, *, points: int, seed: int) -> Verdict:
    """Kill as often as asked and return what the books say."""
    simulator = Simulator()
    started = time.monotonic()
    try:
        with pointed_at(simulator):
            trial = Trial(player, simulator, seed=seed)
            trial.connect()
            trial.measure()
            for number in range(1, points + 1):
                trial.kill_once(number, inside_a_call=number % 5 == 0)
            trial.settle()
            verdict = trial.judge()
    finally:
        simulator.stop()
    verdict.seconds = time.monotonic() - started
    return verdict
