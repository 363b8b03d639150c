"""A link follows its person to another record of theirs, with what both sides last agreed on."""

from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.xero.mapping.fields import OF_PAYROLL, SharedField
from tandem.xero.models import IN_USE, Binding
from tandem.xero.sync import bindings, proposals
from tandem.xero.sync.unlinking import leave_alone

#: What a merge leaves with each record: nobody has said that the kept record's word on these is Xero's.
NOT_CHOSEN = OF_PAYROLL | {SharedField.TERMINATION}


@scoped
def move_link(actor: Actor, *, from_id: UUID, to_id: UUID, only: UUID | None = None) -> UUID | None:
    """Move a record's link to another record that has none; return the Xero id, None where there is no link to move.

    `only` moves none but the link to this Xero id. What both sides agreed on goes along, so that the next run compares
    the other record's values with it; open conflicts, and proposals that name the record, close and are found anew. The
    end of the employment and payroll details stay behind, since no merge chooses between them: what the other record
    holds of these was never agreed, so that a blank is filled, a difference asked about, and nothing in Xero cleared.
    """
    actor.require(Permission.MANAGE_INTEGRATION)
    proposals.forget_candidate(actor, from_id)
    rows = Binding.objects.select_for_update(of=("self",)).filter(
        account_id=actor.account_id, employee_id__in=[from_id, to_id], **IN_USE
    )
    found = {row.employee_id: row for row in rows}
    row = found.get(from_id)
    if row is None or to_id in found or only not in (None, row.xero_employee_id):
        return None
    leave_alone(row, now=clock.now())
    row.employee_id, row.seen_revision = to_id, 0
    bindings.put_base(row, {name: value for name, value in bindings.base_of(row).items() if name not in NOT_CHOSEN})
    row.save(update_fields=["employee", "seen_revision", "base", "payroll_base"])
    return row.xero_employee_id
