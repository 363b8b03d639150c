"""Who decides, in the tests of leave."""

import pytest

from tandem.access.roles import Role
from tandem.testing.cast import Cast, Player, join
from tandem.xero.sync.tests.office import Office


@pytest.fixture
def ken(cast: Cast, at_work: Office) -> Player:
    """Whoever decides on leave."""
    return join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)
