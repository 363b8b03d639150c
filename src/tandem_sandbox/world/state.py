"""What exists in the simulated Xero: users, organisations, people, consents. Plain values, one lock."""

import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

from tandem_sandbox.world.on_demand import OnDemand
from tandem_sandbox.world.tables import Index, Table

CONNECTING_ROLES = frozenset({"STANDARD", "FINANCIALADVISER"})
ROLES = ("READONLY", "INVOICEONLY", "STANDARD", "FINANCIALADVISER", "MANAGEDCLIENT", "CASHBOOKCLIENT")
ZERO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass
class Role:
    """What one user may do in one organisation."""

    role: str
    payroll_admin: bool


@dataclass
class User:
    """Somebody who can sign in to the simulated Xero."""

    id: str
    email: str
    first_name: str
    last_name: str
    password: str
    updated_at: datetime
    roles: dict[str, Role] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Users(Table[User]):
    """Users by id and by e-mail address, whatever its case."""

    ROW = User
    INDICES: ClassVar[Mapping[str, Index]] = {"email": lambda user: user.email.casefold()}


@dataclass
class App:
    """A registered app; without a secret it is a public (PKCE) one.

    A custom connection (client credentials, xero.md 2.7) names the connection that it stands for.
    """

    client_id: str
    name: str
    secret: str | None
    redirect_uris: list[str]
    certified: bool = False
    custom_connection: str | None = None


@dataclass
class Person:
    """One payroll employee. `fields` holds Xero's element names; calendar dates are ISO strings."""

    id: str
    number: int
    fields: dict[str, Any]
    updated_at: datetime
    writes: int = 0
    listed: tuple[dict[str, Any], datetime, str] | None = field(default=None, repr=False, compare=False)


