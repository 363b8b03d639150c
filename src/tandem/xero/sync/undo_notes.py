"""What a preview says of the changes that no undo takes back. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from tandem.xero.sync.pages import ChangeLine
from tandem.xero.sync.plan import Step
from tandem.xero.sync.sentences import SENTENCES
from tandem.xero.sync.undo import why_never


def with_undo_notes(lines: Sequence[ChangeLine], step: Step) -> tuple[ChangeLine, ...]:
    """Return a line's changes, with a note on each that stays in an undo of the run; a line that stays whole says so itself."""
    if step.is_undo or not step.can_be_undone:
        return tuple(lines)
    reasons = {change.field.value: why_never(step.target, change) for change in step.changes}
    return tuple(_with_note(line, SENTENCES[reason]) if (reason := reasons.get(line.field)) else line for line in lines)


def _with_note(line: ChangeLine, sentence: str) -> ChangeLine:
    return replace(line, note=f"{line.note} No undo: {sentence}".strip())
