"""The ground of every seed, laid once in a test process."""

import pytest
from tests.simulation.ground import Ground, lay

from tandem.testing.scenes import Storage


@pytest.fixture(scope="session")
def laid() -> list[Ground]:
    """Where this process keeps the ground."""
    return []


@pytest.fixture
def ground(
    real_db: None,
    storage: Storage,
    laid: list[Ground],
) -> Ground:
    """Two connected customers and their organisations, as every seed finds them."""
    if not laid:
        laid.append(lay(storage))
    return laid[0]
