"""One seed under way: the real product, the simulated Xero, the clock that both go by, and what was seen so far."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from uuid import UUID

import psycopg
from django.conf import settings
from tests.simulation import ground as beginning
from tests.simulation.book import Book, Key
from tests.simulation.broken import Broken, Promise
from tests.simulation.chance import repeatable
from tests.simulation.crashing import Process
from tests.simulation.eyes import Eyes
from tests.simulation.fields import ENDED, Field, Side
from tests.simulation.ground import Ground
from tests.simulation.line import Call, Line

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import TandemError
from tandem.testing.cast import Cast
from tandem.testing.scenes import Storage
from tandem.xero.client import transport
from tandem.xero.schedule import actions
from tandem_sandbox.testing import ControlRefused, Sandbox

ROUNDS = 60


class _Surprises(logging.Handler):
    """Keeps what the product's log calls an error: work that broke in a way nobody foresaw."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.found.append(f"{record.getMessage()}: {error!r}")


class Stage:
    """Everything that acts and judges need, and the trace of what was decided and what came of it."""

    def __init__(self, seed: int, cast: Cast, sandbox: Sandbox, stopped: FrozenClock, behind: psycopg.Connection[tuple[object, ...]]) -> None:  # fmt: skip
        self.seed = seed
        self.cast = cast
        self.sandbox = sandbox
        self.clock = stopped
        self.behind = behind
        self.chance = Random(f"acts of {seed}")
        self.order = Random(f"order of {seed}")
        self.trace: list[str] = []
        self.book = Book()
        self.process = Process(self.note)
        self.eyes = Eyes(sandbox, behind, cast.alice.account.account_id)
        self.line = Line(sandbox, self.process, behind, self.note, self.look)
        self.line.organisation = self.eyes.organisation
        self.line.calls += _calls_so_far(sandbox)
        self.surprises = _Surprises()
        self.last: tuple[str, Field] | None = None
        self.judged_calls = 0
        self._serial = 0

    @property
    def actor(self) -> Actor:
        """Return the administrator of the customer that this is about."""
        return self.cast.alice.actor

    @property
    def account_id(self) -> UUID:
        """Return that customer."""
        return self.cast.alice.account.account_id

    def next(self) -> int:
        """Count on: no two values that people enter are alike."""
        self._serial += 1
        return self._serial

    def note(self, text: str) -> None:
        """Write a line of the trace."""
        self.trace.append(f"{self.clock.now():%d %H:%M:%S.%f} {text}")

    def look(self) -> None:
        """See both sides, and judge what changed since they were seen last."""
        for moved in self.book.look(self.eyes.look()):
            self.note(moved)

    def work(self) -> None:
        """Let the workers do all that is due, one job after the other in an order that the seed decides."""
        self.process.run(self._work)
        self.look()

    def _work(self) -> None:
        for _ in range(ROUNDS):
            claimed = actions.claim_due()
            if not claimed:
                break
            self.order.shuffle(claimed)
            for one in claimed:
                self.note(f"job {one.kind.value}")
                actions.do(one)
        else:
            raise Broken(Promise.QUIET, f"workers still found something to do after {ROUNDS} rounds without a pause")
        for account_id in actions.to_be_told():
            actions.tell(account_id)

    def by_hand(self, do: Callable[[], object]) -> bool:
        """Let a person do something on a page; say whether it went through. A refusal in words is no trouble."""
        try:
            return self.process.run(do)
        except (TandemError, ControlRefused) as refused:
            self.note(f"refused: {getattr(refused, 'code', 'by Xero')}")
            return False

    def event(self, kind: str, **given: object) -> None:
        """Let something happen at Xero, in the customer's organisation."""
        self.sandbox.control("POST", "events", {"kind": kind, "organisation": self.eyes.organisation, **given})

    def people(self, *sides: Side) -> list[str]:
        """Return who is on all of these sides and has no end of employment on either."""
        values = self.book.values
        found = set.intersection(*({name for name, _ in values[side]} for side in sides))
        return sorted(name for name in found if not any(values[side].get((name, ENDED.value)) for side in Side))

    def value(self, side: Side, key: Key) -> str:
        """Return what was last seen on a side."""
        return self.book.values[side].get(key, "")

    def has_late_writes(self) -> bool:
        """Say whether Xero has taken a write in and not carried it out yet."""
        return bool(self.sandbox.simulator.late.waiting())


def _calls_so_far(sandbox: Sandbox) -> list[Call]:
    return [
        Call(
            at=entry.at,
            method=entry.method,
            path=entry.path,
            organisation=entry.organisation or "",
            user=entry.user or "",
            status=entry.status,
            is_readable=True,
            is_whole_list="where" not in entry.query and entry.path.lower().endswith("/employees"),
        )
        for entry in sandbox.simulator.log.entries()
    ]


@contextmanager
def raised(
    seed: int, ground: Ground, storage: Storage, behind: psycopg.Connection[tuple[object, ...]]
) -> Iterator[Stage]:
    """Raise the stage of one seed on the ground, in an empty database."""
    right = settings.TANDEM
    with repeatable(f"seed {seed}"), clock.frozen_at(ground.at) as stopped:
        settings.TANDEM = beginning.installation()
        cast, sandbox = beginning.put_down(ground, storage)
        stage = Stage(seed, cast, sandbox, stopped, behind)
        product = logging.getLogger("tandem")
        product.addHandler(stage.surprises)
        try:
            with transport.through(stage.line), stage.process.watched():
                stage.look()
                yield stage
        finally:
            product.removeHandler(stage.surprises)
            settings.TANDEM = right
