"""People who may be on one side twice, with whom they are linked to."""

from dataclasses import dataclass
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.people.doubles import list_identities
from tandem.people.records import EmployeeRecord
from tandem.people.selectors import names_of
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.matching.duplicates import Doubles, Known, find_doubles
from tandem.xero.models import IN_USE, Binding, Connection
from tandem.xero.sync import mirror
from tandem.xero.sync.ours import list_by_id

SHOWN = 100


@dataclass(frozen=True)
class DoubleHere:
    """One record of a group in Tandem."""

    record: EmployeeRecord
    is_linked: bool


@dataclass(frozen=True)
class DoubleInXero:
    """One employee of a group in Xero; `linked_to` is the name of whom they are linked to here, or ""."""

    person: XeroEmployee
    linked_to: str


@dataclass(frozen=True)
class DuplicatesPage:
    """Groups that may be one person, with why, on each side; at most SHOWN of each, `here` and `in_xero` count all."""

    ours: tuple[tuple[str, tuple[DoubleHere, ...]], ...]
    theirs: tuple[tuple[str, tuple[DoubleInXero, ...]], ...]
    here: int
    in_xero: int


@scoped
def list_duplicates(actor: Actor) -> DuplicatesPage:
    """Return who may be on one side twice, from what Tandem knows; asks Xero nothing."""
    actor.require(Permission.MANAGE_INTEGRATION)
    actor.require(Permission.VIEW_EMPLOYEES)
    links = {
        row.xero_employee_id: row.employee_id
        for row in Binding.objects.filter(account_id=actor.account_id, **IN_USE).only("xero_employee_id", "employee_id")
    }
    ours = find_doubles(
        Known(one.employee_id, one.first_name, one.last_name, one.date_of_birth) for one in list_identities(actor)
    )
    people = _in_xero(actor)
    theirs = find_doubles(
        Known(one.xero_employee_id, one.first_name, one.last_name, one.date_of_birth) for one in people.values()
    )
    return DuplicatesPage(
        ours=_ours(actor, ours[:SHOWN], set(links.values())),
        theirs=_theirs(actor, theirs[:SHOWN], people, links),
        here=len(ours),
        in_xero=len(theirs),
    )


def _in_xero(actor: Actor) -> dict[UUID, XeroEmployee]:
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    if connection is None:
        return {}
    return {person.xero_employee_id: person for _, person in mirror.load(actor.account_id, connection.connection_id)}


def _ours(
    actor: Actor, groups: tuple[Doubles, ...], linked: set[UUID]
) -> tuple[tuple[str, tuple[DoubleHere, ...]], ...]:
    wanted = {one for group in groups for one in group.person_ids}
    records = {record.employee_id: record for record in list_by_id(actor, employee_ids=wanted)}
    return tuple(
        (group.sentence, tuple(DoubleHere(records[one], one in linked) for one in group.person_ids)) for group in groups
    )


def _theirs(
    actor: Actor, groups: tuple[Doubles, ...], people: dict[UUID, XeroEmployee], links: dict[UUID, UUID]
) -> tuple[tuple[str, tuple[DoubleInXero, ...]], ...]:
    wanted = {links[one] for group in groups for one in group.person_ids if one in links}
    names = names_of(actor, employee_ids=wanted)
    return tuple(
        (
            group.sentence,
            tuple(
                DoubleInXero(people[one], names.get(links[one], "Somebody no longer on record") if one in links else "")
                for one in group.person_ids
            ),
        )
        for group in groups
    )
