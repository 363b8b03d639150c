"""The stage of the story: the demo's accounts and a simulated Xero, both on one stopped clock."""

import psycopg
import pytest

from tandem.cli.stage import Stage
from tandem.cli.stored import everything_stored
from tandem.flows.demo import seed
from tandem.kernel.clock import FrozenClock
from tandem.testing.xero import FEW
from tandem_sandbox.testing import Sandbox


@pytest.fixture
def lines() -> list[str]:
    """What the story printed."""
    return []


@pytest.fixture
def stage(
    real_db: None,
    frozen: FrozenClock,
    sandbox: Sandbox,
    superuser: psycopg.Connection[tuple[object, ...]],
    lines: list[str],
) -> Stage:
    sandbox.control("POST", "reset", {"employees": FEW})
    return Stage(sandbox.control, frozen, seed(), lines.append, lambda: everything_stored(superuser))
