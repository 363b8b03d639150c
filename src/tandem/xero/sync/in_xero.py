"""What Xero was seen to hold of somebody, for the pages of their record. Asks Xero nothing."""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.people.payroll import require_payroll
from tandem.people.payroll_records import TaxFileNumber
from tandem.xero.models import IN_USE, Binding
from tandem.xero.sync import mirror


@scoped_part
def has_number_in_xero(actor: Actor, *, employee_id: UUID) -> bool:
    """Say whether Xero held somebody's tax file number when they were read last: payroll has it, so Tandem need not ask."""
    require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
    link = Binding.objects.filter(account_id=actor.account_id, employee_id=employee_id, **IN_USE).first()
    if link is None:
        return False
    people = mirror.load(actor.account_id, link.connection_id, only=[link.xero_employee_id])
    payroll = people[0][1].payroll if people else None
    return payroll is not None and isinstance(payroll.tax_file_number, TaxFileNumber)