@dataclass
class Organisation:
    """One Xero organisation with its payroll lists.

    `people`, `pay_items`, `leave`, `timesheets` and `tracking` are filled from the seed on first use; `changed` holds
    the people no longer as seeded, and `listings` what recent list calls found, until somebody changes. `payslips`
    holds, for each pay run and person, what was edited by hand, or all of a posted run.
    """

    id: str
    number: int
    name: str
    short_code: str
    created_at: datetime
    headcount: int
    seed: int = 1
    edition: int = 0
    country: str = "AU"
    day_limit: int | None = None
    is_demo: bool = False
    trial_over: bool = False
    retired: bool = False
    offline: bool = False
    payroll_ready: bool = True
    stp2: bool = True
    timezone: str = "AUSEASTERNSTANDARDTIME"
    groups: list[str] = field(default_factory=list)
    calendars: list[dict[str, Any]] = field(default_factory=list)
    super_funds: list[dict[str, Any]] = field(default_factory=list)
    pay_runs: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    pay_items: dict[str, list[dict[str, Any]]] | None = None
    leave: dict[str, dict[str, Any]] | None = None
    timesheets: dict[str, dict[str, Any]] | None = None
    tracking: list[dict[str, Any]] | None = None
    payslips: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    changed: dict[str, Person] = field(default_factory=dict)
    people: dict[str, Person] | None = field(default=None, repr=False, compare=False)
    listings: dict[Hashable, list[Person]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def open_for_apps(self) -> bool:
        return not (self.trial_over or self.retired)

    @property
    def size(self) -> int:
        """Count the people, whether or not they have been made."""
        return self.headcount + sum(1 for person in self.changed.values() if person.number > self.headcount)


class Organisations(OnDemand[Organisation]):
    """Organisations by id."""

    ROW = Organisation


@dataclass
class Connection:
    """One user's connection of one app to one organisation."""

    id: str
    auth_event_id: str
    user_id: str
    client_id: str
    organisation_id: str
    created_at: datetime
    updated_at: datetime
    left_behind: bool = False


class Connections(Table[Connection]):
    """Connections by id, and by whose and which they are."""

    ROW = Connection
    INDICES: ClassVar[Mapping[str, Index]] = {
        "owner": lambda item: (item.user_id, item.client_id),
        "one": lambda item: (item.user_id, item.client_id, item.organisation_id),
        "app": lambda item: item.client_id,
        "organisation": lambda item: item.organisation_id,
    }


@dataclass
class Grant:
    """One consent of one user to one app, with the token set that came of it."""

    id: str
    user_id: str
    client_id: str
    scopes: list[str]
    auth_event_id: str
    session_id: str
    created_at: datetime
    alive: bool = True
    is_custom: bool = False


class Grants(Table[Grant]):
    """Grants by id, and the living ones by user and app, with all the scopes that those carry."""

    ROW = Grant
    INDICES: ClassVar[Mapping[str, Index]] = {
        "living": lambda grant: (grant.user_id, grant.client_id) if grant.alive else None
    }

    def __init__(self) -> None:
        super().__init__()
        self._scopes: dict[tuple[str, str], dict[str, None]] = {}

    def __setitem__(self, grant_id: str, grant: Grant) -> None:
        super().__setitem__(grant_id, grant)
        if grant.alive:
            self._scopes.setdefault((grant.user_id, grant.client_id), {}).update(dict.fromkeys(grant.scopes))

    def scopes_of(self, *, user_id: str, client_id: str) -> list[str]:
        """List the scopes that the living grants of one user to one app carry."""
        return list(self._scopes.get((user_id, client_id), ()))

    def end(self, *, user_id: str, client_id: str) -> None:
        """Let every grant of one user to one app die."""
        for grant in self.where("living", (user_id, client_id)):
            grant.alive = False
            self[grant.id] = grant
        self._scopes.pop((user_id, client_id), None)


@dataclass
class Code:
    """A single-use authorisation code."""

    code: str
    grant_id: str
    client_id: str
    redirect_uri: str
    challenge: str | None
    nonce: str | None
    expires_at: datetime
    used: bool = False


@dataclass
class RefreshToken:
    """A refresh token; once used it may be retried inside the grace window."""

    token: str
    grant_id: str
    issued_at: datetime
    first_used_at: datetime | None = None
    next_refresh: str | None = None
    next_access: str | None = None


@dataclass
class AccessToken:
    """An access token as issued; the string itself is the JWT."""

    token: str
    grant_id: str
    scopes: list[str]
    issued_at: datetime
    expires_at: datetime


@dataclass
class Undo:
    """How to take one life event back: which kind of thing, which one, and what it was."""

    kind: str
    user_id: str | None
    organisation_id: str | None
    before: Any
    event: str = ""


@dataclass
class World:
    """Everything. Hold `lock` while reading or writing, and only for as long as that takes."""

    seed: int
    employees: int
    orgs: int
    generation: int = 0
    serial: int = 0
    changes: int = 0
    key_number: int = 0
    users: Users = field(default_factory=Users)
    apps: dict[str, App] = field(default_factory=dict)
    organisations: Organisations = field(default_factory=Organisations)
    connections: Connections = field(default_factory=Connections)
    grants: Grants = field(default_factory=Grants)
    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    undo: list[Undo] = field(default_factory=list)
    swept_at: datetime | None = None
    peopled: dict[str, None] = field(default_factory=dict, repr=False, compare=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def next_serial(self) -> int:
        """Count on; every id made at run time comes from here, so a replay gives the same ids."""
        self.serial += 1
        return self.serial

    def touch(self) -> None:
        """Note that something changed which a state file should hold."""
        self.changes += 1

    def user_by_email(self, email: str) -> User | None:
        """Find a user by e-mail address, whatever its case."""
        return next(iter(self.users.where("email", email.strip().casefold())), None)

    def organisation_named(self, text: str) -> Organisation | None:
        """Find an organisation by id or by name."""
        return self.organisations.get(text.lower()) or self.organisations.named(text)

    def connections_of(self, *, user_id: str, client_id: str) -> list[Connection]:
        """List one user's connections to one app, oldest first."""
        return self.connections.where("owner", (user_id, client_id))

    def connection_for(self, *, user_id: str, client_id: str, organisation_id: str) -> Connection | None:
        """Find one user's connection of one app to one organisation."""
        return next(iter(self.connections.where("one", (user_id, client_id, organisation_id))), None)


def derive_id(seed: int, *parts: object) -> str:
    """Make a GUID that is always the same for the same seed and parts."""
    text = ":".join(str(part) for part in (seed, *parts))
    return str(UUID(bytes=sha256(text.encode()).digest()[:16], version=4))


def run_time_id(world: World, kind: str) -> str:
    """Make the next GUID of a kind at run time."""
    return derive_id(world.seed, kind, world.generation, world.next_serial())


def opaque_token(world: World, kind: str) -> str:
    """Make the next opaque token; a reset starts another series, so old tokens stay dead."""
    text = f"{world.seed}:{kind}:{world.generation}:{world.next_serial()}"
    return sha256(text.encode()).hexdigest()
