"""The cast of every test: the same people, in the same two accounts.

alice runs Harbour Lane and has a second factor; bob manages its employees; dana is one of them; charlie runs another
account and must never see anything; sam is the vendor's support agent.
"""

import pickle
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import psycopg
import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from tandem.access.actions import ensure_user, grant_access
from tandem.access.models import User
from tandem.access.roles import Role
from tandem.access.selectors import find_actor, support_actor
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.people.actions import ensure_branch, hire_employee
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, Gender
from tandem.tenancy.actions import ensure_brand, open_account
from tandem.tenancy.records import AccountRecord
from tandem.testing.scenes import Rows, Scenes, Storage

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  tests need one they know
DANA = EmployeeDetails(
    first_name="Dana",
    last_name="Okafor",
    gender=Gender.FEMALE,
    home_address=Address("1 Wharf Street", "", "Southbank", "VIC", "3006", "Australia"),
    mobile="0491 570 006",
    work_email="dana@harbourlane.example",
    job_title="Baker",
)


@dataclass(frozen=True)
class Player:
    """One member of the cast: who they are, as whom they act, and a browser in which they are signed in."""

    user: User
    actor: Actor
    client: Client
    account: AccountRecord

    def url(self, path: str) -> str:
        """Return an address within the player's account."""
        return f"/a/{self.account.slug}/{path}"


@dataclass(frozen=True)
class Cast:
    """Everybody. `dana_record` is the employee that dana's sign-in is linked to."""

    alice: Player
    bob: Player
    dana: Player
    charlie: Player
    sam: Player
    dana_record: EmployeeRecord
    anonymous: Client


class Answered(Protocol):
    """What a page came back with."""

    @property
    def content(self) -> bytes: ...


def text_of(response: Answered) -> str:
    """Return what a page says."""
    return response.content.decode()


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def join(account: AccountRecord, name: str, *roles: Role, employee: EmployeeRecord | None = None) -> Player:
    """Give somebody a sign-in and roles in an account."""
    domain = account.slug.replace("-", "")
    user_id = ensure_user(f"{name.split()[0].lower()}@{domain}.example", name=name)
    system = Actor.system(account.account_id, because="cast")
    grant_access(system, user_id=user_id, roles=roles, employee_id=employee.employee_id if employee else None)
    user = User.objects.get(id=user_id)
    actor = find_actor(user, account=account)
    if actor is None:
        raise LookupError(f"{name} has no access to {account.slug}.")
    return Player(user=user, actor=actor, client=_client(user), account=account)


def _support(account: AccountRecord) -> Player:
    user = User.objects.get(id=ensure_user("sam@tandem.example", name="Sam Silva", is_support=True))
    return Player(
        user=user, actor=support_actor(user, account_id=account.account_id), client=_client(user), account=account
    )


def assemble() -> Cast:
    """Open the two accounts and give everybody their place."""
    ensure_brand("tandem", name="Tandem", support_email="support@tandem.example")
    bakery = open_account(
        slug="harbour-lane", name="Harbour Lane Bakery", brand_key="tandem", time_zone="Australia/Melbourne"
    )
    books = open_account(
        slug="second-street", name="Second Street Books", brand_key="tandem", time_zone="Australia/Brisbane"
    )
    system = Actor.system(bakery.account_id, because="cast")
    ensure_branch(system, name="Harbour Lane Bakery", is_legal_entity=True)
    dana_record = hire_employee(system, details=DANA)
    alice = join(bakery, "Alice Lang", Role.ACCOUNT_ADMIN)
    TOTP.activate(alice.user, TOTP_SECRET)
    charlie = join(books, "Charlie Moss", Role.ACCOUNT_ADMIN)
    TOTP.activate(charlie.user, TOTP_SECRET)
    return Cast(
        alice=alice,
        bob=join(bakery, "Bob Tran", Role.EMPLOYEE_MANAGEMENT),
        dana=join(bakery, "Dana Okafor", Role.SELF_SERVICE, employee=dana_record),
        charlie=charlie,
        sam=_support(bakery),
        dana_record=dana_record,
        anonymous=Client(),
    )


@pytest.fixture(scope="session")
def storage(superuser: psycopg.Connection[tuple[object, ...]], tables: tuple[str, ...]) -> Storage:
    """The tables that tests write to."""
    return Storage(superuser, tables)


@pytest.fixture(scope="session")
def scenes(storage: Storage) -> Scenes:
    """What this process's tests begin from."""
    return Scenes(storage)


@pytest.fixture(scope="session")
def assembled() -> dict[datetime | None, tuple[bytes, Rows]]:
    """Everybody as this process assembled them, for each time at which the clock stood (None: it goes)."""
    return {}


@pytest.fixture
def cast(
    real_db: None,  # noqa: ARG001  the database must be usable
    storage: Storage,
    scenes: Scenes,
    assembled: dict[datetime | None, tuple[bytes, Rows]],
) -> Cast:
    """The cast, in a database of their own: assembled once, then put back as it was, with a browser of their own each."""
    stands_at = clock.now() if clock.is_frozen() else None
    if (kept := assembled.get(stands_at)) is not None:
        pickled, rows = kept
        storage.write(rows, over={})
        everybody: Cast = pickle.loads(pickled)  # noqa: S301  our own, from a moment ago
    else:
        everybody = assemble()
        rows = storage.read()
        assembled[stands_at] = (pickle.dumps(everybody), rows)
    scenes.begin(rows)
    return everybody
