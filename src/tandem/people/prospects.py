"""What the records foretell: why, and by when, somebody will lose the access they hold. Pure; no Django."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from tandem.people.records import AbsenceRecord, EmployeeRecord, PositionChangeRecord


class ProspectKind(StrEnum):
    """Why somebody is going to lose access. Values are stored: never rename one."""

    TERMINATION = "termination"
    CONTRACT_END = "contract_end"
    POSITION_CHANGE = "position_change"
    ABSENCE = "absence"
    DELETION = "deletion"
    LOCK = "lock"
    ROLE_CHANGE = "role_change"


#: Somebody away, or with fewer rights in Tandem, may still be a payroll administrator in Xero: their day warns, and
#: stops nothing (design 5, rule 7 is about leavers).
ONLY_WARNS = frozenset({ProspectKind.ABSENCE, ProspectKind.ROLE_CHANGE})
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Prospect:
    """One reason; on the last safe day everything still works."""

    kind: ProspectKind
    last_safe_on: date
    is_private: bool = False

    @property
    def stops_writes(self) -> bool:
        """Say whether nothing may be written with this person's rights once the last safe day has come."""
        return self.kind not in ONLY_WARNS


@dataclass(frozen=True)
class Standing:
    """Everything that is known about one person. `record` is None for a sign-in without an employee record."""

    record: EmployeeRecord | None = None
    deleted_on: date | None = None
    absences: tuple[AbsenceRecord, ...] = field(default=())
    position_changes: tuple[PositionChangeRecord, ...] = field(default=())
    locked_on: date | None = None
    left_payroll_on: date | None = None


@dataclass(frozen=True)
class Terms:
    """From how many days on an absence is long, and how many days a change of roles leaves for the hand-over."""

    long_absence: timedelta = timedelta(days=28)
    grace: timedelta = timedelta(days=7)


def prospects(standing: Standing, *, today: date, terms: Terms) -> tuple[Prospect, ...]:
    """Return every reason why this person is going to lose access, the earliest day first, one of each kind."""
    earliest: dict[ProspectKind, Prospect] = {}
    for found in _every(standing, today, terms):
        known = earliest.get(found.kind)
        if known is None or found.last_safe_on < known.last_safe_on:
            earliest[found.kind] = found
    return tuple(sorted(earliest.values(), key=lambda one: (one.last_safe_on, one.kind.value)))


def _every(standing: Standing, today: date, terms: Terms) -> Iterator[Prospect]:
    record = standing.record
    if record is not None and record.termination_on is not None:
        yield Prospect(ProspectKind.TERMINATION, record.termination_on, record.termination_is_private)
    if record is not None and record.contract_ends_on is not None:
        yield Prospect(ProspectKind.CONTRACT_END, record.contract_ends_on)
    if standing.deleted_on is not None:
        yield Prospect(ProspectKind.DELETION, standing.deleted_on)
    if standing.locked_on is not None:
        yield Prospect(ProspectKind.LOCK, standing.locked_on)
    if standing.left_payroll_on is not None:
        yield Prospect(ProspectKind.ROLE_CHANGE, standing.left_payroll_on + terms.grace)
    yield from _changes(standing.position_changes)
    yield from _absences(standing.absences, today, terms)


def _changes(changes: Iterable[PositionChangeRecord]) -> Iterator[Prospect]:
    for change in changes:
        if change.leaves_payroll and not change.is_taken_back:
            yield Prospect(ProspectKind.POSITION_CHANGE, change.from_on - DAY)


def _absences(absences: Iterable[AbsenceRecord], today: date, terms: Terms) -> Iterator[Prospect]:
    for absence in absences:
        if not absence.is_taken_back and is_long(absence, terms) and not _is_over(absence, today):
            yield Prospect(ProspectKind.ABSENCE, absence.from_on - DAY)


def is_long(absence: AbsenceRecord, terms: Terms) -> bool:
    """Say whether an absence lasts as long as a hand-over is worth; one without an end does."""
    return absence.until_on is None or absence.until_on - absence.from_on + DAY >= terms.long_absence


def _is_over(absence: AbsenceRecord, today: date) -> bool:
    return absence.until_on is not None and absence.until_on < today
