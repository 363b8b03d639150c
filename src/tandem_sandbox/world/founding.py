"""Organisations of every kind, made while the simulator runs (9a item 26)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tandem_sandbox.world import seed
from tandem_sandbox.world.state import ROLES, Organisation, Role, User, World


class FoundingRefused(ValueError):
    """An organisation that cannot be made, with a sentence for the caller."""


@dataclass(frozen=True)
class Kind:
    """A country, and whether payroll was set up; payroll of New Zealand is not what Payroll AU serves."""

    country: str
    payroll_ready: bool
    timezone: str


KINDS = {
    "au_payroll": Kind("AU", payroll_ready=True, timezone="AUSEASTERNSTANDARDTIME"),
    "au_without_payroll": Kind("AU", payroll_ready=False, timezone="AUSEASTERNSTANDARDTIME"),
    "nz": Kind("NZ", payroll_ready=True, timezone="NEWZEALANDSTANDARDTIME"),
}


def found(
    world: World, *, kind: str, name: str, employees: int, is_demo: bool, roles: Mapping[str, str]
) -> Organisation:
    """Make an organisation and let users in: `roles` is a role by e-mail address, each with payroll access."""
    if kind not in KINDS:
        raise FoundingRefused(f"kind is one of {', '.join(KINDS)}.")
    if name and world.organisation_named(name):
        raise FoundingRefused(f"There is an organisation called {name} already.")
    members = [(_member(world, email), _role(role)) for email, role in roles.items()]
    seeded = max(world.orgs, *seed.KINDS_OF_ORGANISATION)
    number = max(seeded, *(org.number for org in world.organisations.touched().values()), 0) + 1
    organisation = seed.build_organisation(world, number=number)
    organisation.name = name or organisation.name
    organisation.headcount, organisation.is_demo = employees, is_demo
    wanted = KINDS[kind]
    organisation.country, organisation.timezone = wanted.country, wanted.timezone
    organisation.payroll_ready = wanted.payroll_ready
    world.organisations[organisation.id] = organisation
    for user, role in members:
        user.roles[organisation.id] = Role(role, payroll_admin=True)
    world.touch()
    return organisation


def _member(world: World, email: str) -> User:
    user = world.user_by_email(email)
    if user is None:
        raise FoundingRefused(f"There is no user {email}. GET /_sandbox/world lists the users.")
    return user


def _role(role: str) -> str:
    if role not in ROLES:
        raise FoundingRefused(f"{role!r} is no role. There are: {', '.join(ROLES)}.")
    return role
