"""Trouble at every step of a consent: each leaves a state that is true, and a sentence that says what to do.

The steps are the calls of a reconnect, in their order. At each of them Xero is slow, answers with nothing, loses its
answer, or answers nonsense; what worked before must still work, and nothing half made may stay.
"""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest
from django.conf import settings

from tandem.access.roles import Role
from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, Player, join
from tandem.testing.xero import AMIR, ROSA, SESSION_KEY, Connect, at_xero, connections_in
from tandem.xero.client import transport
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.consent_outcome import ConsentOutcome, ConsentResult
from tandem.xero.connections.disconnecting import disconnect
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.probes import probe_connection
from tandem.xero.connections.state import read_health
from tandem.xero.models import Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured

STEPS = (
    "/connect/token",
    "/connections",
    "/api.xro/2.0/organisation",
    "/payroll.xro/1.0/settings",
    "/payroll.xro/1.0/employees",
)
FAULTS = ("committed_but_lost", "html_502")
RECONNECT = ConsentPurpose.RECONNECT
LIMIT = timedelta(seconds=settings.TANDEM.xero.consent_seconds)


class Slow(httpx2.BaseTransport):
    """A Xero that takes its time from one step on, and a client that hangs up when its own time is over."""

    def __init__(self, app: object, *, step: str, seconds: float) -> None:
        self._inner = httpx2.WSGITransport(app=app)  # type: ignore[arg-type]  # a Flask application
        self._step, self._seconds = step, seconds

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.lower() != self._step:
            clock.sleep(0.001)
            return self._inner.handle_request(request)
        patience = request.extensions["timeout"]["read"]
        clock.sleep(min(self._seconds, patience))
        if self._seconds > patience:
            raise httpx2.ReadTimeout("too slow", request=request)
        return self._inner.handle_request(request)


@pytest.fixture
def alice(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    """Alice's account, which Rosa carries."""
    assert connected(cast.alice).is_success
    return cast.alice


@pytest.fixture
def params(alice: Player, sandbox: Sandbox) -> dict[str, str]:
    """Amir's answer at Xero's consent page, on its way back."""
    address = start_consent(alice.actor, purpose=RECONNECT, session_key=SESSION_KEY)
    return at_xero(sandbox, address, user=AMIR)


def finish(player: Player, params: dict[str, str], *, session_key: str = SESSION_KEY) -> ConsentOutcome:
    return finish_consent(session_key=session_key, user_id=player.user.id, params=params)


def carrier(player: Player) -> str:
    with scope(player.account.account_id):
        return Grant.objects.get(role="primary").holder_email


def nothing_half_made_is_left(player: Player) -> None:
    with scope(player.account.account_id):
        assert not Grant.objects.filter(role="quarantined", refresh_token__isnull=False).exists()
    assert probe_connection(player.account.account_id, anyway=True).state is ConnectionState.CONNECTED


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_xero_spoils_at_a_step_leaves_the_old_grant_at_work(
    alice: Player, sandbox: Sandbox, params: dict[str, str], step: str, fault: str
) -> None:
    sandbox.control("POST", "faults", {"path": step, "fault": fault})
    outcome = finish(alice, params)
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "xero_away")
    assert "Nothing was changed here. Start again" in outcome.message
    sandbox.control("DELETE", "faults")
    assert carrier(alice) == ROSA
    nothing_half_made_is_left(alice)
    assert finish(alice, params).code == "already_used"


@pytest.mark.parametrize("step", STEPS)
def test_a_xero_that_never_answers_a_step_keeps_a_person_no_longer_than_the_limit(
    alice: Player, sandbox: Sandbox, params: dict[str, str], step: str
) -> None:
    before = clock.now()
    with transport.through(Slow(sandbox.app, step=step, seconds=3600)):
        outcome = finish(alice, params)
    assert clock.now() - before <= LIMIT + timedelta(seconds=1)
    assert outcome.code == "xero_away"
    assert carrier(alice) == ROSA
    nothing_half_made_is_left(alice)


@pytest.mark.parametrize("step", STEPS)
def test_a_xero_that_is_slow_but_in_time_is_waited_for(
    alice: Player, sandbox: Sandbox, params: dict[str, str], step: str
) -> None:
    with transport.through(Slow(sandbox.app, step=step, seconds=8)):
        assert finish(alice, params).is_success
    assert carrier(alice) == AMIR


