"""Serve the simulator on a loopback port for clients that know only sockets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

from tandem_sandbox.server import Server
from tandem_sandbox.testing import Sandbox

APP, SECRET, CALLBACK = "TANDEM-DEMO-APP", "tandem-demo-secret", "http://localhost/callback"
SCOPES = (
    "openid profile email offline_access accounting.settings.read payroll.employees payroll.settings "
    "payroll.payruns.read"
)


@contextmanager
def serving(sandbox: Sandbox) -> Iterator[str]:
    """Serve, and give the base address."""
    server = Server(("127.0.0.1", 0), sandbox.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def authorisation_code(sandbox: Sandbox, *, user: str, organisations: list[str]) -> str:
    """Consent through the control API and return the code of the callback."""
    asked = {"response_type": "code", "client_id": APP, "redirect_uri": CALLBACK, "scope": SCOPES, "state": "s"}
    answer = sandbox.control(
        "POST",
        "consent",
        {
            "authorize_url": "http://localhost/identity/connect/authorize?" + urlencode(asked),
            "user": user,
            "organisations": organisations,
        },
    )
    (code,) = parse_qs(urlsplit(str(answer["redirect_to"])).query)["code"]
    return code
