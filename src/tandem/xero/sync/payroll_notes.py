"""What a preview says of payroll changes that take more than the run itself. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from tandem.xero.mapping.fields import SharedField
from tandem.xero.mapping.values import is_blank
from tandem.xero.matching.matching import Side
from tandem.xero.sync.pages import ChangeLine
from tandem.xero.sync.plan import Step

BANK = SharedField.BANK_ACCOUNTS
ASKS = "The run asks for this; it is in force once a second person has approved it."


def with_payroll_notes(lines: Sequence[ChangeLine], step: Step) -> tuple[ChangeLine, ...]:
    """Return a line's changes, with a note on bank accounts that would replace others in Tandem."""
    if step.target is not Side.HR:
        return tuple(lines)
    asks = any(change.field is BANK and not is_blank(BANK, change.before) for change in step.changes)
    return tuple(
        replace(one, note=f"{one.note} {ASKS}".strip()) if asks and one.field == BANK else one for one in lines
    )