def test_two_administrators_who_reconnect_at_once_leave_one_carrier_and_two_true_answers(
    alice: Player, cast: Cast, sandbox: Sandbox
) -> None:
    adam = join(alice.account, "Adam Reid", Role.ACCOUNT_ADMIN)
    hers = at_xero(sandbox, start_consent(alice.actor, purpose=RECONNECT, session_key="hers"), user=ROSA)
    his = at_xero(sandbox, start_consent(adam.actor, purpose=RECONNECT, session_key="his"), user=AMIR)
    assert finish(adam, his, session_key="his").is_success
    assert carrier(alice) == AMIR
    # Rosa was replaced, so her sign-in ended, and with it what she was about to bring.
    second = finish(alice, hers, session_key="hers")
    assert (second.code, "Start again" in second.message) == ("code_refused", True)
    assert carrier(alice) == AMIR
    nothing_half_made_is_left(alice)


def test_a_browser_that_is_closed_half_way_changes_nothing_and_a_new_start_works(
    alice: Player, frozen: FrozenClock, sandbox: Sandbox, params: dict[str, str]
) -> None:
    frozen.advance(minutes=10)
    late = finish(alice, params)
    assert (late.code, "longer than ten minutes" in late.message) == ("expired", True)
    assert carrier(alice) == ROSA
    address = start_consent(alice.actor, purpose=RECONNECT, session_key=SESSION_KEY)
    assert finish(alice, at_xero(sandbox, address, user=AMIR)).is_success


def test_starting_over_does_not_wait_for_a_xero_that_never_answers(
    alice: Player, sandbox: Sandbox, connected: Connect
) -> None:
    sandbox.control("POST", "faults", {"path": "/connections/*", "fault": "dropped"})
    assert connected(alice, user=AMIR, purpose=RECONNECT).is_success
    before = clock.now()
    with transport.through(Slow(sandbox.app, step="/connections", seconds=3600)):
        assert start_consent(alice.actor, purpose=RECONNECT, session_key=SESSION_KEY)
    assert clock.now() - before <= LIMIT + timedelta(seconds=1)
    assert read_health(alice.actor).state is ConnectionState.CONNECTED


def test_an_organisation_that_another_account_works_with_is_refused_without_naming_it(
    alice: Player, cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    listed = connections_in(sandbox, user=ROSA)
    outcome = connected(cast.charlie, user=AMIR)
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "organisation_in_use")
    assert "Harbour Lane" not in outcome.message
    assert read_health(cast.charlie.actor).state is ConnectionState.NOT_SET_UP
    assert not connections_in(sandbox, user=AMIR)
    assert connections_in(sandbox, user=ROSA) == listed
    assert connected(alice, user=AMIR, purpose=RECONNECT).is_success


def test_an_organisation_is_free_again_once_the_other_account_is_disconnected(
    alice: Player, cast: Cast, connected: Connect
) -> None:
    disconnect(alice.actor)
    assert connected(cast.charlie, user=AMIR).is_success
    assert connected(alice).code == "organisation_in_use"


class Meanwhile(httpx2.BaseTransport):
    """Let something happen once, just before people are listed: the last thing that a consent asks of Xero."""

    def __init__(self, app: object, happens: Callable[[], object]) -> None:
        self._inner = httpx2.WSGITransport(app=app)  # type: ignore[arg-type]  # a Flask application
        self._happens: list[Callable[[], object]] = [happens]

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        clock.sleep(0.001)
        if request.url.path.endswith("/Employees") and self._happens:
            self._happens.pop()()
        return self._inner.handle_request(request)


def test_of_two_accounts_that_take_one_organisation_at_the_same_moment_one_is_refused(
    frozen: FrozenClock, cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    quicker: list[ConsentOutcome] = []
    with transport.through(Meanwhile(sandbox.app, lambda: quicker.append(connected(cast.charlie, user=AMIR)))):
        slower = connected(cast.alice)
    assert [outcome.is_success for outcome in quicker] == [True]
    assert (slower.result, slower.code) == (ConsentResult.REFUSED, "organisation_in_use")
    assert read_health(cast.alice.actor).state is ConnectionState.NOT_SET_UP
    assert not connections_in(sandbox, user=ROSA)
    assert len(connections_in(sandbox, user=AMIR)) == 1
