"""A drill from the first press to the receipt, cut off and refused at every step, and the real link beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import sql

from tandem.flows.people import do_nightly_work
from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.notices.selectors import list_open
from tandem.people.models import Employee
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import Connect, TakesTime, calls_in
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.client.simulator import NoSimulator
from tandem.xero.drill import conduct, link
from tandem.xero.drill.conduct import DrillRecord
from tandem.xero.drill.steps import PLAN, Outcome, Standing, Step
from tandem.xero.models import Binding, Connection, Drill, DrillLink, Grant, XeroPerson
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured

Superuser = psycopg.Connection[tuple[object, ...]]
DRILL_PORT = 9300
#: What a drill may write: its own rows, the letter, and the account's timeline.
OWN = frozenset({"xero_drill", "xero_drilllink", "notices_letter", "timeline_head", "timeline_entry"})


class TwoXeros(httpx2.BaseTransport):
    """The connection's Xero at one port, the drill's simulator at another; `fails` cuts calls to the latter off."""

    def __init__(self, real: Sandbox, drills: Sandbox) -> None:
        self._real, self._drills = httpx2.WSGITransport(app=real.app), httpx2.WSGITransport(app=drills.app)
        self.asked: list[tuple[int | None, str]] = []
        self.fails = ""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on to the one that it is for."""
        self.asked.append((request.url.port, request.url.path))
        if request.url.port != DRILL_PORT:
            return self._real.handle_request(request)
        if self.fails and self.fails in f"{request.method} {request.url.path}":
            raise httpx2.ConnectError("cut off")
        return self._drills.handle_request(request)


@pytest.fixture
def drills(frozen: FrozenClock) -> Sandbox:
    """The simulator on which is rehearsed: not the one that the connection talks to."""
    return Sandbox(clock=clock.now)


@pytest.fixture
def both(sandbox: Sandbox, drills: Sandbox) -> Iterator[TwoXeros]:
    two = TwoXeros(sandbox, drills)
    with transport.through(TakesTime(two)):
        yield two


@pytest.fixture
def alice(cast: Cast, both: TwoXeros, connected: Connect) -> Player:
    """Alice's account, connected to the real Xero."""
    assert connected(cast.alice).is_success
    both.asked.clear()
    return cast.alice


def gone_on(player: Player, drill: DrillRecord) -> DrillRecord:
    """Let the page ask for step after step, as long as nobody has to press anything."""
    while drill.standing is Standing.MOVING:
        drill = facade.advance_drill(player.actor, drill_id=drill.drill_id)
    return drill


def rehearsed(player: Player, *, tells_others: bool = False) -> DrillRecord:
    """Rehearse from the first press to the last."""
    drill = gone_on(player, facade.start_drill(player.actor, tells_others=tells_others))
    assert drill.standing is Standing.YOUR_TURN, drill.steps[-1]
    return gone_on(player, facade.advance_drill(player.actor, drill_id=drill.drill_id, pressed=True))


def rows(superuser: Superuser, tables: tuple[str, ...]) -> dict[str, Any]:
    """Return every row of every table that a drill has no business with."""
    return {
        name: superuser.execute(
            sql.SQL("SELECT to_jsonb(t)::text FROM {} t ORDER BY 1").format(sql.Identifier(name))
        ).fetchall()
        for name in tables
        if name not in OWN
    }


def test_only_an_administrator_may_rehearse(alice: Player, cast: Cast) -> None:
    drill = facade.start_drill(alice.actor)
    for other in (cast.bob.actor, cast.dana.actor, cast.sam.actor):
        for forbidden in (
            lambda actor: facade.start_drill(actor),
            lambda actor: facade.list_drills(actor),
            lambda actor: facade.advance_drill(actor, drill_id=drill.drill_id),
            lambda actor: facade.clean_up_drill(actor, drill_id=drill.drill_id),
        ):
            with pytest.raises(NotPermitted):
                forbidden(other)
    with pytest.raises(NotFound):
        facade.advance_drill(cast.charlie.actor, drill_id=drill.drill_id)
    assert facade.list_drills(cast.charlie.actor) == []


