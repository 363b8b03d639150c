"""Fixtures for the tests of any program that talks to Xero.

Installed alone (`pip install tandem-sandbox`) pytest finds them by itself; elsewhere name this module in
`pytest_plugins`. Nothing of the simulator is imported before a test asks for it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tandem_sandbox.testing import Sandbox


@pytest.fixture
def xero_sandbox() -> "Sandbox":
    """A simulated Xero of 60 people in this process, with a clock of its own: mount its `app` in your client."""
    from tandem_sandbox.testing import Sandbox

    return Sandbox()


@pytest.fixture
def xero_sandbox_url(xero_sandbox: "Sandbox") -> Iterator[str]:
    """The address at which `xero_sandbox` answers on a free port, for clients that know only sockets."""
    with xero_sandbox.serve() as address:
        yield address
