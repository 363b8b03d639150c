"""Play one happening and write down what the connection said at every minute of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.matrix.happening import Happening
from tests.matrix.scene import Scene, raised

from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.testing.cast import Cast
from tandem.xero.connections.assembling import assemble
from tandem.xero.connections.causes import Cause
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.evidence import Evidence
from tandem.xero.connections.health import Health, Light, LightState
from tandem.xero.connections.standby import last_takeover
from tandem.xero.models import Connection
from tandem.xero.schedule import actions

Note = Callable[[datetime, Health, str], None]
MINUTE = timedelta(minutes=1)
WARM_UP = 16
#: A busy connection is called every minute while something is new, later less often, which spares the reader's time.
NEW, CALLED_LATER = timedelta(minutes=6), timedelta(minutes=5)
RENEWAL_LEEWAY = timedelta(seconds=60)
SIGNS = {LightState.PROVED: "+", LightState.FAILED: "!", LightState.UNPROVEN: "?"}


@dataclass(frozen=True)
class Look:
    """What the page would have said at a moment, and whether the connection really worked then."""

    at: datetime
    is_green: bool
    works: bool
    state: str
    name: str
    is_certain: bool
    carrier: str


@dataclass(frozen=True)
class Setting:
    """How the connection stands when something happens to it."""

    is_busy: bool
    has_standby: bool

    @property
    def words(self) -> str:
        """Return what the report calls it."""
        return f"{'busy' if self.is_busy else 'idle'}, {'two keys' if self.has_standby else 'one key'}"


@dataclass
class Played:
    """One cell of the matrix: every look, and what was seen at the moment before it was undone."""

    scene: Scene
    happening: Happening
    setting: Setting
    struck_at: datetime
    undone_at: datetime | None = None
    looks: list[Look] = field(default_factory=list)
    settled: Health | None = None
    taken_over_because: str = ""
    takeover_is_certain: bool = True
    letters: int = 0
    letters_after: int = 0

    def note(self, at: datetime, health: Health, carrier: str) -> None:
        """Write down a look."""
        look = Look(
            at=at,
            is_green=health.is_green,
            works=carrier not in self.scene.hit,
            state=health.state.value,
            name=name_of(health),
            is_certain=health.certain,
            carrier=carrier,
        )
        self.looks.append(look)


def play(cast: Cast, happening: Happening, setting: Setting) -> Played:
    """Let it happen to a connection that works, wait, take it back, wait until it works again."""
    with raised(cast, with_standby=setting.has_standby) as scene:
        watch = Watch(scene, is_busy=setting.is_busy)
        watch.go_on(WARM_UP)
        played = Played(scene, happening, setting, scene.clock.now())
        before = watch.letters()
        watch.note = played.note
        _strike(scene, played, watch)
        watch.go_on(happening.lasts)
        played.settled = watch.health
        played.taken_over_because, played.takeover_is_certain = watch.takeover()
        played.letters = watch.letters() - before
        _undo(scene, played, watch)
        watch.go_on(happening.heals_within, until_green=True)
        played.letters_after = watch.letters() - before - played.letters
    return played


def _strike(scene: Scene, played: Played, watch: "Watch") -> None:
    """Strike right after a probe, which is the worst moment; what is felt at the next renewal begins then."""
    scene.hit = set() if played.happening.at_renewal else set(played.happening.hits)
    scene.changed_at = scene.clock.now()
    played.happening.strike(scene)
    _, expires_at = scene.carrier()
    if played.happening.at_renewal and expires_at is not None:
        minutes = (expires_at - RENEWAL_LEEWAY - scene.clock.now()) / MINUTE
        scene.in_a_while(max(minutes, 0), lambda: scene.hit.update(played.happening.hits))
    watch.look()


def _undo(scene: Scene, played: Played, watch: "Watch") -> None:
    scene.later.clear()
    scene.hit = set()
    played.undone_at = scene.changed_at = scene.clock.now()
    played.happening.undo(scene)
    watch.look()


class Watch:
    """Moves the clock from one thing that happens to the next, and looks at every minute between."""

    def __init__(self, scene: Scene, *, is_busy: bool, note: Note | None = None) -> None:
        self._scene = scene
        self._is_busy = is_busy
        self._facts = Evidence()
        self._carrier = ""
        self.note = note
        self.health = diagnose(self._facts, scene.clock.now())

    def go_on(self, minutes: float, *, until_green: bool = False) -> None:
        """Live for so many minutes."""
        end = self._scene.clock.now() + minutes * MINUTE
        for at in self._moments(end):
            self._look_until(at)
            if at > self._scene.clock.now():
                self._scene.clock.move_to(at)
            if self._is_busy and at != actions.soonest():
                self._scene.somebody_calls()
            self._scene.do_what_is_due()
            self.look()
            if until_green and self.health.is_green:
                return

    def look(self) -> None:
        """Read the evidence anew and diagnose."""
        account_id = self._scene.account_id
        with scope(account_id):
            connection = Connection.objects.filter(account_id=account_id).first()
            self._facts = assemble(connection, account_id=account_id)
            self._carrier, _ = self._scene.carrier()
        self._note(self._scene.clock.now())

    def letters(self) -> int:
        """Return how many letters were written."""
        with scope(self._scene.account_id):
            return Letter.objects.count()

    def takeover(self) -> tuple[str, bool]:
        """Return why the standby took over, if it did, and whether that was certain."""
        report = last_takeover(self._scene.cast.alice.actor)
        return (report.because, report.is_certain) if report else ("", True)

    def _moments(self, end: datetime) -> Iterator[datetime]:
        """Give the moments at which something happens: what is due, what was put off, and a call a minute if busy."""
        while (now := self._scene.clock.now()) < end:
            times = [end]
            due = None if self._scene.is_standing_still else actions.soonest()
            if due is not None:
                times.append(max(due, now + timedelta(seconds=1)))
            times += [at for at, _ in self._scene.later[:1]]
            if self._is_busy:
                times.append(now + (MINUTE if now - self._scene.changed_at < NEW else CALLED_LATER))
            yield min(times)

    def _look_until(self, at: datetime) -> None:
        """Say what the page says while nothing happens: old evidence, later times."""
        moment = self._scene.clock.now() + MINUTE
        while moment < at:
            self._note(moment)
            moment += MINUTE

    def _note(self, at: datetime) -> None:
        self.health = diagnose(self._facts, at)
        if self.note is not None:
            self.note(at, self.health, self._carrier)


def name_of(health: Health) -> str:
    """Return the cause; for a list that is no proof, what was seen, since those words are said."""
    if health.cause is Cause.UNKNOWN and health.lights[Light.DATA].state is LightState.FAILED:
        why = health.lights[Light.DATA].why
        return why.value if why else ""
    return health.cause.value if health.cause else ""


def signs(health: Health) -> str:
    """Return the four lights as signs, in their order."""
    return "".join(SIGNS[health.lights[light].state] for light in Light)
