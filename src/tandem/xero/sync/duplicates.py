"""People who may be on one side twice, with whom they are linked to; and of whom somebody said that they are not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people.doubles import list_identities
from tandem.people.records import EmployeeRecord
from tandem.people.selectors import names_of
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.matching.duplicates import Doubles, Known, find_doubles
from tandem.xero.matching.matching import Side
from tandem.xero.models import IN_USE, Binding, Connection, NotOnePerson
from tandem.xero.sync import mirror
from tandem.xero.sync.ours import list_by_id

SHOWN = 100
GONE = "Somebody no longer on record"
CHANGED = "These records are no longer listed together. Look at the list again; nothing was changed."


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
    apart: "tuple[Apart, ...]" = ()


@dataclass(frozen=True)
class Apart:
    """Records that somebody said are different people; the newest decisions are shown first, at most SHOWN."""

    apart_id: UUID
    side: Side
    names: tuple[str, ...]
    decided_at: datetime
    by_user_id: UUID | None


@scoped_part
def list_duplicates(actor: Actor) -> DuplicatesPage:
    """Return who may be on one side twice, from what Tandem knows; asks Xero nothing."""
    actor.require(Permission.MANAGE_INTEGRATION)
    actor.require(Permission.VIEW_EMPLOYEES)
    links = {
        row.xero_employee_id: row.employee_id
        for row in Binding.objects.filter(account_id=actor.account_id, **IN_USE).only("xero_employee_id", "employee_id")
    }
    people = _in_xero(actor)
    said = list(NotOnePerson.objects.filter(account_id=actor.account_id).order_by("-decided_at", "apart_id"))
    ours, theirs = _groups(actor, Side.HR, people, said), _groups(actor, Side.XERO, people, said)
    return DuplicatesPage(
        ours=_ours(actor, ours[:SHOWN], set(links.values())),
        theirs=_theirs(actor, theirs[:SHOWN], people, links),
        here=len(ours),
        in_xero=len(theirs),
        apart=_apart(actor, said[:SHOWN], people),
    )


@scoped
def keep_apart(actor: Actor, *, side: Side, person_ids: Iterable[UUID]) -> None:
    """Say that the records of a group, as it is listed now, are different people; raise Invalid where it is another."""
    actor.require(Permission.MANAGE_INTEGRATION)
    actor.require(Permission.VIEW_EMPLOYEES)
    wanted, people = set(person_ids), _in_xero(actor) if side is Side.XERO else {}
    said = NotOnePerson.objects.filter(account_id=actor.account_id)
    if wanted not in [set(group.person_ids) for group in _groups(actor, side, people, said)]:
        raise Invalid(Problem("", CHANGED))
    ids = sorted(map(str, wanted))
    row = NotOnePerson.objects.create(
        account_id=actor.account_id, side=side.value, person_ids=ids, decided_at=clock.now(), by_user_id=actor.user_id
    )
    _tell(actor, Event.MATCH_REJECTED, row)


@scoped
def ask_about_again(actor: Actor, apart_id: UUID) -> None:
    """Take back that records are different people: they are listed again while they look alike. Raise NotFound."""
    actor.require(Permission.MANAGE_INTEGRATION)
    row = NotOnePerson.objects.select_for_update().filter(account_id=actor.account_id, apart_id=apart_id).first()
    if row is None:
        raise NotFound("This is asked again already. Nothing was changed.")
    _tell(actor, Event.MATCH_ASKED_AGAIN, row)
    row.delete()


def _tell(actor: Actor, event: Event, row: NotOnePerson) -> None:
    facts = {"side": row.side, "people": row.person_ids}
    record(actor, event, subject_kind="duplicates", subject_id=row.apart_id, facts=facts)


def _groups(
    actor: Actor, side: Side, people: dict[UUID, XeroEmployee], said: Iterable[NotOnePerson]
) -> tuple[Doubles, ...]:
    apart = [[UUID(one) for one in row.person_ids] for row in said if row.side == side.value]
    if side is Side.XERO:
        every = people.values()
        known = (Known(one.xero_employee_id, one.first_name, one.last_name, one.date_of_birth) for one in every)
    else:
        ours = list_identities(actor)
        known = (Known(one.employee_id, one.first_name, one.last_name, one.date_of_birth) for one in ours)
    return find_doubles(known, apart=apart)


def _apart(actor: Actor, said: list[NotOnePerson], people: dict[UUID, XeroEmployee]) -> tuple[Apart, ...]:
    here = {UUID(one) for row in said if row.side == Side.HR.value for one in row.person_ids}
    names = {one: person.full_name for one, person in people.items()}
    names |= {
        one.employee_id: f"{one.full_name} {one.employee_number}".strip()
        for one in list_by_id(actor, employee_ids=here)
    }
    return tuple(
        Apart(
            row.apart_id,
            Side(row.side),
            tuple(names.get(UUID(one), GONE) for one in row.person_ids),
            row.decided_at,
            row.by_user_id,
        )
        for row in said
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
                DoubleInXero(people[one], names.get(links[one], GONE) if one in links else "")
                for one in group.person_ids
            ),
        )
        for group in groups
    )
