"""Everything that can happen to a connection, and for each which causes are right to name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from tests.matrix.scene import Scene

from tandem.kernel.crypto import MasterKey
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA
from tandem.xero.connections.causes import Cause
from tandem.xero.oauth.flow import ConsentPurpose

PAYROLL, TOKEN, EVERYTHING = "/payroll.xro/*", "/connect/token", "*"
BOTH = frozenset({ROSA, AMIR})
ONLY_ROSA = frozenset({ROSA})
NOBODY: frozenset[str] = frozenset()
TEN_MINUTES = timedelta(minutes=10)


class Group(StrEnum):
    """Where it comes from."""

    PERSON = "What people do at Xero"
    ORGANISATION = "What becomes of the organisation"
    HARMLESS = "What should change nothing"
    FAULT = "Faults of Xero and of the way to it"
    LIMIT = "Limits"
    DATA = "Lists that are no proof"
    HERE = "What happens here"


@dataclass(frozen=True)
class Happening:
    """One thing that happens.

    `hits` are the people whom it cuts off while it lasts. `right` are the causes that are right to name (none: nothing is
    wrong), `alike` those that Xero's answers cannot tell from it, which may be said as "most likely" only.
    `at_renewal`: it is felt when the access token has to be renewed. `undone_by` says what takes it back. `bound` is for
    how many minutes an idle connection may stay green, and `busy_bound` a busy one (its next call comes within the minute); without `is_named` nobody is there to name it. `most_mails` is
    how many mails it may cost, however often it comes and goes.
    """

    key: str
    group: Group
    says: str
    strike: Callable[[Scene], object]
    hits: frozenset[str] = NOBODY
    right: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    undo: Callable[[Scene], object] = Scene.mend
    undone_by: str = "it is put back"
    at_renewal: bool = False
    needs_standby: bool = False
    lasts: float = 31
    heals_within: float = 75
    bound: float = 16
    busy_bound: float = 2
    is_named: bool = True
    most_mails: int = 2


def causes(*found: Cause) -> frozenset[str]:
    """Return the codes of causes."""
    return frozenset(cause.value for cause in found)


def event(kind: str, **given: object) -> Callable[[Scene], object]:
    """Return a life event as something to do."""
    return lambda scene: scene.event(kind, **given)


def rosa(kind: str, **given: object) -> Callable[[Scene], object]:
    """Return a life event of Rosa's."""
    return event(kind, user=ROSA, organisation=BAKERY, **given)


def fault(path: str, kind: str, **given: object) -> Callable[[Scene], object]:
    """Return a fault as something to switch on."""
    return lambda scene: scene.fault(path, kind, **given)


def limit(**given: object) -> Callable[[Scene], object]:
    """Return changed limits as something to do."""
    return lambda scene: scene.control("PATCH", "limits", **given)


def switched(act: Callable[[Scene], object], **switches: object) -> Callable[[Scene], object]:
    """Return something to do in a world whose switches stand otherwise."""

    def strike(scene: Scene) -> None:
        scene.control("PATCH", "switches", **switches)
        act(scene)

    return strike


def both(act: str) -> Callable[[Scene], object]:
    """Return a life event that befalls Rosa and Amir."""

    def strike(scene: Scene) -> None:
        scene.event(act, user=ROSA, organisation=BAKERY)
        scene.event(act, user=AMIR, organisation=BAKERY)

    return strike


def reconnect(scene: Scene) -> None:
    """Mend what can be mended and let Rosa authorise anew."""
    scene.mend()
    scene.consent(user=ROSA, purpose=ConsentPurpose.RECONNECT)


def ends_and_goes(scene: Scene) -> None:
    """End Rosa's employment here, and her access at Xero."""
    scene.dismiss()
    scene.event("remove_user", user=ROSA, organisation=BAKERY)


def comes_back(scene: Scene) -> None:
    """Take the end back on both sides."""
    scene.take_her_back()
    scene.mend()


def flaps(scene: Scene) -> None:
    """Take Rosa's access away and give it back, every ten minutes, six times."""

    def away() -> None:
        scene.event("remove_user", user=ROSA, organisation=BAKERY)
        scene.hit.add(ROSA)

    def back() -> None:
        scene.control("POST", "events", kind="put_back")
        scene.hit.discard(ROSA)

    away()
    for turn in range(1, 12):
        scene.in_a_while(10 * turn, back if turn % 2 else away)


def loses_key(scene: Scene) -> None:
    """Start without the master key."""
    scene.installation(master_key=MasterKey(b""))


def has_another_secret(scene: Scene) -> None:
    """Start with a client secret that Xero replaced."""
    scene.installation(xero=replace(scene.right.xero, client_secret="one that was replaced"))


def skewed(by: timedelta) -> Callable[[Scene], object]:
    """Let Xero's clock and this machine's differ."""
    return lambda scene: setattr(scene, "skew", by)


def sets_back(scene: Scene) -> None:
    """Set this machine's clock back, while Xero's goes on."""
    scene.skew += TEN_MINUTES
    scene.clock.move_to(scene.clock.now() - TEN_MINUTES)


def loses_people(percent_left: int) -> Callable[[Scene], object]:
    """Let lists hold fewer people than there are, however many those are."""
    return lambda scene: setattr(scene.line, "percent_left", percent_left)


def stands_still(scene: Scene) -> None:
    """Let nothing of Tandem run."""
    scene.is_standing_still = True


def sleeps_for(days: int) -> Callable[[Scene], object]:
    """Switch Tandem off for days."""

    def strike(scene: Scene) -> None:
        scene.clock.advance(days=days)

    return strike


def another_organisation(scene: Scene) -> None:
    """Let Amir choose another organisation while he reconnects."""
    scene.consent(user=AMIR, purpose=ConsentPurpose.RECONNECT, organisation=BOOKS)
