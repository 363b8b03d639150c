"""The connection page offers the one step of the table, and a new consent only where one can help."""

import pytest

from tandem.web.xero import present
from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import Cause
from tandem.xero.connections.diagnosis import ConnectionState, diagnose
from tandem.xero.connections.tests.facts import NOW
from tandem.xero.connections.tests.test_causes import SIGNATURES


@pytest.mark.parametrize("cause", Cause)
def test_the_panel_of_a_break_has_one_main_button_and_reconnects_only_where_that_helps(cause: Cause) -> None:
    health = diagnose(SIGNATURES[cause], NOW)
    panel = present.cause(health, slug="harbour-lane", may_act=True)
    assert panel is not None
    actions = panel["actions"]
    assert isinstance(actions, list)
    assert sum(bool(action["main"]) for action in actions) == (health.state is ConnectionState.BROKEN)
    offers = any(action["url"].endswith("/xero/reconnect/") for action in actions)
    assert offers == (CAUSES[cause].cured_by_reconnect and health.state is ConnectionState.BROKEN)
    assert any(action["url"].endswith(f"#{CAUSES[cause].next_step.help_anchor}") for action in actions)
