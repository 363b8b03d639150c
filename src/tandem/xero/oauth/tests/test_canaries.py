"""Tokens, codes, verifiers and states: shown to exist in clear at Xero, then found in no log and in no table."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import TandemError
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, SESSION_KEY, Connect, at_xero
from tandem.xero.client import identity
from tandem.xero.client.wire import TokenAnswer
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.disconnecting import disconnect
from tandem.xero.connections.probes import probe_connection
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
Superuser = psycopg.Connection[tuple[object, ...]]


class Collector(logging.Handler):
    """Keep everything that anybody logs, with every attribute and the whole of every error."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += repr(record.__dict__) + logging.Formatter().format(record)


@pytest.fixture
def logged() -> Iterator[Collector]:
    collector = Collector()
    root = logging.getLogger()
    before, root.level = root.level, logging.DEBUG
    root.addHandler(collector)
    yield collector
    root.removeHandler(collector)
    root.level = before


def tokens_at(sandbox: Sandbox) -> set[str]:
    return {row["token"] for row in sandbox.control("GET", "world/tokens")}


def stored(superuser: Superuser) -> str:
    """Return every row of every table, bytes as hex and as whatever they may hold in clear."""
    tables = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    found: list[str] = []
    for (table,) in tables:
        rows: list[Any] = superuser.execute(f'SELECT to_jsonb(t) FROM "{table}" t'.encode()).fetchall()
        found += [json.dumps(row[0]) for row in rows]
    return "\n".join(found)


def assert_nowhere(secrets: set[str], text: str) -> None:
    for secret in secrets:
        assert secret not in text
        assert secret.encode().hex() not in text


def test_no_token_code_or_state_is_logged_or_stored_in_clear(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, logged: Collector, superuser: Superuser
) -> None:
    address = start_consent(cast.alice.actor, purpose=ConsentPurpose.CONNECT, session_key=SESSION_KEY)
    params = at_xero(sandbox, address)
    secrets = {params["code"], params["state"], parse_qs(urlsplit(address).query)["code_challenge"][0], SESSION_KEY}
    finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params)
    secrets |= tokens_at(sandbox)
    frozen.advance(minutes=40)
    probe_connection(cast.alice.account.account_id)
    secrets |= tokens_at(sandbox)
    assert len([secret for secret in secrets if len(secret) > 40]) >= 5
    assert_nowhere(secrets, logged.text + stored(superuser))
    disconnect(cast.alice.actor)
    assert_nowhere(secrets, logged.text + stored(superuser))
    assert "xero_call" in logged.text


@pytest.mark.parametrize("fault", ["dropped", "truncated", "html_502"])
@pytest.mark.parametrize("path", ["/connect/token", "/connections*", "/payroll.xro/*", "/connect/revocation"])
def test_no_trouble_at_any_call_brings_a_token_to_light(
    cast: Cast, sandbox: Sandbox, connected: Connect, logged: Collector, superuser: Superuser, path: str, fault: str
) -> None:
    connected(cast.alice)
    secrets = tokens_at(sandbox)
    sandbox.control("POST", "faults", {"path": path, "fault": fault})
    sandbox.control("POST", "clock", {"advance_seconds": 1801})
    connected(cast.alice, user=AMIR, purpose=ConsentPurpose.RECONNECT)
    secrets |= tokens_at(sandbox)
    probe_connection(cast.alice.account.account_id, anyway=True)
    disconnect(cast.alice.actor)
    assert_nowhere(secrets | tokens_at(sandbox), logged.text + stored(superuser))


def test_an_error_that_quotes_a_request_shows_no_secret() -> None:
    request = identity.refresh("the secret of this test")
    assert "the secret of this test" not in repr(request)
    with pytest.raises(TandemError) as raised:
        identity.identify(TokenAnswer(access_token="e30.the-secret.of-this-test", refresh_token="x"))
    error = raised.value
    assert "the-secret" not in f"{error!r} {error.__cause__!r} {error.public_message}"
