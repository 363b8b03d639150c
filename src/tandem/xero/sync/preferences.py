"""What the customer chose for the sync. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from tandem.kernel.errors import Problem
from tandem.xero.mapping.fields import FieldGroup, SharedField
from tandem.xero.mapping.payroll import IMPORT_ONLY
from tandem.xero.matching.matching import Side


class Authority(StrEnum):
    """Which side is right when both changed differently."""

    TANDEM = "tandem"
    XERO = "xero"
    ASK = "ask"


class TerminationFlow(StrEnum):
    """Which way termination dates travel."""

    IMPORT = "import"
    EXPORT = "export"
    BOTH = "both"


SHORTEST_INTERVAL_MINUTES = 15
READERS: Mapping[str, Callable[[Any], object]] = {"authority": Authority, "termination": TerminationFlow}
NO_OVERRIDES: Mapping[FieldGroup, Authority] = MappingProxyType({})
NO_STANDING: Mapping[SharedField, Side] = MappingProxyType({})
#: An end of employment, and what one wrong value lets somebody steal, are decided person by person; what is only imported
#: never clashes.
NEVER_STANDING = IMPORT_ONLY | {SharedField.TERMINATION, SharedField.BANK_ACCOUNTS, SharedField.TAX_FILE_NUMBER}


@dataclass(frozen=True)
class Preferences:
    """The Integration tab as a value; `authority_of` answers for a group of fields."""

    authority: Authority = Authority.ASK
    overrides: Mapping[FieldGroup, Authority] = field(default_factory=lambda: NO_OVERRIDES)
    auto_import: bool = False
    auto_export: bool = False
    interval_minutes: int = 180
    match_by_name_and_birth_date: bool = True
    match_by_name_and_postcode: bool = True
    #: A branch and the Xero employee group that its Integration API Key names are one thing.
    match_branches: bool = False
    #: Somebody who is moved on one side is moved on the other.
    allow_transfers: bool = False
    termination: TerminationFlow = TerminationFlow.IMPORT
    import_terminated: bool = False
    create_in_hr: bool = True
    create_in_xero: bool = True
    #: Nothing is written in Xero, and Xero is asked for no leave to.
    read_only: bool = False
    #: What makes an automatic run wait for a person; 0 people means any number.
    hold_creates: bool = False
    hold_ends: bool = False
    hold_bank: bool = False
    hold_more_than: int = 0
    #: Fields decided for good: which side is kept where the two clash, for everybody.
    standing: Mapping[SharedField, Side] = field(default_factory=lambda: NO_STANDING)

    def check(self) -> tuple[Problem, ...]:
        """Return what must be fixed before these choices can be kept."""
        if self.interval_minutes < SHORTEST_INTERVAL_MINUTES:
            message = f"Automatic runs can be {SHORTEST_INTERVAL_MINUTES} minutes apart or more. Choose a longer time."
            return (Problem("interval_minutes", message),)
        if self.read_only and self.auto_export:
            message = "Automatic export changes people in Xero. Switch it off, or let Tandem do more than read."
            return (Problem("auto_export", message),)
        if self.hold_more_than < 0:
            return (
                Problem("hold_more_than", "Enter how many people may be changed without a look, or 0 for any number."),
            )
        if not NEVER_STANDING.isdisjoint(self.standing):
            return (Problem("standing", "This field is decided person by person, never for everybody at once."),)
        return ()

    def as_json(self) -> dict[str, object]:
        """Return the choices as plain JSON, for storing and for snapshots of settings."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return plain | {
            "overrides": {group.value: authority.value for group, authority in self.overrides.items()},
            "standing": {shared.value: side.value for shared, side in self.standing.items()},
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Self:
        """Return what `as_json` wrote; a choice that an older release did not know keeps its default."""
        known = {item.name: raw[item.name] for item in fields(cls) if item.name in raw}
        overrides, standing = known.pop("overrides", {}), known.pop("standing", {})
        typed: dict[str, Any] = {
            name: READERS[name](value) if name in READERS else value for name, value in known.items()
        }
        groups = overrides.items() if isinstance(overrides, Mapping) else ()
        decided = standing.items() if isinstance(standing, Mapping) else ()
        return cls(
            **typed,
            overrides={FieldGroup(group): Authority(authority) for group, authority in groups},
            standing={SharedField(shared): Side(side) for shared, side in decided},
        )

    def authority_of(self, group: FieldGroup) -> Authority:
        """Return who decides for a group of fields."""
        return self.overrides.get(group, self.authority)

    @property
    def imports_terminations(self) -> bool:
        """Say whether an end of employment in Xero ends it in Tandem."""
        return self.termination in (TerminationFlow.IMPORT, TerminationFlow.BOTH)

    @property
    def exports_terminations(self) -> bool:
        """Say whether an end of employment in Tandem ends it in Xero."""
        return self.termination in (TerminationFlow.EXPORT, TerminationFlow.BOTH)

    @property
    def interval(self) -> timedelta:
        """Return how long automatic runs lie apart."""
        return timedelta(minutes=self.interval_minutes)
