"""Base, ours, theirs: what one field's three values say. Pure; knows neither preferences nor directions."""

from enum import StrEnum

from tandem.xero.mapping.fields import FieldValue, SharedField
from tandem.xero.mapping.values import is_blank, same
from tandem.xero.sync.records import Base


class Verdict(StrEnum):
    """`ours` and `theirs` name the value that should end up on both sides."""

    AGREED = "agreed"
    OURS = "ours"
    THEIRS = "theirs"
    CLASH = "clash"


def compare(field: SharedField, *, ours: FieldValue, theirs: FieldValue, base: Base) -> Verdict:
    """Say which side changed since both agreed; two values that never agreed clash, unless one of them is blank.

    Filling a blank overwrites nothing. A termination is never filled in: on a fresh match it may be an old job.
    """
    if same(field, ours, theirs):
        return Verdict.AGREED
    if field in base:
        return _since_base(field, ours, theirs, base[field])
    if field is SharedField.TERMINATION:
        return Verdict.CLASH
    if is_blank(field, ours):
        return Verdict.THEIRS
    return Verdict.OURS if is_blank(field, theirs) else Verdict.CLASH


def _since_base(field: SharedField, ours: FieldValue, theirs: FieldValue, base: FieldValue) -> Verdict:
    ours_changed = not same(field, ours, base)
    theirs_changed = not same(field, theirs, base)
    if ours_changed == theirs_changed:
        return Verdict.CLASH
    return Verdict.OURS if ours_changed else Verdict.THEIRS
