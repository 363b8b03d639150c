"""The way to the simulated Xero: everything that goes over it is noted, and a write is looked at before it leaves."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx2
import psycopg
from django.conf import settings
from tests.simulation.broken import Broken, Promise
from tests.simulation.crashing import ARRIVES, LEAVES, READ_LEAVES, Process

from tandem.kernel import clock
from tandem.testing.xero import ROSA
from tandem_sandbox.journal import Wanted
from tandem_sandbox.testing import Sandbox

PAYROLL = "/payroll.xro/1.0/"
WHOLE_NUMBER = re.compile(r"[0-9]*")
ANNOUNCED = "SELECT count(*) FROM xero_journalentry WHERE idempotency_key = %s AND event = 'intended'"


@dataclass(frozen=True)
class Call:
    """One call as both ends saw it, `at` the time of its answer; `status` is None where no answer came back, `user` who was at Xero's side of it."""

    at: datetime
    method: str
    path: str
    organisation: str
    user: str
    status: int | None
    is_readable: bool
    is_whole_list: bool

    @property
    def is_payroll(self) -> bool:
        """Say whether it concerned payroll."""
        return self.path.startswith(PAYROLL)

    @property
    def is_write(self) -> bool:
        """Say whether it changes people."""
        return self.is_payroll and self.method != "GET"


@dataclass
class Line(httpx2.BaseTransport):
    """Carries calls to a simulator and keeps what it saw; `look` sees both sides, before and after every write.

    `admitted` are those who authorised for the customer's own `organisation`.
    """

    sandbox: Sandbox
    process: Process
    behind: psycopg.Connection[tuple[object, ...]]
    note: Callable[[str], None]
    look: Callable[[], None] = lambda: None
    calls: list[Call] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    admitted: set[str] = field(default_factory=lambda: {ROSA})
    organisation: str = ""
    places: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self._inner = httpx2.WSGITransport(app=self.sandbox.app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry one call, through whatever is in its way."""
        self.process.come_to(LEAVES)
        if request.method == "GET":
            self.process.come_to(READ_LEAVES)
        request.read()
        begun, seen = clock.now(), self._last_seen()
        clock.sleep(0.001)
        self._judge(request)
        try:
            response = self._inner.handle_request(request)
            response.read()
        except (ConnectionError, httpx2.TransportError):
            self._keep(request, seen, None)
            raise
        is_late = clock.now() - begun > timedelta(seconds=settings.TANDEM.xero.read_timeout_seconds)
        self._keep(request, seen, None if is_late else response)
        if is_late:
            raise httpx2.ReadTimeout("Xero took too long.", request=request)
        self.process.come_to(ARRIVES)
        return response

    def _judge(self, request: httpx2.Request) -> None:
        """Look at a call before it leaves: whom it is for, and whether a write was announced."""
        organisation = request.headers.get("Xero-Tenant-Id", "")
        if organisation:
            places = self.places[request.headers["Authorization"]]
            places.add(organisation)
            if len(places) > 1:
                raise Broken(Promise.APART, "one customer's token was used for another customer's organisation")
        if request.method == "GET" or not request.url.path.startswith(PAYROLL):
            return
        self.look()
        key = request.headers.get("Idempotency-Key", "")
        found = self.behind.execute(ANNOUNCED, [key]).fetchone()
        if found is None or not found[0]:
            raise Broken(Promise.JOURNAL, f"{request.method} {request.url.path} left without a committed announcement")
        if self.bodies.setdefault(key, request.content) != request.content:
            raise Broken(Promise.JOURNAL, f"two different bodies left under the key {key}")
        _refuse_masks(json.loads(request.content))

    def _last_seen(self) -> int:
        entries = self.sandbox.simulator.log.entries()
        return entries[-1].seq if entries else 0

    def _keep(self, request: httpx2.Request, seen: int, response: httpx2.Response | None) -> None:
        entries = self.sandbox.simulator.log.entries(Wanted(since=seen))
        mine = [entry for entry in entries if entry.path.lower() == request.url.path.lower()]
        entry = mine[-1] if mine else None
        call = Call(
            at=clock.now(),
            method=request.method,
            path=request.url.path,
            organisation=request.headers.get("Xero-Tenant-Id", "").lower(),
            user=(entry.user or "") if entry else "",
            status=response.status_code if response else None,
            is_readable=entry is not None and entry.fault in (None, "slow", "gzip", "extra_field"),
            is_whole_list=_is_whole_list(request),
        )
        self.calls.append(call)
        if call.organisation == self.organisation and call.user and call.user not in self.admitted:
            raise Broken(Promise.APART, f"{call.user} authorised nothing here, and called {call.path}")
        fault = f" ({entry.fault})" if entry and entry.fault else ""
        self.note(f"{call.method} {call.path}?{request.url.query.decode()} {call.status or 'no answer'}{fault}")
        if call.is_write:
            self.look()


def _is_whole_list(request: httpx2.Request) -> bool:
    is_list = request.method == "GET" and request.url.path == f"{PAYROLL}Employees"
    return is_list and "where" not in request.url.params and "If-Modified-Since" not in request.headers


def _refuse_masks(sent: object) -> None:
    """Raise where a tax file number travels that is not whole."""
    if isinstance(sent, list):
        for one in sent:
            _refuse_masks(one)
    elif isinstance(sent, dict):
        for name, value in sent.items():
            if name == "TaxFileNumber" and not WHOLE_NUMBER.fullmatch(str(value or "")):
                raise Broken(Promise.MASK, "a tax file number left that is not whole")
            _refuse_masks(value)
