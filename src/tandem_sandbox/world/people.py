"""Reading and writing payroll employees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem_sandbox.world import merging, pay_items, pay_templates, rules, seed, tax_declarations
from tandem_sandbox.world.case import Case
from tandem_sandbox.world.state import ZERO_ID, Organisation, Person, World, derive_id, run_time_id
from tandem_sandbox.world.switches import Switches
from tandem_sandbox.world.unprocessed import unprocessed_time


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
    deeply = switches["nested_update"] == "merged"
    judged = [
        _judge(world, organisation, record, target=target, deeply=deeply, switches=switches, now=now)
        for record in records
    ]
    if any(item.errors for item in judged) and switches["batch_with_bad_record"] == "all_rejected":
        return judged
    return [
        item if item.errors else _written(world, organisation, item, deeply=deeply, switches=switches, now=now)
        for item in judged
    ]


def objections(
    world: World,
    organisation: Organisation,
    record: Mapping[str, Any],
    *,
    person_id: str | None,
    switches: Switches,
    now: datetime,
) -> tuple[str, ...]:
    """Say what stands in the way of keeping a record as a form has it, keeping nothing. Raises Malformed."""
    return _judge(world, organisation, record, target=person_id, deeply=False, switches=switches, now=now).errors


def save_form(
    world: World,
    organisation: Organisation,
    record: Mapping[str, Any],
    *,
    person_id: str | None,
    switches: Switches,
    now: datetime,
) -> Saved:
    """Keep one record as a form on Xero's own screens has it: the same rules, lists as they stand, and no write.

    `person_id` is None for somebody new. Raises Malformed.
    """
    judged = _judge(world, organisation, record, target=person_id, deeply=False, switches=switches, now=now)
    if judged.errors:
        return judged
    return _commit(world, organisation, judged, deeply=False, switches=switches, now=now)


def _judge(
    world: World,
    organisation: Organisation,
    record: Mapping[str, Any],
    *,
    target: str | None,
    deeply: bool,
    switches: Switches,
    now: datetime,
) -> Saved:
    wanted = target or str(record.get("EmployeeID") or ZERO_ID).lower()
    existing = find(world, organisation, wanted)
    unknown = rules.unknown_elements(record)
    if wanted != ZERO_ID and existing is None:
        unknown.append("The Employee ID does not exist.")
    if unknown:
        return Saved(record, wanted, None, tuple(unknown))
    before = existing.fields if existing else _starting_fields(organisation)
    sent, errors = _without_rehire(before, rules.normalise(record), switches=switches)
    fields = merging.merged(before, sent, deeply=deeply)
    own = existing.fields if existing else {}
    errors += rules.problems(Case(fields, sent, organisation, switches, existing is None, before=own, today=now.date()))
    if existing and fields.get("PayrollCalendarID") != before.get("PayrollCalendarID"):
        errors += unprocessed_time(world, organisation, existing)
    return Saved(record if errors else sent, wanted, existing, tuple(errors))


def _without_rehire(
    before: Mapping[str, Any], sent: dict[str, Any], *, switches: Switches
) -> tuple[dict[str, Any], list[str]]:
    """Refuse, allow or leave out what would clear a termination, as the switch says."""
    clears = bool(before.get("TerminationDate")) and sent.get("TerminationDate", "kept") in (None, "")
    if clears and switches["rehire_by_clearing"] == "refuse":
        return sent, ["The Termination Date may not be removed."]
    if clears and switches["rehire_by_clearing"] == "ignore":
        return {name: value for name, value in sent.items() if not name.startswith("Termination")}, []
    return sent, []


def _written(
    world: World, organisation: Organisation, item: Saved, *, deeply: bool, switches: Switches, now: datetime
) -> Saved:
    saved = _commit(world, organisation, item, deeply=deeply, switches=switches, now=now)
    if saved.person:
        saved.person.writes += 1
    return saved


def _commit(
    world: World, organisation: Organisation, item: Saved, *, deeply: bool, switches: Switches, now: datetime
) -> Saved:
    person = item.person or _new_person(world, organisation, now=now)
    before = person.fields
    fields = merging.merged(before, item.sent, deeply=deeply)
    fields["SuperMemberships"] = [
        {"SuperMembershipID": run_time_id(world, "membership"), **membership}
        if "SuperMembershipID" not in membership
        else membership
        for membership in fields.get("SuperMemberships") or ()
    ]
    _settle(organisation, fields, before=before)
    is_new = item.person is None
    quiet = not is_new and _is_quiet(before, fields, switches=switches)
    _apply(organisation, person, fields, now=now, bump=is_new or bool(switches["unchanged_update_bumps"]), quiet=quiet)
    world.touch()
    return Saved(item.sent, person.id, person)


def _settle(organisation: Organisation, fields: dict[str, Any], *, before: Mapping[str, Any]) -> None:
    """Fill in what follows from the rest: the template's own line, the combined debt, readiness for STP2."""
    template = pay_templates.settled(fields, before=before)
    if template is not None:
        fields["PayTemplate"] = template
    tax = fields.get("TaxDeclaration")
    if tax:
        fields["TaxDeclaration"] = tax = tax_declarations.settled(tax)
    if organisation.stp2 and fields.get("IncomeType") and tax and tax.get("EmploymentBasis"):
        fields["IsSTP2Qualified"] = True


def _is_quiet(before: Mapping[str, Any], after: Mapping[str, Any], *, switches: Switches) -> bool:
    """Say whether all that changed is what a switch says does not move UpdatedDateUTC."""
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    silent: set[str] = set()
    if not switches["termination_bumps"]:
        silent |= {"TerminationDate", "TerminationReason"}
    if not switches["calendar_change_bumps"]:
        silent.add("PayrollCalendarID")
    return bool(changed) and changed <= silent


def _new_person(world: World, organisation: Organisation, *, now: datetime) -> Person:
    people = seed.people_of(world, organisation)
    number = people[next(reversed(people))].number + 1 if people else 1
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


def _apply(
    organisation: Organisation,
    person: Person,
    fields: dict[str, Any],
    *,
    now: datetime,
    bump: bool,
    quiet: bool = False,
) -> None:
    organisation.changed[person.id] = person
    organisation.listings.clear()
    if fields == person.fields and not bump:
        return
    person.fields = fields
    if not quiet:
        person.updated_at = now


def edit(
    world: World, organisation: Organisation, person: Person, changes: Mapping[str, Any], *, now: datetime
) -> None:
    """Change a person as somebody would on Xero's own screens: no rule but the shape of the values."""
    fields = merging.merged(person.fields, rules.normalise(changes), deeply=False)
    _apply(organisation, person, fields, now=now, bump=False)
    world.touch()


def add(world: World, organisation: Organisation, fields: Mapping[str, Any], *, now: datetime) -> Person:
    """Add a person as somebody would on Xero's own screens."""
    person = _new_person(world, organisation, now=now)
    made = merging.merged(person.fields, rules.normalise(fields), deeply=False)
    _settle(organisation, made, before=person.fields)
    _apply(organisation, person, made, now=now, bump=True)
    world.touch()
    return person


def rename_group(world: World, organisation: Organisation, before: str, after: str) -> None:
    """Let everybody of an employee group bear its new name; nobody was changed by that, so no date moves."""
    for person in seed.people_of(world, organisation).values():
        if before != after and person.fields.get("EmployeeGroupName") == before:
            fields = {**person.fields, "EmployeeGroupName": after}
            _apply(organisation, person, fields, now=person.updated_at, bump=False, quiet=True)
