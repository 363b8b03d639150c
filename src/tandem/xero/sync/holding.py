"""What makes an automatic run wait for a person, by the account's own rules. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from tandem.xero.mapping.fields import SharedField
from tandem.xero.matching.matching import Side
from tandem.xero.sync.plan import Step, Verb
from tandem.xero.sync.preferences import Preferences

HELD = "held"
PREFIX = "hold_"


class Hold(StrEnum):
    """Why a run waits, in the order in which it is said. Values are stored with `PREFIX` before them: never rename one."""

    CREATES = "creates"
    ENDS = "ends"
    BANK = "bank"
    MANY = "many"


#: For one and for several.
WORDS: Mapping[Hold, tuple[str, str]] = {
    Hold.CREATES: ("1 person to add in Xero", "{:,} people to add in Xero"),
    Hold.ENDS: ("1 employment to end", "{:,} employments to end"),
    Hold.BANK: ("the bank accounts of 1 person to send to Xero", "the bank accounts of {:,} people to send to Xero"),
    Hold.MANY: ("1 person to change in all", "{:,} people to change in all"),
}


def holds_of(steps: Iterable[Step], preferences: Preferences) -> dict[Hold, int]:
    """Return why these steps wait for a person, and how many people each reason is about; empty where they may go."""
    people: dict[Hold, set[str]] = {hold: set() for hold in Hold}
    for step in steps:
        for hold in _kinds(step):
            people[hold].add(str(step.employee_id or step.xero_employee_id))
    switched_on = {
        Hold.CREATES: preferences.hold_creates,
        Hold.ENDS: preferences.hold_ends,
        Hold.BANK: preferences.hold_bank,
        Hold.MANY: 0 < preferences.hold_more_than < len(people[Hold.MANY]),
    }
    return {hold: len(found) for hold, found in people.items() if found and switched_on[hold]}


def _kinds(step: Step) -> list[Hold]:
    kinds = [Hold.MANY]
    if step.target is Side.XERO and step.verb is Verb.CREATE:
        kinds.append(Hold.CREATES)
    if step.verb is Verb.TERMINATE:
        kinds.append(Hold.ENDS)
    if step.target is Side.XERO and SharedField.BANK_ACCOUNTS in step.after:
        kinds.append(Hold.BANK)
    return kinds


def as_counts(holds: Mapping[Hold, int]) -> dict[str, int]:
    """Return the reasons as the counts of a run keep them."""
    return {f"{PREFIX}{hold.value}": count for hold, count in holds.items()}


def hold_sentence(counts: Mapping[str, int]) -> str:
    """Say why a run waits, from its counts."""
    told = []
    for hold, (one, several) in WORDS.items():
        if count := int(counts.get(f"{PREFIX}{hold.value}", 0)):
            told.append(one if count == 1 else several.format(count))
    return f"This automatic run waits for a person, as the settings say: {', '.join(told)}. Nothing was written yet."
