"""What the customer chose for the sync. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from tandem.xero.mapping.fields import FieldGroup


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


NO_OVERRIDES: Mapping[FieldGroup, Authority] = MappingProxyType({})


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
    termination: TerminationFlow = TerminationFlow.IMPORT
    import_terminated: bool = False
    create_in_hr: bool = True
    create_in_xero: bool = True

    def authority_of(self, group: FieldGroup) -> Authority:
        """Return who decides for a group of fields."""
        return self.overrides.get(group, self.authority)

    @property
    def interval(self) -> timedelta:
        """Return how long automatic runs lie apart."""
        return timedelta(minutes=self.interval_minutes)
