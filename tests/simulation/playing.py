"""Play one seed from its ground to its end, and tell what came of it."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import psycopg
from tests.simulation.acts import ACTS
from tests.simulation.broken import Broken
from tests.simulation.fields import Side
from tests.simulation.ground import Ground
from tests.simulation.judging import judge
from tests.simulation.settling import settle
from tests.simulation.stage import Stage, raised

from tandem.testing.scenes import Storage
from tandem.xero import facade
from tandem.xero.models import Due
from tandem.xero.sync.preferences import Authority, Preferences, TerminationFlow

STEPS = 25
SHOWN = 60
#: In how many seeds nobody works for the other customer, which spares a third of the time.
ALONE = 0.7
COMMAND = "python -m tests.simulation --seeds 1 --from {seed}"
WINNERS = {Authority.TANDEM: Side.TANDEM, Authority.XERO: Side.XERO, Authority.ASK: None}


@dataclass(frozen=True)
class Played:
    """What came of one seed; `digest` stands for its whole trace.

    `seconds` is the processor time that it took in Python, `broken` the promise and how it broke, or blank.
    """

    seed: int
    digest: str
    steps: int
    calls: int
    writes: int
    entered: int
    crashes: int
    takeovers: int
    seconds: float
    broken: str = ""
    trace: tuple[str, ...] = ()

    def as_dict(self, *, with_trace: bool) -> dict[str, object]:
        """Return it as JSON takes it, unless told without the trace of what went well."""
        return asdict(self) | {"trace": list(self.trace) if self.broken or with_trace else []}

    def story(self) -> str:
        """Return how it broke, with the end of the trace and the command that plays it again."""
        last = "\n".join(self.trace[-SHOWN:])
        return f"seed {self.seed} broke a promise.\n{self.broken}\n\n{last}\n\nplay it again: {COMMAND.format(seed=self.seed)}"


def play(
    seed: int, ground: Ground, storage: Storage, behind: psycopg.Connection[tuple[object, ...]], *, steps: int = STEPS
) -> Played:
    """Play a seed in an empty database, which holds what came of it afterwards."""
    broken, begun = "", time.process_time()
    with raised(seed, ground, storage, behind) as stage:
        try:
            _play(stage, steps)
        except Broken as found:
            broken = str(found)
            stage.note(f"!! {broken}")
        except Exception as error:
            error.add_note("\n".join(["", *stage.trace[-SHOWN:], COMMAND.format(seed=seed)]))
            raise
        return _told(stage, broken, time.process_time() - begun)


def _play(stage: Stage, steps: int) -> None:
    _choose(stage)
    weights = [act.weight for act in ACTS]
    for number in range(1, steps + 1):
        act = stage.chance.choices(ACTS, weights)[0]
        stage.note(f"-- {number}: {act.name}")
        act.do(stage)
        judge(stage)
    settle(stage)


def _choose(stage: Stage) -> None:
    """Let the administrator choose how the sync goes, for the whole of the seed."""
    authority = stage.chance.choice(list(Authority))
    stage.book.winner = WINNERS[authority]
    stage.note(f"authority: {authority.value}")
    chosen = Preferences(
        authority=authority,
        auto_import=True,
        auto_export=True,
        interval_minutes=15,
        termination=TerminationFlow.BOTH,
    )
    facade.save_preferences(stage.actor, chosen)
    if stage.chance.random() < ALONE:
        stage.note("the other customer's workers stand still")
        Due.objects.filter(for_account=stage.cast.charlie.account.account_id).delete()


def _told(stage: Stage, broken: str, seconds: float) -> Played:
    lines: Iterable[str] = stage.trace
    return Played(
        seed=stage.seed,
        digest=hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16],
        steps=sum(" -- " in line for line in stage.trace),
        calls=len(stage.line.calls),
        writes=sum(call.is_write for call in stage.line.calls),
        entered=len(stage.book.entries),
        crashes=sum(stage.process.crashes.values()),
        takeovers=int(facade.last_takeover(stage.actor) is not None),
        seconds=round(seconds, 2),
        broken=broken,
        trace=tuple(stage.trace),
    )
