"""Which part of a preview may go ahead: by kind of step and side, by group of fields, and person by person. Pure.

Somebody who is added, ended, brought back or moved to the bin is taken or left whole; an update may be taken in part.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from tandem.xero.mapping.fields import FieldGroup, SharedField
from tandem.xero.mapping.payroll import JUDGED_TOGETHER
from tandem.xero.matching.matching import Side
from tandem.xero.sync.plan import Step, Verb

UPDATE = Verb.UPDATE.value


@dataclass(frozen=True)
class Planned:
    """One step of a stored plan as its row shows it: `kind` is side and verb (`xero_create`)."""

    step_id: UUID
    kind: str
    fields: tuple[SharedField, ...]

    @property
    def is_update(self) -> bool:
        """Say whether it may be taken in part."""
        return self.kind.endswith(f"_{UPDATE}")


@dataclass(frozen=True)
class Choice:
    """What may go ahead; `left_out` names steps that do not, whatever their kind."""

    kinds: frozenset[str]
    groups: frozenset[FieldGroup]
    left_out: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Tally:
    """How many steps there are of each kind, and in how many updates each group of fields has something."""

    kinds: Mapping[str, int]
    groups: Mapping[FieldGroup, int]


@dataclass(frozen=True)
class Outcome:
    """What a choice comes to: steps that go whole, in part, and not at all."""

    whole: int
    part: int
    left: int

    @property
    def going(self) -> int:
        """Return how many steps go ahead."""
        return self.whole + self.part


def group_of(field: SharedField) -> FieldGroup:
    """Return the group a field is chosen with: what Xero judges with the tax declaration goes with it."""
    return FieldGroup.TAX if field in JUDGED_TOGETHER else field.group


def everything(planned: Iterable[Planned]) -> Choice:
    """Return the choice that leaves nothing out."""
    return Choice(frozenset(one.kind for one in planned), frozenset(FieldGroup))


def tally(planned: Iterable[Planned]) -> Tally:
    """Return what there is to choose from."""
    kinds: Counter[str] = Counter()
    groups: Counter[FieldGroup] = Counter()
    for one in planned:
        kinds[one.kind] += 1
        if one.is_update:
            groups.update({group_of(field) for field in one.fields})
    return Tally(kinds, groups)


def fields_left(one: Planned, choice: Choice) -> frozenset[SharedField]:
    """Return which fields of a step stay behind: none where it goes whole, all where it does not go."""
    if one.kind not in choice.kinds or one.step_id in choice.left_out:
        return frozenset(one.fields)
    if not one.is_update:
        return frozenset()
    return frozenset(field for field in one.fields if group_of(field) not in choice.groups)


def outcome(planned: Iterable[Planned], choice: Choice) -> Outcome:
    """Return how many steps go and stay."""
    found = Counter(_fate(one, fields_left(one, choice)) for one in planned)
    return Outcome(found["whole"], found["part"], found["left"])


def _fate(one: Planned, left: frozenset[SharedField]) -> str:
    if not left:
        return "whole"
    return "part" if left < set(one.fields) else "left"


def without(step: Step, left: frozenset[SharedField]) -> Step:
    """Return an update without some of its fields; a birth date that Xero lacks goes along with whatever goes."""
    kept = tuple(change for change in step.changes if change.field not in left or _goes_along(step, change.field))
    return replace(step, changes=kept)


def _goes_along(step: Step, field: SharedField) -> bool:
    is_missing = any(change.field is field and change.before is None for change in step.changes)
    return step.target is Side.XERO and field is SharedField.DATE_OF_BIRTH and is_missing
