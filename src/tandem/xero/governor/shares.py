"""Which calls of a window are kept for whom. Pure: counts and a subtraction.

Every window (in progress, minute, day) keeps a share for probes and one for people; the day also one for writes. What its
owner has used of a share in this window is not kept a second time. Runs have no share: they get what the others leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Share(StrEnum):
    PROBES = "probes"
    PEOPLE = "people"
    WRITES = "writes"
    READS = "reads"


#: Whose unused share a call leaves alone. People go before writes; nobody takes what the status needs, nor what people need.
LEAVES: Mapping[Share, tuple[Share, ...]] = {
    Share.PROBES: (Share.PEOPLE,),
    Share.PEOPLE: (Share.PROBES,),
    Share.WRITES: (Share.PROBES, Share.PEOPLE),
    Share.READS: (Share.PROBES, Share.PEOPLE, Share.WRITES),
}
#: The parts of a run, which can wait.
OF_RUNS = frozenset({Share.WRITES, Share.READS})

#: A consent takes three calls and a button two to four; a probe takes two, and one more where it was refused.
PEOPLE_IN_A_MINUTE, PROBES_IN_A_MINUTE = 5, 3
#: A probe every quarter of an hour; ten consents.
PROBES_IN_A_DAY, PEOPLE_IN_A_DAY = 96, 30


@dataclass(frozen=True)
class Counts:
    """Calls by whose share they belong to."""

    probes: int = 0
    people: int = 0
    writes: int = 0
    reads: int = 0

    def of(self, share: Share) -> int:
        """Return one of the counts."""
        return {
            Share.PROBES: self.probes,
            Share.PEOPLE: self.people,
            Share.WRITES: self.writes,
            Share.READS: self.reads,
        }[share]

    def plus(self, share: Share) -> "Counts":
        """Return the counts with one more call."""
        return replace(self, **{share.value: self.of(share) + 1})


NOTHING = Counts()


def kept_in_flight(limit: int) -> Counts:
    """Return the places kept among the calls in progress; a run always has one."""
    return Counts(probes=min(1, limit // 3), people=min(1, limit // 2))


def kept_in_a_minute(limit: int) -> Counts:
    """Return the calls of a minute that are kept; small limits keep a part."""
    return Counts(probes=min(PROBES_IN_A_MINUTE, limit // 12), people=min(PEOPLE_IN_A_MINUTE, limit // 8))


def kept_in_a_day(limit: int, *, write_share: float) -> Counts:
    """Return the calls of a day that are kept: `write_share` of them for writes and people together (xero.md R14)."""
    firm = round(limit * write_share)
    people = min(PEOPLE_IN_A_DAY, limit // 20)
    return Counts(probes=min(PROBES_IN_A_DAY, limit // 6), people=people, writes=max(0, firm - people))


def room(share: Share, *, limit: int, spent: int, by: Counts, kept: Counts) -> int:
    """Return how many calls may still go; `spent` may be more than `by` says, where Xero counts what we did not."""
    left_alone = sum(max(0, kept.of(other) - by.of(other)) for other in LEAVES[share])
    return limit - spent - left_alone
