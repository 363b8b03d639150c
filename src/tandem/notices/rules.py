"""Who is told of an incident, when and how: a ladder of people. Pure: facts in, a decision out.

A ladder never consists of the leaver alone: whoever leaves stands on no rung, and a rung on which nobody can be reached is
passed over at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Urgency(StrEnum):
    """How much an incident presses: `now` breaks through quiet hours, `digest` waits for the daily letter."""

    DIGEST = "digest"
    SOON = "soon"
    NOW = "now"


class Rung(StrEnum):
    """A circle of people, in the order in which they are told."""

    ADMINISTRATORS = "administrators"
    PAYROLL = "payroll"
    SUPPORT = "support"


class Via(StrEnum):
    """How somebody is told: by a letter of its own, or by a line in the daily letter."""

    LETTER = "letter"
    DIGEST = "digest"


LADDER = tuple(Rung)
BY_PRESSURE = tuple(Urgency)
#: How long nobody has said "I am on it" before the next rung is told.
WAITS: Mapping[Urgency, Mapping[Rung, timedelta]] = {
    Urgency.SOON: {
        Rung.ADMINISTRATORS: timedelta(0),
        Rung.PAYROLL: timedelta(hours=4),
        Rung.SUPPORT: timedelta(hours=24),
    },
    Urgency.NOW: {
        Rung.ADMINISTRATORS: timedelta(0),
        Rung.PAYROLL: timedelta(hours=1),
        Rung.SUPPORT: timedelta(hours=4),
    },
}
#: How long "I am on it" holds the ladder still.
HOLDS: Mapping[Urgency, timedelta] = {
    Urgency.DIGEST: timedelta(days=7),
    Urgency.SOON: timedelta(hours=24),
    Urgency.NOW: timedelta(hours=4),
}
PAY_DAY_IS_NEAR = timedelta(days=2)
DAILY_LETTER_AT = time(8)
#: What can wait for the daily letter; every other kind is told at once.
CAN_WAIT = frozenset({"webhook_disabled", "connection_attention"})
WILL_NOT_SETTLE = 3
#: A pay day may become known while an incident is open.
LOOK_AGAIN = timedelta(hours=6)


@dataclass(frozen=True)
class Quiet:
    """Hours in which somebody is not written to, on the clock of the account; `until` may lie on the next day."""

    start: time
    until: time

    def covers(self, at: time) -> bool:
        """Say whether a time of day is quiet."""
        if self.start <= self.until:
            return self.start <= at < self.until
        return at >= self.start or at < self.until


@dataclass(frozen=True)
class Person:
    """Somebody on the ladder. `away_until` is the last day of an absence; `key` is a user's id or an address.

    `is_left_out`: whoever leaves, whoever the notice is about, and whoever's address has refused a letter about it.
    """

    key: str
    address: str
    rung: Rung
    quiet: Quiet | None = None
    daily_letter_at: time = DAILY_LETTER_AT
    away_until: date | None = None
    least_urgency: Urgency = Urgency.DIGEST
    is_left_out: bool = False


@dataclass(frozen=True)
class Told:
    """Who was told already, and how pressing it was then."""

    key: str
    urgency: Urgency


@dataclass(frozen=True)
class Situation:
    """What is known of an open incident."""

    kind: str
    opened_at: datetime
    time_zone: str
    acknowledged_at: datetime | None = None
    pay_on: date | None = None
    told: frozenset[Told] = frozenset()


@dataclass(frozen=True)
class Telling:
    """One person to be told now."""

    person: Person
    via: Via


@dataclass(frozen=True)
class Ladder:
    """The decision: who is told now, how pressing it is, and when to look again (None: never by itself)."""

    urgency: Urgency
    tell: tuple[Telling, ...]
    look_again_at: datetime | None


def climb(situation: Situation, people: Iterable[Person], now: datetime) -> Ladder:
    """Decide who is told now, from what was told already."""
    urgency = urgency_of(situation, now)
    if (held_until := _held_until(situation, urgency, now)) is not None:
        return Ladder(urgency, (), _soonest([held_until, _urgent_from(situation)], now))
    everybody = [one for one in people if not one.is_left_out and _wants(one, urgency)]
    times: list[datetime | None] = [_urgent_from(situation), now + LOOK_AGAIN if urgency is Urgency.SOON else None]
    times.extend(_back_at(one, situation) for one in everybody)
    tell = []
    for rung, starts_at in _reached(situation, urgency, everybody, now):
        for person in rung:
            if _is_told(person, situation, urgency):
                continue
            at, via = _told_at(person, situation, urgency, starts_at, now)
            if at <= now:
                tell.append(Telling(person, via))
            times.append(at)
    return Ladder(urgency, tuple(tell), _soonest(times, now))


def foretell(situation: Situation, people: Iterable[Person], now: datetime) -> list[tuple[Person, datetime]]:
    """Return everybody whom an incident would reach if nobody took it in hand, each with the time, the first told first."""
    urgency = urgency_of(situation, now)
    everybody = [one for one in people if not one.is_left_out and _wants(one, urgency)]
    reached = _reached(situation, urgency, everybody, now)
    return [
        (person, _told_at(person, situation, urgency, starts_at, now)[0])
        for rung, starts_at in reached
        for person in rung
    ]


def _wants(person: Person, urgency: Urgency) -> bool:
    """Say whether somebody chose to be written to about what presses so much."""
    return BY_PRESSURE.index(person.least_urgency) <= BY_PRESSURE.index(urgency)


def urgency_of(situation: Situation, now: datetime) -> Urgency:
    """Return how pressing an incident is: a pay day that is near makes everything urgent that cannot wait."""
    if situation.kind in CAN_WAIT:
        return Urgency.DIGEST
    urgent_from = _urgent_from(situation)
    if urgent_from is None or situation.pay_on is None:
        return Urgency.SOON
    is_over = now.astimezone(ZoneInfo(situation.time_zone)).date() > situation.pay_on
    return Urgency.NOW if urgent_from <= now and not is_over else Urgency.SOON


def told_from(*, opened_at: datetime, since: datetime, steady: timedelta) -> datetime:
    """Return when people may be told of what is wrong since a time: once it has lasted, or when it will not settle.

    What comes and goes is one incident, and is told when it has done so for three times as long.
    """
    return min(since + steady, opened_at + WILL_NOT_SETTLE * steady)


def over_from(*, since: datetime, was_told: bool, steady: timedelta, settled: timedelta) -> datetime:
    """Return when an incident that is over since a time is closed: what comes back before that is the same incident.

    Whoever was told hears that it is over once, and only when it has settled; what nobody heard of ends without a word.
    """
    return since + (max(steady, settled) if was_told else steady)


def quiet_until(quiet: Quiet | None, now: datetime, time_zone: str) -> datetime:
    """Return when somebody may be written to: now, or at the end of their quiet hours."""
    local = now.astimezone(ZoneInfo(time_zone))
    if quiet is None or not quiet.covers(local.time()):
        return now
    return next_time(quiet.until, now, time_zone)


def pressing_sentence(*, people_waiting: int, pay_on: date | None, today: date) -> str:
    """Say what is not in Xero and when the pay run is, or "" where neither is known."""
    who = "1 person" if people_waiting == 1 else f"{people_waiting:,} people"
    waiting = f"Changes of {who} are not in Xero" if people_waiting else ""
    if pay_on is None or pay_on < today:
        return f"{waiting}." if waiting else ""
    days = (pay_on - today).days
    near = {0: "today", 1: "tomorrow"}
    day = near.get(days) or (f"on {pay_on:%A}" if days < 7 else f"on {pay_on.day} {pay_on:%b %Y}")
    return f"{waiting}; the pay run is {day}." if waiting else f"The pay run is {day}."


def _urgent_from(situation: Situation) -> datetime | None:
    if situation.pay_on is None or situation.kind in CAN_WAIT:
        return None
    begins = datetime.combine(situation.pay_on, time(0), tzinfo=ZoneInfo(situation.time_zone))
    return begins - PAY_DAY_IS_NEAR


def _held_until(situation: Situation, urgency: Urgency, now: datetime) -> datetime | None:
    """Return until when somebody's "I am on it" holds the ladder still, if it does."""
    if situation.acknowledged_at is None:
        return None
    until = situation.acknowledged_at + HOLDS[urgency]
    return until if now < until else None


