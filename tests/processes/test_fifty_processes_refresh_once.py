"""Fifty processes find the same token expired at the same moment; Xero takes two seconds to renew it, or loses an answer."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast
from tandem.testing.xero import SESSION_KEY, at_xero, calls_in
from tandem.xero.client import transport
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.models import Grant
from tandem.xero.oauth import vault
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.server import Server
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]
READERS = Path(__file__).parent / "readers.py"
PROCESSES = 50
#: What a lost answer leads to shows with fewer.
FEWER = 12
TOKEN_SECONDS = 2


@contextmanager
def served(sandbox: Sandbox) -> Iterator[str]:
    """Serve the simulated Xero on a port of this machine."""
    server = Server(("127.0.0.1", 0), sandbox.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def release_all(account_id: str, address: str, processes: int = PROCESSES) -> list[dict[str, object]]:
    """Start the processes, let them all go at once, and return what each says."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TANDEM_XERO_TOKEN_URL": f"{address}/connect/token",
        "TANDEM_XERO_API_URL": address,
        # The minute is not what this test is about; five at once stays.
        "TANDEM_XERO_CALLS_PER_MINUTE": "1000",
        "TANDEM_LOG_LEVEL": "ERROR",
    }
    readers = subprocess.Popen(
        [sys.executable, str(READERS), account_id, str(processes)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert readers.stdin is not None
    assert readers.stdout is not None
    assert readers.stdout.readline() == "ready\n"
    said, _ = readers.communicate(timeout=120)
    return [json.loads(line) for line in said.splitlines()]


@pytest.fixture
def expired(cast: Cast) -> Sandbox:
    """A simulated Xero to which Alice's account is connected, with an access token that has just expired."""
    sandbox = Sandbox(clock=clock.now, sleep=time.sleep)
    with transport.through(httpx2.WSGITransport(app=sandbox.app)):
        address = start_consent(cast.alice.actor, purpose=ConsentPurpose.CONNECT, session_key=SESSION_KEY)
        answer = at_xero(sandbox, address)
        assert finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=answer).is_success
    sandbox.control("POST", "clock", {"advance_seconds": 1801})
    with scope(cast.alice.account.account_id):
        Grant.objects.update(access_expires_at=clock.now() - timedelta(seconds=1))
    sandbox.control("PATCH", "limits", {"minute": None})
    sandbox.control("DELETE", "log")
    return sandbox


def test_twelve_processes_and_one_lost_answer_leave_one_live_grant_and_no_failure(cast: Cast, expired: Sandbox) -> None:
    account_id = cast.alice.account.account_id
    expired.control("POST", "faults", {"path": "/connect/token", "fault": "committed_but_lost", "count": 1})
    with served(expired) as base:
        results = release_all(str(account_id), base, FEWER)
    assert results == [{"people": 60}] * FEWER
    assert [call["status"] for call in calls_in(expired, "/connect/token")] == [None, 200]
    with scope(account_id):
        (grant,) = Grant.objects.all()
        assert (grant.role, grant.died_at, grant.token_version) == ("primary", None, 2)
        live = vault.access_of(grant).token
    assert live in {row["token"] for row in expired.control("GET", "world/tokens")}


def test_fifty_processes_with_one_expired_token_make_one_token_call_and_all_read(cast: Cast, expired: Sandbox) -> None:
    sandbox, account_id = expired, cast.alice.account.account_id
    sandbox.control("POST", "faults", {"path": "/connect/token", "fault": "slow", "seconds": TOKEN_SECONDS})
    with served(sandbox) as base:
        started = time.monotonic()
        results = release_all(str(account_id), base)
    assert results == [{"people": 60}] * PROCESSES
    assert time.monotonic() - started >= TOKEN_SECONDS
    tokens = calls_in(sandbox, "/connect/token")
    assert [call["status"] for call in tokens] == [200]
    reads = calls_in(sandbox, "/payroll.xro/*")
    assert [call["status"] for call in reads] == [200] * PROCESSES
    assert max(call["in_flight"] for call in reads) <= 5
    with scope(account_id):
        assert Grant.objects.get().token_version == 2
