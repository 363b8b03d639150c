"""However many people there are, the data is proved by all of them."""

import httpx2
import pytest

from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast
from tandem.testing.xero import SESSION_KEY, TakesTime, at_xero, calls_in
from tandem.xero.client import transport
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.health import ConnectionState, Light, LightState
from tandem.xero.connections.probes import probe_connection
from tandem.xero.connections.state import read_health
from tandem.xero.models import Connection
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured


@pytest.mark.parametrize(("people", "pages"), [(1, 1), (99, 1), (100, 2), (101, 2), (250, 3)])
def test_a_probe_reads_on_to_the_page_that_is_not_full(
    cast: Cast, frozen: FrozenClock, people: int, pages: int
) -> None:
    sandbox = Sandbox(clock=clock.now, employees=people)
    with transport.through(TakesTime(httpx2.WSGITransport(app=sandbox.app))):
        address = start_consent(cast.alice.actor, purpose=ConsentPurpose.CONNECT, session_key=SESSION_KEY)
        params = at_xero(sandbox, address)
        assert finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params).is_success
        data = read_health(cast.alice.actor).lights[Light.DATA].state
        assert data is (LightState.PROVED if people < 100 else LightState.UNPROVEN)
        frozen.advance(hours=3)
        sandbox.control("DELETE", "log")
        assert probe_connection(cast.alice.account.account_id).state is ConnectionState.CONNECTED
        assert len(calls_in(sandbox, "/payroll.xro/1.0/employees")) == pages
    with scope(cast.alice.account.account_id):
        assert Connection.objects.get().listed_people == people
