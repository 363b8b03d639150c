"""What somebody may read of runs: whom they were about, and the values of payroll (by their last digits, never whole)."""

from dataclasses import dataclass

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.xero.mapping.fields import OF_PAYROLL

PAYROLL_NAMES = frozenset(field.value for field in OF_PAYROLL)
#: In place of what is wrong with payroll details, which may name a fund or a country.
TO_MEND = "Payroll details need mending first. Somebody with the Payroll Tab role sees what."


@dataclass(frozen=True)
class Sight:
    """What an actor may read."""

    sees_people: bool
    sees_payroll: bool

    @classmethod
    def of(cls, actor: Actor) -> "Sight":
        """Return what this actor may read: payroll values take the role that shows the tabs of a record, and the record."""
        return cls(actor.may(Permission.VIEW_EMPLOYEES), actor.may(Permission.VIEW_PAYROLL))

    def may_read(self, field: str) -> bool:
        """Say whether values of a field, named as in SharedField or as the part of one, may be read."""
        return self.sees_people and (self.sees_payroll or field.split(".")[0] not in PAYROLL_NAMES)
