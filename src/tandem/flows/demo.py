"""The demo's accounts and people: enough for the story, and no more. The rest arrives with the first import.

Running it again changes nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.contrib.auth.hashers import make_password

from tandem.access.actions import ensure_user, grant_access
from tandem.access.roles import Role
from tandem.access.selectors import list_members
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.people.actions import ensure_branch, hire_employee
from tandem.people.records import EmployeeDetails
from tandem.people.selectors import list_by_email
from tandem.tenancy.actions import ensure_brand, open_account
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account

PASSWORD = "tandem-demo-2026"  # noqa: S105  printed by the demo, and refused anywhere but on this machine
BAKERY = uuid.uuid5(uuid.NAMESPACE_DNS, "harbour-lane.tandem.example")
BOOKSHOP = uuid.uuid5(uuid.NAMESPACE_DNS, "second-street.tandem.example")

# The person who authorises in Xero, and the administrator. Birth dates as the simulator's default world has them, so
# that the first import finds both by name and birth date.
ROSA = EmployeeDetails(
    first_name="Rosa",
    last_name="Byrne",
    date_of_birth=date(2001, 3, 9),
    work_email="rosa.byrne@example.com",
)
ALICE = EmployeeDetails(
    first_name="Alice",
    last_name="Lang",
    date_of_birth=date(1983, 5, 20),
    work_email="alice.lang@example.com",
)


@dataclass(frozen=True)
class SignIn:
    """One line of what the launcher prints: who it is, and what they are here for."""

    says: str
    email: str
    password: str = PASSWORD


@dataclass(frozen=True)
class DemoSignIns:
    """Everybody who can sign in to the demo, and the account that the story is about."""

    account_slug: str
    account_id: uuid.UUID
    administrator: SignIn
    second_administrator: SignIn
    payroll_officer: SignIn
    employee: SignIn
    support_agent: SignIn
    other_administrator: SignIn

    @property
    def everybody(self) -> tuple[SignIn, ...]:
        """Return all sign-ins in the order in which they are worth trying."""
        return (
            self.administrator,
            self.second_administrator,
            self.payroll_officer,
            self.employee,
            self.support_agent,
            self.other_administrator,
        )


SIGN_INS = DemoSignIns(
    account_slug="harbour-lane",
    account_id=BAKERY,
    administrator=SignIn("administrator of Harbour Lane Bakery", "alice@harbourlane.example"),
    second_administrator=SignIn("second administrator", "priya@harbourlane.example"),
    payroll_officer=SignIn("payroll officer", "ken@harbourlane.example"),
    employee=SignIn("employee, and the one who authorises in Xero", "rosa@harbourlane.example"),
    support_agent=SignIn("support agent", "sam@tandem.example"),
    other_administrator=SignIn("administrator of Second Street Books", "nina@secondstreet.example"),
)


def seed() -> DemoSignIns:
    """Make the demo's brand, accounts, records and sign-ins where they are missing; return who can sign in."""
    ensure_brand("tandem", name="Tandem", support_email="support@tandem.example")
    _seed_bakery(_ensure_account(BAKERY, "harbour-lane", "Harbour Lane Bakery", "Australia/Melbourne"))
    _seed_bookshop(_ensure_account(BOOKSHOP, "second-street", "Second Street Books", "Australia/Brisbane"))
    ensure_user(SIGN_INS.support_agent.email, name="Sam Silva", password_hash=_hash(PASSWORD), is_support=True)
    return SIGN_INS


@cache
def _hash(password: str) -> str:
    """Hash a password once: the demo prints the same one for everybody, and each hash would hold up its start."""
    return make_password(password)


def _ensure_account(account_id: uuid.UUID, slug: str, name: str, time_zone: str) -> AccountRecord:
    try:
        return get_account(account_id)
    except NotFound:
        return open_account(slug=slug, name=name, brand_key="tandem", time_zone=time_zone, account_id=account_id)


def _seed_bakery(account: AccountRecord) -> None:
    system = Actor.system(account.account_id, because="demo")
    whole = ensure_branch(system, name="Harbour Lane Bakery", is_legal_entity=True)
    for name in ("Shop", "Bakehouse", "Office"):
        ensure_branch(system, name=name, parent_id=whole.branch_id, integration_api_key=name)
    alice, rosa = _ensure_employee(system, ALICE), _ensure_employee(system, ROSA)
    _ensure_access(system, SIGN_INS.administrator, "Alice Lang", Role.ACCOUNT_ADMIN, employee_id=alice)
    _ensure_access(system, SIGN_INS.second_administrator, "Priya Nair", Role.ACCOUNT_ADMIN, Role.PAYROLL_TAB)
    _ensure_access(system, SIGN_INS.payroll_officer, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)
    _ensure_access(system, SIGN_INS.employee, "Rosa Byrne", Role.SELF_SERVICE, employee_id=rosa)


def _seed_bookshop(account: AccountRecord) -> None:
    system = Actor.system(account.account_id, because="demo")
    ensure_branch(system, name="Second Street Books", is_legal_entity=True)
    _ensure_access(system, SIGN_INS.other_administrator, "Nina Papas", Role.ACCOUNT_ADMIN)


def _ensure_employee(actor: Actor, details: EmployeeDetails) -> uuid.UUID:
    known = list_by_email(actor, email=details.work_email)
    return known[0].employee_id if known else hire_employee(actor, details=details, via="demo").employee_id


def _ensure_access(
    actor: Actor, sign_in: SignIn, name: str, *roles: Role, employee_id: uuid.UUID | None = None
) -> None:
    if any(member.email == sign_in.email for member in list_members(actor)):
        return
    user_id = ensure_user(sign_in.email, name=name, password_hash=_hash(sign_in.password))
    grant_access(actor, user_id=user_id, roles=roles, employee_id=employee_id)
