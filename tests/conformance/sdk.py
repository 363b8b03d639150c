"""Xero's own Python SDK at the simulator: unpatched but for its base addresses, retries off, one client per user."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.identity import IdentityApi
from xero_python.payrollau import PayrollAuApi
from xero_python.payrollauv2 import PayrollAuV2Api

from tandem_sandbox.sign_in import DEMO_APP, DEMO_SECRET
from tandem_sandbox.testing import Sandbox

BAKERY, BOOKS = "Harbour Lane Bakery Pty Ltd", "Second Street Books Pty Ltd"
ROSA, AMIR = "rosa.byrne@example.com", "amir.lim@example.com"


@dataclass
class Client:
    """One user's SDK client and the APIs that it serves."""

    token: dict[str, Any]
    api: ApiClient
    payroll: PayrollAuApi
    payroll_v2: PayrollAuV2Api
    identity: IdentityApi
    accounting: AccountingApi

    def tenant(self, name: str = BAKERY) -> str:
        return next(str(item.tenant_id) for item in self.identity.get_connections() if item.tenant_name == name)


SignIn = Callable[..., Client]


@contextmanager
def clients_of(sandbox: Sandbox) -> Iterator[SignIn]:
    """Serve the simulator and give what signs a user in and makes a client."""
    made: list[Client] = []
    with sandbox.serve() as base, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TokenApi, "refresh_token_url", f"{base}/connect/token")
        patch.setattr(TokenApi, "revoke_token_url", f"{base}/connect/revocation")

        def connect(user: str = ROSA, organisations: tuple[str, ...] = (BAKERY,)) -> Client:
            token = sandbox.sign_in(user=user, organisations=organisations).tokens
            listed = {**token, "scope": token["scope"].split(), "expires_at": time.time() + token["expires_in"]}
            made.append(_client(base, listed))
            return made[-1]

        yield connect
        for client in made:
            client.api.rest_client.pool_manager.clear()
            client.api.pool.close()


def _client(base: str, held: dict[str, Any]) -> Client:
    api = ApiClient(
        Configuration(oauth2_token=OAuth2Token(client_id=DEMO_APP, client_secret=DEMO_SECRET)),
        pool_threads=1,
        oauth2_token_getter=lambda: held,
        oauth2_token_saver=held.update,
    )
    quiet = urllib3.Retry(0, respect_retry_after_header=False)
    api.rest_client.pool_manager.connection_pool_kw["retries"] = quiet
    return Client(
        token=held,
        api=api,
        payroll=PayrollAuApi(api, base_url=f"{base}/payroll.xro/1.0"),
        payroll_v2=PayrollAuV2Api(api, base_url=f"{base}/payroll.xro/2.0"),
        identity=IdentityApi(api, base_url=base),
        accounting=AccountingApi(api, base_url=f"{base}/api.xro/2.0"),
    )