def _back_at(person: Person, situation: Situation) -> datetime | None:
    """Return when an absence is over."""
    if person.away_until is None:
        return None
    return datetime.combine(person.away_until + timedelta(days=1), time(0), tzinfo=ZoneInfo(situation.time_zone))


def _reached(
    situation: Situation, urgency: Urgency, people: Sequence[Person], now: datetime
) -> list[tuple[list[Person], datetime]]:
    """Return the rungs on which somebody can be reached, each with its time; the first of them is told at once."""
    here = [one for one in people if (back_at := _back_at(one, situation)) is None or back_at <= now]
    rungs = [(rung, [one for one in here if one.rung is rung]) for rung in LADDER]
    manned = [(rung, found) for rung, found in rungs if found]
    if urgency is Urgency.DIGEST:
        return [(found, situation.opened_at) for _, found in manned[:1]]
    waits = WAITS[urgency]
    return [
        (found, situation.opened_at + (timedelta(0) if place == 0 else waits[rung]))
        for place, (rung, found) in enumerate(manned)
    ]


def _told_at(
    person: Person, situation: Situation, urgency: Urgency, starts_at: datetime, now: datetime
) -> tuple[datetime, Via]:
    """Return when and how somebody is told: urgent at once, else after their quiet hours, or with the daily letter."""
    if urgency is Urgency.DIGEST:
        return next_time(person.daily_letter_at, starts_at, situation.time_zone), Via.DIGEST
    if urgency is Urgency.NOW:
        return starts_at, Via.LETTER
    return (quiet_until(person.quiet, now, situation.time_zone) if starts_at <= now else starts_at), Via.LETTER


def _is_told(person: Person, situation: Situation, urgency: Urgency) -> bool:
    """Say whether somebody knows: once is enough, and once more when it becomes urgent."""
    known = {told.urgency for told in situation.told if told.key == person.key}
    return bool(known) if urgency is not Urgency.NOW else Urgency.NOW in known


def next_time(at: time, after: datetime, time_zone: str) -> datetime:
    """Return the next time that clocks in a time zone show `at`."""
    zone = ZoneInfo(time_zone)
    local = after.astimezone(zone)
    found = datetime.combine(local.date(), at, tzinfo=zone)
    if found <= local:
        found = datetime.combine(local.date() + timedelta(days=1), at, tzinfo=zone)
    return found.astimezone(after.tzinfo)


def _soonest(times: Iterable[datetime | None], now: datetime) -> datetime | None:
    later = [at for at in times if at is not None and at > now]
    return min(later, default=None)
