"""A link follows its person to another record of theirs, with what both sides last agreed on."""

from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.xero.models import IN_USE, Binding
from tandem.xero.sync import proposals
from tandem.xero.sync.unlinking import leave_alone


@scoped
def move_link(actor: Actor, *, from_id: UUID, to_id: UUID, only: UUID | None = None) -> UUID | None:
    """Move a record's link to another record that has none; return the Xero id, None where there is no link to move.

    `only` moves none but the link to this Xero id. What both sides agreed on goes along, so that the next run compares
    the other record's values with it; open conflicts, and proposals that name the record, close and are found anew.
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
    row.save(update_fields=["employee", "seen_revision"])
    return row.xero_employee_id
