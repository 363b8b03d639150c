"""What a plan is made from: both sides at one instant, and what they agreed on last. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from tandem.people.payroll_records import PayrollDetails
from tandem.people.records import EmployeeRecord
from tandem.xero.client.wire import Reject
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.employment import BranchKey
from tandem.xero.mapping.fields import FieldValue, SharedField, fields_of
from tandem.xero.mapping.payroll import Lists
from tandem.xero.matching.matching import Pair, Side

Base = Mapping[SharedField, FieldValue]
NO_BASE: Base = MappingProxyType({})
NO_LISTS = Lists()
NO_HOLDS: "Mapping[UUID, BankHold]" = MappingProxyType({})


@dataclass(frozen=True)
class Binding:
    """A confirmed pair and the values both sides agreed on last; a field that is absent was never agreed.

    `seen` is what Xero held when it was read last, where that is not the base: an open conflict, a change that was not
    allowed to flow. It stands in for a person who was not read this time; without it the base does. `held` are fields
    that an undo put back on one side, `doubted` those edited in Xero after a write that Xero never confirmed: both flow
    nowhere before a person has said which value stays.
    """

    employee_id: UUID
    xero_employee_id: UUID
    base: Base = field(default_factory=lambda: NO_BASE)
    seen: Base = field(default_factory=lambda: NO_BASE)
    held: frozenset[SharedField] = frozenset()
    doubted: frozenset[SharedField] = frozenset()

    @property
    def waits_for_a_person(self) -> frozenset[SharedField]:
        """Return the fields that flow nowhere by themselves."""
        return self.held | self.doubted

    @property
    def pair(self) -> Pair:
        """Return the two ids."""
        return Pair(self.employee_id, self.xero_employee_id)


@dataclass(frozen=True)
class Decision:
    """What a person decided about one conflict: `keep` holds only while both values are still what they saw."""

    employee_id: UUID
    field: SharedField
    keep: Side
    ours: FieldValue
    theirs: FieldValue


class BankHold(StrEnum):
    """Why an import does not ask for somebody's bank accounts: a request waits, or a person has said no to these."""

    WAITS = "waits"
    REFUSED = "refused"


class Extent(StrEnum):
    """How much of Xero was read: absence means something only in a complete list, and never that somebody left."""

    COMPLETE = "complete"
    CHANGED = "changed"


@dataclass(frozen=True)
class Snapshot:
    """Both sides at one instant. In a CHANGED snapshot a bound person who was not read still has the base's values.

    `left_open` are conflicts that nobody has decided yet: a decision for everybody leaves them to a person. `wanted_here`
    are people in Xero whom somebody said to add here as new, whatever the settings say about people in general. `withheld`
    are fields that are not compared at all.
    """

    taken_at: datetime
    ours: tuple[EmployeeRecord, ...]
    theirs: tuple[XeroEmployee, ...]
    bindings: tuple[Binding, ...] = ()
    extent: Extent = Extent.COMPLETE
    time_zone: str = "Australia/Sydney"
    rejects: tuple[Reject, ...] = ()
    decisions: tuple[Decision, ...] = ()
    left_open: frozenset[tuple[UUID, SharedField]] = frozenset()
    kept_apart: frozenset[Pair] = frozenset()
    wanted_here: frozenset[UUID] = frozenset()
    lists: Lists = NO_LISTS
    is_stp2: bool = True
    bank_holds: Mapping[UUID, BankHold] = field(default_factory=lambda: NO_HOLDS)
    withheld: frozenset[SharedField] = frozenset()
    branches: tuple[BranchKey, ...] = ()

    def fields_of(self, payroll: PayrollDetails | None) -> tuple[SharedField, ...]:
        """Return the fields of somebody that are compared."""
        return tuple(field for field in fields_of(payroll) if field not in self.withheld)


class RunKind(StrEnum):
    IMPORT = "import"
    EXPORT = "export"
    BOTH = "both"


class ImportScope(StrEnum):
    """The three kinds of manual import (described-system.md 1.3); the last two override the authority."""

    PER_AUTHORITY = "per_authority"
    CHANGED = "changed"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class RunRequest:
    """What somebody, or the schedule, asked for; `employee_id` or `xero_employee_id` narrows it to one person."""

    kind: RunKind = RunKind.BOTH
    scope: ImportScope = ImportScope.PER_AUTHORITY
    employee_id: UUID | None = None
    xero_employee_id: UUID | None = None
