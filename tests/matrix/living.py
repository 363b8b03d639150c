"""Let one connection live for days: people work, trouble comes by chance and is taken back; count what was said and spent."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from tests.matrix.faults import FAULTS, HERE, LIMITS, LISTS
from tests.matrix.happening import Happening
from tests.matrix.lives import HARMLESS, ORGANISATIONS, PEOPLE
from tests.matrix.scene import Scene, raised
from tests.matrix.watching import MINUTE, RENEWAL_LEEWAY, Watch

from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, ROSA
from tandem.xero.connections.health import ConnectionState, Health
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.schedule.actions import save_preferences
from tandem.xero.sync.preferences import Preferences

DAY_MINUTES = 24 * 60
#: What makes no sense as chance: days away, Xero's day limit (which nobody lifts), what has a clockwork of its own.
LEFT_OUT = frozenset({"off_61_days", "day", "day_lowered", "flapping", "left", "left_unlisted"})
TROUBLES = tuple(
    happening
    for happening in (*PEOPLE, *ORGANISATIONS, *LISTS, *FAULTS, *LIMITS, *HERE, *HARMLESS)
    if happening.key not in LEFT_OUT
)
EVERY_MINUTES = 2 * DAY_MINUTES
SHORTEST, LONGEST = 15, 600
LOOKS_A_WORKDAY = 8
A_WHILE_LATER = 180
PEOPLE_OF_AN_ORGANISATION = 12


@dataclass
class Life:
    """What became of one connection. Minutes are virtual; `calls` is by day."""

    has_standby: bool
    days: float
    troubles: int = 0
    false_green: float = 0.0
    longest_false_green: float = 0.0
    false_red: float = 0.0
    unproven: float = 0.0
    without_access: float = 0.0
    refreshes: int = 0
    letters: int = 0
    reconnects: int = 0
    calls: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON takes it."""
        return asdict(self)


@dataclass
class _Book:
    """Adds up how long what was said was true: each look holds until the next."""

    life: Life
    scene: Scene
    last: tuple[datetime, Health, bool] | None = None
    stretch: float = 0.0

    def note(self, at: datetime, health: Health, carrier: str) -> None:
        """Count the time since the last look under what was said then."""
        if self.last is not None:
            self._count((at - self.last[0]) / MINUTE, self.last[1], works=self.last[2])
        self.last = (at, health, carrier not in self.scene.hit)

    def _count(self, minutes: float, health: Health, *, works: bool) -> None:
        life = self.life
        is_false_green = health.is_green and not works
        self.stretch = self.stretch + minutes if is_false_green else 0.0
        life.longest_false_green = max(life.longest_false_green, self.stretch)
        life.without_access += 0 if works else minutes
        life.false_green += minutes if is_false_green else 0
        if works and not health.is_green:
            life.unproven += minutes if health.state is ConnectionState.UNPROVEN else 0
            life.false_red += 0 if health.state is ConnectionState.UNPROVEN else minutes


def live(cast: Cast, *, seed: str, days: float) -> Life:
    """Live one seeded life."""
    chance = Random(seed)
    life = Life(has_standby=chance.random() < 0.5, days=days)
    with raised(cast, with_standby=life.has_standby, people=PEOPLE_OF_AN_ORGANISATION) as scene:
        save_preferences(cast.alice.actor, Preferences(auto_import=True))
        book = _Book(life, scene)
        watch = Watch(scene, is_busy=False, note=book.note)
        watch.go_on(1)
        _plan(scene, chance, life, watch)
        watch.go_on(days * DAY_MINUTES)
        life.letters = watch.letters()
        life.calls = {day.isoformat(): count for day, count in sorted(scene.line.calls.items())}
        life.refreshes = scene.line.refreshes
    return life


