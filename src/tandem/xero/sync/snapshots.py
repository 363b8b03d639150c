"""Both sides as the planner takes them, from what is stored; and the plan that follows. Asks Xero nothing."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import Q, QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.people.bank_changes import mark_of, standing_of_bank_accounts
from tandem.people.payroll_records import BankAccount
from tandem.tenancy import vault
from tandem.xero.catalog.selectors import lists_of
from tandem.xero.mapping.employee import XeroEmployee, theirs_value
from tandem.xero.mapping.fields import SharedField, fields_of
from tandem.xero.mapping.values import normalise
from tandem.xero.matching.matching import Pair, Side
from tandem.xero.models import Binding as BindingRow
from tandem.xero.models import Conflict as ConflictRow
from tandem.xero.models import Connection, MatchProposal
from tandem.xero.sync import groups, mirror, planner
from tandem.xero.sync.bindings import base_of, doubted_fields, held_fields
from tandem.xero.sync.branches import branch_keys
from tandem.xero.sync.ours import get_employee, iter_employees, list_by_id
from tandem.xero.sync.plan import Plan
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.proposals import BY_PEOPLE, ProposalDecision
from tandem.xero.sync.records import BankHold, Base, Binding, Decision, Extent, RunRequest, Snapshot
from tandem.xero.sync.stored import conflict_from_json
from tandem.xero.sync.unreadable import unreadable_people

CONFLICT_COLUMN = "xero_conflict.values"
DEFAULT_ZONE = "Australia/Sydney"


def take_of(
    actor: Actor, connection: Connection, employee_ids: Collection[UUID], *, preferences: Preferences
) -> Snapshot:
    """Return both sides of some of ours only: them, whom they are linked to, and whoever in Xero is linked to nobody."""
    account_id, connection_id = connection.account_id, connection.connection_id
    with scope(account_id):
        ours = tuple(list_by_id(actor, employee_ids=employee_ids))
        rows = BindingRow.objects.filter(
            account_id=account_id, connection_id=connection_id, employee_id__in=list(employee_ids)
        )
        links = {row.xero_employee_id: row.employee_id for row in rows}
        wanted = set(links)
        if len(links) < len(ours):
            wanted |= mirror.unlinked(account_id, connection_id)
        theirs = tuple(person for _, person in mirror.load(account_id, connection_id, only=wanted))
        bindings = _bindings(theirs, rows)
        return Snapshot(
            taken_at=clock.now(),
            ours=ours,
            theirs=theirs,
            bindings=bindings,
            lists=lists_of(account_id, connection_id),
            bank_holds=_bank_holds(actor, bindings),
            withheld=groups.withheld(preferences),
            branches=branch_keys(actor),
            time_zone=connection.organisation_time_zone or DEFAULT_ZONE,
            decisions=_decisions(account_id, connection_id),
            left_open=_left_open(account_id, connection_id),
            kept_apart=kept_apart(account_id, connection_id),
        )


def take(
    actor: Actor,
    connection: Connection,
    *,
    preferences: Preferences,
    request: RunRequest | None = None,
    nameless_rejects: Iterable[str] = (),
) -> Snapshot:
    """Return both sides as they are known now; a run about one person needs only that person where they are linked."""
    account_id, connection_id = connection.account_id, connection.connection_id
    now = clock.now()
    with scope(account_id):
        only = _only(account_id, connection_id, request)
        ours = tuple(iter_employees(actor)) if only is None else (get_employee(actor, employee_id=only[0]),)
        known = mirror.load(account_id, connection_id, only=None if only is None else [only[1]])
        theirs = tuple(person for _, person in known)
        bindings = _bindings(theirs, _rows(account_id, connection_id, only))
        return Snapshot(
            taken_at=now,
            ours=ours,
            theirs=theirs,
            bindings=bindings,
            lists=lists_of(account_id, connection_id),
            bank_holds=_bank_holds(actor, bindings),
            withheld=groups.withheld(preferences),
            branches=branch_keys(actor),
            extent=Extent.COMPLETE if connection.imported_until or only else Extent.CHANGED,
            time_zone=connection.organisation_time_zone or DEFAULT_ZONE,
            rejects=unreadable_people(account_id, connection_id, nameless_rejects),
            decisions=_decisions(account_id, connection_id),
            left_open=_left_open(account_id, connection_id),
            kept_apart=kept_apart(account_id, connection_id),
            wanted_here=_wanted_here(account_id, connection_id),
        )


def _only(account_id: UUID, connection_id: UUID, request: RunRequest | None) -> tuple[UUID, UUID] | None:
    if request is None or request.employee_id is None:
        return None
    row = BindingRow.objects.filter(
        account_id=account_id, connection_id=connection_id, employee_id=request.employee_id
    ).first()
    return (row.employee_id, row.xero_employee_id) if row else None


def _rows(account_id: UUID, connection_id: UUID, only: tuple[UUID, UUID] | None) -> QuerySet[BindingRow]:
    rows = BindingRow.objects.filter(account_id=account_id, connection_id=connection_id)
    return rows if only is None else rows.filter(employee_id=only[0])


def _bindings(theirs: tuple[XeroEmployee, ...], rows: QuerySet[BindingRow]) -> tuple[Binding, ...]:
    people = {person.xero_employee_id: person for person in theirs}
    return tuple(
        Binding(
            row.employee_id,
            row.xero_employee_id,
            base_of(row),
            _seen(people.get(row.xero_employee_id)),
            held_fields(row),
            doubted_fields(row),
        )
        for row in rows.order_by("xero_employee_id")
    )


def _seen(person: XeroEmployee | None) -> Base:
    if person is None:
        return {}
    return {field: theirs_value(person, field) for field in fields_of(person.payroll) if field not in person.unread}


def _bank_holds(actor: Actor, bindings: Iterable[Binding]) -> dict[UUID, BankHold]:
    """Return whose bank accounts an import does not ask for now."""
    standing = standing_of_bank_accounts(actor)
    if not standing:
        return {}
    holds = {}
    for binding in bindings:
        found = standing.get(binding.employee_id)
        if found and found.waits:
            holds[binding.employee_id] = BankHold.WAITS
        elif found and found.refused_mark and found.refused_mark == _mark_of_theirs(actor, binding):
            holds[binding.employee_id] = BankHold.REFUSED
    return holds


def _mark_of_theirs(actor: Actor, binding: Binding) -> str:
    accounts = normalise(SharedField.BANK_ACCOUNTS, binding.seen.get(SharedField.BANK_ACCOUNTS, ()))
    return mark_of(actor.account_id, cast("tuple[BankAccount, ...]", accounts))


def _decisions(account_id: UUID, connection_id: UUID) -> tuple[Decision, ...]:
    rows = ConflictRow.objects.filter(
        account_id=account_id, connection_id=connection_id, closed_at__isnull=True, values_sealed__isnull=False
    ).exclude(decision="")
    found = []
    for row in rows.order_by("decided_at", "conflict_id"):
        conflict = conflict_from_json(json.loads(unseal_conflict(row)))
        found.append(Decision(row.employee_id, conflict.field, Side(row.decision), conflict.ours, conflict.theirs))
    return tuple(found)


def _left_open(account_id: UUID, connection_id: UUID) -> frozenset[tuple[UUID, SharedField]]:
    rows = ConflictRow.objects.filter(
        account_id=account_id, connection_id=connection_id, closed_at__isnull=True, decision=""
    )
    return frozenset(
        (employee_id, SharedField(field)) for employee_id, field in rows.values_list("employee_id", "field")
    )


def unseal_conflict(row: ConflictRow) -> str:
    """Return a conflict's stored values. Inside the account's scope."""
    if row.values_sealed is None:
        return "{}"
    return vault.unseal(row.account_id, row.values_sealed, column=CONFLICT_COLUMN, row_id=row.conflict_id)


def kept_apart(account_id: UUID, connection_id: UUID) -> frozenset[Pair]:
    """Return the pairs that people said are not one person, and those that wait for people to say so or not."""
    rows = MatchProposal.objects.filter(account_id=account_id, connection_id=connection_id)
    apart = rows.filter(
        Q(decision__in=[ProposalDecision.APART.value, ProposalDecision.NEW_PERSON.value])
        | Q(reason_code__in=BY_PEOPLE, decision__in=["", ProposalDecision.LEAVE.value])
    )
    return frozenset(
        Pair(UUID(str(candidate)), row.xero_employee_id) for row in apart for candidate in row.candidate_ids
    )


def _wanted_here(account_id: UUID, connection_id: UUID) -> frozenset[UUID]:
    """Return the people in Xero whom somebody said to add here as somebody new."""
    rows = MatchProposal.objects.filter(
        account_id=account_id, connection_id=connection_id, decision=ProposalDecision.NEW_PERSON.value
    )
    return frozenset(rows.values_list("xero_employee_id", flat=True))


def make_plan(
    snapshot: Snapshot, preferences: Preferences, request: RunRequest, *, now: datetime | None = None
) -> Plan:
    """Return what a run of this kind would do."""
    return planner.plan(snapshot, preferences, now or clock.now(), request=request)
