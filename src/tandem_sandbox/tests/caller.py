"""A plain API client for the tests: signs somebody in, keeps the tokens, makes calls."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.test import TestResponse

from tandem_sandbox.testing import Sandbox

BAKERY = "Harbour Lane Bakery Pty Ltd"
BOOKS = "Second Street Books Pty Ltd"
ROSA, AMIR = "rosa.byrne@example.com", "amir.lim@example.com"
WENDY, NOOR = "wendy.cole@example.com", "noor.haddad@example.com"
DEMO, SECRET, PUBLIC = "TANDEM-DEMO-APP", "tandem-demo-secret", "TANDEM-PUBLIC-APP"
CALLBACK = "http://localhost/callback"
FULL = (
    "openid profile email offline_access accounting.settings.read payroll.employees payroll.settings "
    "payroll.payruns.read"
)
PAYROLL = "/payroll.xro/1.0"
EMPLOYEES = f"{PAYROLL}/Employees"
ORGANISATION = "/api.xro/2.0/Organisation"
VERIFIER = "v" * 60
ADDRESS = {"AddressLine1": "1 Mill Road", "City": "Hobart", "Region": "TAS", "PostalCode": "7000"}
NEWCOMER = {"FirstName": "Nia", "LastName": "Okoro", "DateOfBirth": "1991-02-03", "HomeAddress": ADDRESS}


def challenge(verifier: str = VERIFIER) -> str:
    """Compute the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorise_url(**changes: str | None) -> str:
    """Build an authorise request; None leaves a parameter out."""
    given: dict[str, str | None] = {
        "response_type": "code",
        "client_id": DEMO,
        "redirect_uri": CALLBACK,
        "scope": FULL,
        "state": "s1",
        **changes,
    }
    return "http://localhost/identity/connect/authorize?" + urlencode({k: v for k, v in given.items() if v is not None})


def consent(
    sandbox: Sandbox, user: str = ROSA, organisations: Sequence[str] = (BAKERY,), **changes: str | None
) -> dict[str, str]:
    """Allow access and return the callback's parameters."""
    answer = sandbox.control(
        "POST",
        "consent",
        {"authorize_url": authorise_url(**changes), "user": user, "organisations": list(organisations)},
    )
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["redirect_to"]).query).items()}


class Caller:
    """One signed-in user's client."""

    def __init__(self, sandbox: Sandbox, tokens: dict[str, Any], tenant: str | None = None) -> None:
        self.sandbox = sandbox
        self.tokens = tokens
        self.tenant = tenant
        self.web = sandbox.app.test_client()

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: dict[str, str | None] | None = None,
        query: dict[str, Any] | None = None,
        data: bytes | None = None,
    ) -> TestResponse:
        """Make one call; a None header leaves it out."""
        sent: dict[str, str | None] = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Accept": "application/json",
            "Xero-Tenant-Id": self.tenant,
            **(headers or {}),
        }
        given = {name: value for name, value in sent.items() if value is not None}
        if data is not None:
            return self.web.open(path, method=method, data=data, headers=given, query_string=query)
        return self.web.open(path, method=method, json=json, headers=given, query_string=query)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any, **more: Any) -> TestResponse:
        return self.call("POST", path, json=json, **more)

    def connections(self) -> list[dict[str, str]]:
        """List the user's connections."""
        found = self.get("/connections").get_json()
        assert isinstance(found, list)
        return found

    def employees(self, **query: Any) -> list[dict[str, Any]]:
        """Read one page of employees."""
        found = self.get(EMPLOYEES, query=query).get_json()["Employees"]
        assert isinstance(found, list)
        return found

    def employee(self, employee_id: str) -> dict[str, Any]:
        """Read one employee in full."""
        (found,) = self.get(f"{EMPLOYEES}/{employee_id}").get_json()["Employees"]
        assert isinstance(found, dict)
        return found

    def token_call(self, **form: str) -> TestResponse:
        """Call the token endpoint as the demo app."""
        return self.web.post("/connect/token", data={"client_id": DEMO, "client_secret": SECRET, **form})

    def refresh(self, token: str | None = None, **form: str) -> TestResponse:
        """Refresh; a success replaces the tokens held here."""
        wanted = token or self.tokens["refresh_token"]
        answer = self.token_call(grant_type="refresh_token", refresh_token=wanted, **form)
        if answer.status_code == 200:
            self.tokens = answer.get_json()
        return answer


def sign_in(
    sandbox: Sandbox,
    user: str = ROSA,
    organisations: Sequence[str] = (BAKERY,),
    *,
    tenant: bool = True,
    **changes: str | None,
) -> Caller:
    """Consent, exchange the code, and return a client, unless told otherwise for the first organisation."""
    given = consent(sandbox, user, organisations, **changes)
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": CALLBACK}
    answer = sandbox.app.test_client().post("/connect/token", data={"client_id": DEMO, "client_secret": SECRET, **form})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return Caller(sandbox, answer.get_json(), organisation_id(sandbox, organisations[0]) if tenant else None)


def organisation_id(sandbox: Sandbox, name: str = BAKERY) -> str:
    """Look an organisation's id up."""
    found = sandbox.control("GET", "world")["organisations"]
    return next(str(item["id"]) for item in found if item["name"] == name)


def quiet_sandbox(**more: Any) -> Sandbox:
    """Start a simulator whose clock stands still."""
    sandbox = Sandbox(**more)
    sandbox.clock.freeze()
    return sandbox