def test_without_a_simulator_nothing_begins(alice: Player, both: TwoXeros, drills: Sandbox) -> None:
    both.fails = "/_sandbox/health"
    with pytest.raises(NoSimulator, match="TANDEM_SANDBOX_URL"):
        facade.start_drill(alice.actor)
    assert facade.list_drills(alice.actor) == []


def test_a_drill_breaks_notices_reconnects_and_leaves_nothing(alice: Player, drills: Sandbox) -> None:
    drill = rehearsed(alice)
    assert [one.step for one in drill.steps] == [entry.step for entry in PLAN]
    assert (drill.outcome, drill.standing) == (Outcome.PASSED, Standing.ENDED)
    assert drill.seen(Step.PROVE)["lights"] == dict.fromkeys(drill.seen(Step.PROVE)["lights"], "proved")
    noticed = drill.seen(Step.NOTICE)
    assert (noticed["state"], noticed["cause"]) == ("broken", "payroll_permission_lost")
    assert noticed["headline"] == "Most likely Robin Reed is no longer a payroll administrator"
    assert drill.noticed_after is not None
    assert drill.noticed_after < 1
    assert all(one.seconds > 0 for one in drill.steps if one.step is not Step.TELL)
    assert drill.seen(Step.RECONNECT)["same_organisation"]
    assert drill.seen(Step.REMOVE) == {"deleted": 2, "listed": 0, "revoked": 2}
    assert drill.seen(Step.PROVE_GONE) == {"refused": 2, "rows_left": 0}
    assert drills.control("GET", "world/tokens") == []
    world = drills.control("GET", "world")
    assert world["connections"] == []
    assert not [user for user in world["users"] if user["email"].startswith(("robin.", "kim.")) and user["roles"]]
    events = [entry.event for entry in list_entries(alice.actor, limit=20) if entry.subject_kind == "drill"]
    assert events == ["drill.ended", "drill.started"]


def test_not_one_row_of_the_real_link_is_changed_and_nobody_asks_the_real_xero(
    alice: Player, both: TwoXeros, sandbox: Sandbox, superuser: Superuser, tables: tuple[str, ...]
) -> None:
    before, calls = rows(superuser, tables), len(calls_in(sandbox))
    assert rehearsed(alice).outcome is Outcome.PASSED
    assert rows(superuser, tables) == before
    assert {port for port, _ in both.asked} == {DRILL_PORT}
    assert len(calls_in(sandbox)) == calls


def test_a_drill_that_reached_for_the_real_link_would_be_seen(
    alice: Player, superuser: Superuser, tables: tuple[str, ...]
) -> None:
    before = rows(superuser, tables)
    facade.probe_now(alice.actor)
    changed = {name for name, found in rows(superuser, tables).items() if found != before[name]}
    assert "xero_evidence" in changed


def test_the_links_scope_shows_nothing_of_the_customer(alice: Player) -> None:
    drill = gone_on(alice, facade.start_drill(alice.actor))
    with scope(alice.account.account_id):
        scope_id = Drill.objects.get(drill_id=drill.drill_id).scope_id
        assert not DrillLink.objects.exists()
        assert Grant.objects.exists()
    with scope(scope_id):
        assert DrillLink.objects.count() == 1
        for model in (Grant, Connection, Binding, XeroPerson, Employee, Drill, Letter):
            assert not model.objects.exists()


def test_tokens_are_sealed_while_the_drill_goes_on(alice: Player, drills: Sandbox, superuser: Superuser) -> None:
    gone_on(alice, facade.start_drill(alice.actor))
    tokens = [row["token"] for row in drills.control("GET", "world/tokens")]
    stored = str(
        superuser.execute("SELECT to_jsonb(t), t.access_token, t.refresh_token FROM xero_drilllink t").fetchall()
    )
    assert tokens
    assert not [token for token in tokens if token in stored or token.encode().hex() in stored]


def letters(player: Player) -> list[tuple[str, str]]:
    with scope(player.account.account_id):
        return list(Letter.objects.filter(kind="drill").values_list("to_address", "subject").order_by("to_address"))


