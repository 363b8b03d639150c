"""Connect: the consent, the organisation, the proofs, and every way in which it can go wrong."""

import pytest

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotPermitted
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast
from tandem.testing.xero import BAKERY, BOOKS, NOOR, SESSION_KEY, Connect, at_xero
from tandem.xero.connections.consent import (
    ConsentResult,
    choose_organisation,
    finish_consent,
    get_choice,
    start_consent,
)
from tandem.xero.connections.health import ConnectionState, Light, LightState
from tandem.xero.connections.state import read_health
from tandem.xero.models import Connection, Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.usefixtures("real_db")


def state_of(actor: Actor) -> ConnectionState:
    return read_health(actor).state


def test_a_consent_that_passes_every_probe_turns_four_lights_green(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    outcome = connected(cast.alice)
    assert (outcome.result, outcome.message) == (ConsentResult.CONNECTED, "")
    assert outcome.organisation_name == BAKERY
    health = read_health(cast.alice.actor)
    assert {light: reading.state for light, reading in health.lights.items()} == dict.fromkeys(Light, LightState.PROVED)
    assert health.state is ConnectionState.CONNECTED
    with scope(cast.alice.account.account_id):
        connection = Connection.objects.get()
        assert connection.state == "connected"
        assert connection.listed_people == 60
