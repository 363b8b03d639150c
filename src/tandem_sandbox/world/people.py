"""Reading and writing payroll employees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem_sandbox.world import pay_items, rules, seed
from tandem_sandbox.world.state import ZERO_ID, Organisation, Person, World, derive_id, run_time_id
from tandem_sandbox.world.switches import Switches


@dataclass(frozen=True)
class Saved:
    """One record of a request: the person it became, or why it was refused."""

    sent: Mapping[str, Any]
    person_id: str
    person: Person | None
    errors: tuple[str, ...] = ()


def find(world: World, organisation: Organisation, person_id: str) -> Person | None:
    """Find a person by id, whatever its case."""
    return seed.people_of(world, organisation).get(person_id.strip().lower())


def save(
    world: World,
    organisation: Organisation,
    records: list[Mapping[str, Any]],
    *,
    target: str | None,
    switches: Switches,
    now: datetime,
) -> list[Saved]:
    """Create or update each record; `target` is the id in the path of an update."""
    judged = [_judge(world, organisation, record, target=target, switches=switches) for record in records]
    if any(item.errors for item in judged) and switches["batch_with_bad_record"] == "all_rejected":
        return judged
    return [item if item.errors else _commit(world, organisation, item, switches=switches, now=now) for item in judged]


def _judge(
    world: World, organisation: Organisation, record: Mapping[str, Any], *, target: str | None, switches: Switches
) -> Saved:
    wanted = target or str(record.get("EmployeeID") or ZERO_ID).lower()
    existing = find(world, organisation, wanted)
    unknown = rules.unknown_elements(record)
    if wanted != ZERO_ID and existing is None:
        unknown.append("The Employee ID does not exist.")
    if unknown:
        return Saved(record, wanted, None, tuple(unknown))
    sent = rules.normalise(record)
    errors = []
    if existing and _clears_termination(existing, sent):
        if switches["rehire_by_clearing"] == "refuse":
            errors.append("The Termination Date may not be removed.")
        elif switches["rehire_by_clearing"] == "ignore":
            sent = {name: value for name, value in sent.items() if not name.startswith("Termination")}
    fields = _merged(existing, sent)
    errors += rules.check(fields, sent=sent, organisation=organisation, switches=switches, is_new=existing is None)
    return Saved(sent if not errors else record, wanted, existing, tuple(errors))


def _clears_termination(existing: Person, sent: Mapping[str, Any]) -> bool:
    return bool(existing.fields.get("TerminationDate")) and sent.get("TerminationDate", "kept") in (None, "")


def _merged(existing: Person | None, sent: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(existing.fields) if existing else {}
    for name, value in sent.items():
        if value is None or value == "":
            fields.pop(name, None)
        else:
            fields[name] = value
    if not fields.get("TerminationDate"):
        fields.pop("TerminationReason", None)
    return fields


def _commit(world: World, organisation: Organisation, item: Saved, *, switches: Switches, now: datetime) -> Saved:
    sent = dict(item.sent)
    if sent.get("SuperMemberships"):
        sent["SuperMemberships"] = [
            {"SuperMembershipID": run_time_id(world, "membership"), **membership}
            for membership in sent["SuperMemberships"]
        ]
    person = item.person or _new_person(world, organisation, now=now)
    _apply(organisation, person, sent, now=now, bump=bool(switches["unchanged_update_bumps"]) or item.person is None)
    person.writes += 1
    world.touch()
    return Saved(item.sent, person.id, person)


def _new_person(world: World, organisation: Organisation, *, now: datetime) -> Person:
    people = seed.people_of(world, organisation)
    number = max((person.number for person in people.values()), default=0) + 1
    person_id = derive_id(world.seed, organisation.id, "created", world.generation, world.next_serial())
    person = Person(id=person_id, number=number, fields=_starting_fields(organisation), updated_at=now)
    people[person.id] = person
    return person


def _starting_fields(organisation: Organisation) -> dict[str, Any]:
    """Fill in what Payroll AU makes by itself for a new employee."""
    return {
        "BankAccounts": [],
        "SuperMemberships": [],
        "LeaveBalances": [],
        "IsSTP2Qualified": False,
        "OrdinaryEarningsRateID": pay_items.ordinary_rate_id(organisation),
    }


def _apply(organisation: Organisation, person: Person, sent: Mapping[str, Any], *, now: datetime, bump: bool) -> None:
    organisation.changed[person.id] = person
    fields = _merged(person, sent)
    if fields != person.fields or bump:
        person.fields = fields
        person.updated_at = now


def edit(
    world: World, organisation: Organisation, person: Person, changes: Mapping[str, Any], *, now: datetime
) -> None:
    """Change a person as somebody would on Xero's own screens: no rule but the shape of the values."""
    _apply(organisation, person, rules.normalise(changes), now=now, bump=False)
    world.touch()


def add(world: World, organisation: Organisation, fields: Mapping[str, Any], *, now: datetime) -> Person:
    """Add a person as somebody would on Xero's own screens."""
    person = _new_person(world, organisation, now=now)
    _apply(organisation, person, rules.normalise(fields), now=now, bump=True)
    world.touch()
    return person
