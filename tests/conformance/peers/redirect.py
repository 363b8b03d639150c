"""Runs among the peers: what they send to Xero's addresses goes to the simulator. Nothing else of them is touched."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter

XERO = ("https://api.xero.com", "https://identity.xero.com")


class ToTheSimulator(HTTPAdapter):
    """Carry requests for Xero to another address."""

    def __init__(self, simulator: str) -> None:
        super().__init__()
        self._simulator = simulator

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request, elsewhere if it is for Xero."""
        for address in XERO:
            if str(request.url).startswith(address):
                request.url = self._simulator + str(request.url).removeprefix(address)
        return super().send(request, *arguments, **options)


def redirect(simulator: str) -> None:
    """Let every session of this process use that carrier."""
    carrier = ToTheSimulator(simulator)
    requests.Session.get_adapter = lambda self, url: carrier  # type: ignore[method-assign]  # the one thing changed