def test_only_the_asker_gets_the_letter_and_it_says_that_it_is_a_drill(alice: Player) -> None:
    drill = rehearsed(alice)
    ((address, subject),) = letters(alice)
    assert (address, subject) == (
        "alice@harbourlane.example",
        "Drill: Harbour Lane Bakery: the connection to Xero is broken",
    )
    told = drill.seen(Step.TELL)
    assert told["sent"] == 1
    assert [(one["rung"], one["after_hours"]) for one in told["reached"]] == [
        ("administrators", 0.0),
        ("support", 24.0),
    ]
    assert "payroll permission" in told["body"]
    assert not [notice for notice in list_open(alice.actor) if notice.kind == "connection_broken"]


def test_the_others_are_written_to_when_the_asker_says_so(alice: Player) -> None:
    rehearsed(alice, tells_others=True)
    assert [address for address, _ in letters(alice)] == ["alice@harbourlane.example", "support@tandem.example"]
    assert all(subject.startswith("Drill: ") for _, subject in letters(alice))


def test_one_drill_at_a_time(alice: Player) -> None:
    drill = facade.start_drill(alice.actor)
    with pytest.raises(Invalid, match="open already"):
        facade.start_drill(alice.actor)
    facade.clean_up_drill(alice.actor, drill_id=drill.drill_id)
    assert facade.start_drill(alice.actor).standing is Standing.MOVING


def test_the_reconnect_waits_for_a_press(alice: Player) -> None:
    drill = gone_on(alice, facade.start_drill(alice.actor))
    again = facade.advance_drill(alice.actor, drill_id=drill.drill_id)
    assert (again.standing, again.next_step, again.steps) == (Standing.YOUR_TURN, Step.RECONNECT, drill.steps)


def test_two_presses_at_once_do_a_step_once(alice: Player) -> None:
    drill = facade.start_drill(alice.actor)
    with scope(alice.account.account_id):
        Drill.objects.update(working_since=clock.now())
    seen = facade.advance_drill(alice.actor, drill_id=drill.drill_id)
    assert (seen.standing, seen.steps) == (Standing.WORKING, ())
    with pytest.raises(Invalid, match="Wait a minute"):
        facade.clean_up_drill(alice.actor, drill_id=drill.drill_id)


class Crash(BaseException):
    """The machine went away."""