def _plan(scene: Scene, chance: Random, life: Life, watch: Watch) -> None:
    """Put the whole life in front of the scene: working days, and trouble after trouble."""
    for day in range(int(life.days) + 1):
        for _ in range(LOOKS_A_WORKDAY if day % 7 < 5 else 0):
            scene.in_a_while(day * DAY_MINUTES + chance.uniform(0, 8 * 60), scene.somebody_calls)
    at = chance.expovariate(1 / EVERY_MINUTES)
    while at < life.days * DAY_MINUTES:
        happening = chance.choice(TROUBLES)
        lasts = chance.uniform(SHORTEST, LONGEST)
        if life.has_standby or not happening.needs_standby:
            _put_trouble(scene, life, watch, happening, at, lasts)
        at += lasts + A_WHILE_LATER + chance.expovariate(1 / EVERY_MINUTES)


def _put_trouble(scene: Scene, life: Life, watch: Watch, happening: Happening, at: float, lasts: float) -> None:
    def strike() -> None:
        life.troubles += 1
        scene.hit = set() if happening.at_renewal else set(happening.hits)
        happening.strike(scene)
        _, expires_at = scene.carrier()
        if happening.at_renewal and expires_at is not None:
            # A token that is over already is renewed by the next call.
            minutes = max(0.0, (expires_at - RENEWAL_LEEWAY - scene.clock.now()) / MINUTE)
            if minutes < lasts:
                scene.in_a_while(minutes, lambda: scene.hit.update(happening.hits))

    def undo() -> None:
        scene.hit = set()
        happening.undo(scene)

    scene.in_a_while(at, strike)
    scene.in_a_while(at + lasts, undo)
    scene.in_a_while(at + lasts + A_WHILE_LATER, lambda: _see_to_it(scene, life, watch))


def _see_to_it(scene: Scene, life: Life, watch: Watch) -> None:
    """Let a person reconnect what is still broken, and appoint a standby again where one is missing."""
    if not watch.health.is_green:
        life.reconnects += 1
        scene.consent(user=ROSA, purpose=ConsentPurpose.RECONNECT)
    if life.has_standby and not scene.has_standby():
        other = AMIR if scene.carrier()[0] == ROSA else ROSA
        scene.consent(user=other, purpose=ConsentPurpose.STANDBY)


def name_of_life(*, seed: int, days: float, number: int) -> str:
    """Return the name of the file that keeps one life."""
    return f"{seed}-{days:g}-{number}.json"


def read_lives(folder: Path, *, seed: int, days: float, connections: int) -> list[Life]:
    """Return the lives that a folder keeps."""
    paths = [folder / name_of_life(seed=seed, days=days, number=number) for number in range(connections)]
    return [Life(**json.loads(path.read_text(encoding="utf-8"))) for path in paths if path.exists()]


def table_of(lives: list[Life]) -> str:
    """Return what became of many connections as a table."""
    calls = [count for life in lives for count in life.calls.values()]
    days = sum(life.days for life in lives)
    away = sum(life.without_access for life in lives)
    rows: list[tuple[str, str]] = [
        ("connections, days", f"{len(lives)}, {max(life.days for life in lives):g}"),
        ("troubles", str(sum(life.troubles for life in lives))),
        ("minutes without access", f"{away:,.0f}"),
        ("minutes of false green", f"{_sum(lives, lambda life: life.false_green):,.0f}"),
        ("longest false green, minutes", f"{max(life.longest_false_green for life in lives):.0f}"),
        (
            "minutes of false red (broken or waiting though it works)",
            f"{_sum(lives, lambda life: life.false_red):,.0f}",
        ),
        ("minutes not proved though it works", f"{_sum(lives, lambda life: life.unproven):,.0f}"),
        ("tokens refreshed, a connection and day", f"{_sum(lives, lambda life: life.refreshes) / days:.1f}"),
        ("calls a connection and day, of 1,000: mean", f"{sum(calls) / days:.0f}"),
        ("calls a connection and day, of 1,000: most", f"{max(calls):,}"),
        ("mails sent", str(sum(life.letters for life in lives))),
        ("reconnects by a person", str(sum(life.reconnects for life in lives))),
    ]
    return "\n".join(["| measure | figure |", "| --- | --- |", *(f"| {name} | {figure} |" for name, figure in rows)])


def _sum(lives: list[Life], of: Callable[[Life], float]) -> float:
    return float(sum(of(life) for life in lives))
