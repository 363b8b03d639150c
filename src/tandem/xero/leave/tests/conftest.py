"""A connected office for the tests of leave."""

from collections.abc import Iterator

import pytest

from tandem.access.roles import Role
from tandem.testing.cast import Cast, Player, join
from tandem.testing.xero import Connect
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox


@pytest.fixture
def at_work(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """An office of six people that both sides know."""
    with office(cast, sandbox, connected) as found:
        yield found


@pytest.fixture
def ken(cast: Cast, at_work: Office) -> Player:
    """Whoever decides on leave."""
    return join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)