@contextmanager
def crash_in(step: Step, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine go away after a step's calls, before it is written down."""
    act = conduct._act

    def crashing(drill: Drill, asked: Step) -> Any:
        seen = act(drill, asked)
        if asked is step:
            raise Crash
        return seen

    with monkeypatch.context() as patched:
        patched.setattr(conduct, "_act", crashing)
        yield


@pytest.mark.unmeasured
@pytest.mark.parametrize("step", [Step.MAKE, Step.CONNECT, Step.TELL, Step.RECONNECT, Step.REMOVE, Step.PROVE_GONE])
def test_a_crash_in_any_step_is_shown_as_interrupted_and_cleaned_up(
    alice: Player, drills: Sandbox, frozen: FrozenClock, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    with crash_in(step, monkeypatch), pytest.raises(Crash):
        rehearsed(alice)
    (drill,) = facade.list_drills(alice.actor)
    assert drill.standing is Standing.WORKING
    frozen.advance(seconds=61)
    (drill,) = facade.list_drills(alice.actor)
    assert (drill.standing, drill.next_step) == (Standing.INTERRUPTED, step)
    assert facade.advance_drill(alice.actor, drill_id=drill.drill_id, pressed=True).steps == drill.steps
    ended = facade.clean_up_drill(alice.actor, drill_id=drill.drill_id)
    assert (ended.standing, ended.outcome) == (Standing.ENDED, Outcome.INTERRUPTED)
    seen = ended.seen(Step.CLEAN_UP)
    assert (seen["is_proved"], seen["problem"], seen["rows_left"]) == (True, "", 0)
    assert drills.control("GET", "world/tokens") == []
    assert drills.control("GET", "world")["connections"] == []


def test_a_consent_that_a_crash_kept_from_being_stored_leaves_no_connection_either(
    alice: Player, drills: Sandbox, frozen: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(link.Link, "keep", away)
        with pytest.raises(Crash):
            rehearsed(alice)
    assert drills.control("GET", "world")["connections"]
    frozen.advance(minutes=2)
    (drill,) = facade.list_drills(alice.actor)
    assert facade.clean_up_drill(alice.actor, drill_id=drill.drill_id).outcome is Outcome.INTERRUPTED
    assert drills.control("GET", "world")["connections"] == []


FAILING = [
    ("POST /_sandbox/apps", Step.MAKE),
    ("POST /_sandbox/consent", Step.CONNECT),
    ("GET /payroll.xro", Step.PROVE),
    ("POST /connect/revocation", Step.REMOVE),
]


@pytest.mark.parametrize(("fails", "step"), FAILING)
def test_a_simulator_that_goes_away_ends_the_drill_and_the_receipt_claims_no_more_than_is_proved(
    alice: Player, both: TwoXeros, superuser: Superuser, fails: str, step: Step
) -> None:
    both.fails = fails
    drill = gone_on(alice, facade.start_drill(alice.actor))
    if drill.standing is Standing.YOUR_TURN:
        drill = gone_on(alice, facade.advance_drill(alice.actor, drill_id=drill.drill_id, pressed=True))
    assert (drill.standing, drill.outcome) == (Standing.ENDED, Outcome.FAILED)
    assert [one.step for one in drill.steps][-2:] == [step, Step.CLEAN_UP]
    assert drill.steps[-2].facts["problem"]
    assert drill.seen(Step.CLEAN_UP)["rows_left"] == 0
    assert drill.seen(Step.CLEAN_UP)["is_proved"] is ("revocation" not in fails)
    assert superuser.execute("SELECT count(*) FROM xero_drilllink").fetchone() == (0,)


def test_a_drill_that_nobody_goes_on_with_is_interrupted(alice: Player, frozen: FrozenClock) -> None:
    drill = gone_on(alice, facade.start_drill(alice.actor))
    frozen.advance(minutes=31)
    assert facade.list_drills(alice.actor)[0].standing is Standing.INTERRUPTED
    ended = facade.clean_up_drill(alice.actor, drill_id=drill.drill_id)
    assert (ended.outcome, ended.seen(Step.CLEAN_UP)["is_proved"]) == (Outcome.INTERRUPTED, True)


def test_the_night_cleans_up_what_nobody_came_back_to(alice: Player, drills: Sandbox, frozen: FrozenClock) -> None:
    gone_on(alice, facade.start_drill(alice.actor))
    do_nightly_work(alice.account)
    assert facade.list_drills(alice.actor)[0].standing is Standing.YOUR_TURN
    frozen.advance(minutes=31)
    do_nightly_work(alice.account)
    (drill,) = facade.list_drills(alice.actor)
    assert (drill.outcome, drill.seen(Step.CLEAN_UP)["is_proved"]) == (Outcome.INTERRUPTED, True)
    assert drills.control("GET", "world/tokens") == []


def test_a_connection_left_behind_fails_the_drill(alice: Player, drills: Sandbox) -> None:
    drill = gone_on(alice, facade.start_drill(alice.actor))
    drills.control("POST", "faults", {"fault": "connection_left_behind", "path": "/connections/*"})
    ended = gone_on(alice, facade.advance_drill(alice.actor, drill_id=drill.drill_id, pressed=True))
    assert ended.outcome is Outcome.FAILED
    assert "still lists" in ended.steps[-2].facts["problem"]


def test_drills_of_two_accounts_do_not_see_each_other(alice: Player, cast: Cast) -> None:
    mine = gone_on(alice, facade.start_drill(alice.actor))
    theirs = rehearsed(cast.charlie)
    assert theirs.outcome is Outcome.PASSED
    ended = gone_on(alice, facade.advance_drill(alice.actor, drill_id=mine.drill_id, pressed=True))
    assert ended.outcome is Outcome.PASSED
