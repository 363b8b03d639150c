"""Fixtures of the launch tests."""

import pytest
from tests.launch.launching import Launch


@pytest.fixture(scope="session")
def launch() -> Launch:
    """The way to run Tandem's own commands."""
    return Launch()
