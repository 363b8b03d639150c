"""Climb the ladder of an open incident: ask the rules who is told now, write the letters and note who was told."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from tandem.access.roles import Role
from tandem.access.selectors import list_reachable
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped
from tandem.notices import actions
from tandem.notices.choices import choices_of, quiet_of
from tandem.notices.models import Notice, Telling
from tandem.notices.records import ChoicesRecord, NoticeRecord, Pressure, Recipient, Wording, Words
from tandem.notices.rules import (
    Ladder,
    Person,
    Rung,
    Situation,
    Told,
    Urgency,
    Via,
    climb,
    foretell,
    over_from,
    told_from,
)
from tandem.notices.selectors import as_notice
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import Fact, record
from tandem.timeline.events import Event


@dataclass(frozen=True)
class Voice:
    """How notices are said: a letter about one, a line about one in the daily letter, and that it is over."""

    letter: Words
    line: Callable[[NoticeRecord], str]
    over: Wording


@scoped
def open_ladder(
    actor: Actor,
    *,
    incident: str,
    kind: str,
    facts: Mapping[str, Fact],
    left_out_user_ids: Iterable[UUID] = (),
    steady: timedelta = timedelta(0),
) -> bool:
    """Open an incident whose ladder is climbed once it has lasted; while it is open, only put right what is known of it."""
    left_out = list(left_out_user_ids)
    for row in _open_ones(actor, incident):
        _put_right(row, facts, left_out, steady=steady)
        return False
    climbs_at = clock.now() + steady
    notice = actions.insert(
        actor, incident=incident, kind=kind, facts=facts, climbs_at=climbs_at, left_out_user_ids=left_out
    )
    return notice is not None


def _put_right(row: Notice, facts: Mapping[str, Fact], left_out: list[UUID], *, steady: timedelta) -> None:
    """Say what is known now, and that it is not over after all; most of the time nothing is different."""
    if (row.facts, row.left_out_user_ids, row.calm_since) == (dict(facts), left_out, None):
        return
    row.facts, row.left_out_user_ids = dict(facts), left_out
    if row.calm_since is not None:
        row.calm_since = None
        row.climbs_at = told_from(opened_at=row.opened_at, since=clock.now(), steady=steady)
    row.save(update_fields=["facts", "left_out_user_ids", "calm_since", "climbs_at"])


@scoped
def end_ladder(actor: Actor, *, incident: str, steady: timedelta, settled: timedelta) -> bool:
    """Show an incident as over at once, and close it and say so once that has lasted; return whether one was open.

    It has lasted after `steady` where nobody was told, else after `settled` (`rules.over_from`).
    """
    restless = [row for row in _open_ones(actor, incident) if row.calm_since is None]
    for row in restless:
        was_told = Telling.objects.filter(account_id=row.account_id, notice=row).exists()
        row.calm_since = clock.now()
        row.climbs_at = over_from(since=row.calm_since, was_told=was_told, steady=steady, settled=settled)
        row.save(update_fields=["calm_since", "climbs_at"])
    return bool(restless)


def _open_ones(actor: Actor, incident: str) -> Iterable[Notice]:
    rows = Notice.objects.select_for_update().filter(account_id=actor.account_id, incident=incident)
    return rows.filter(closed_at__isnull=True)


@scoped
def climb_due(actor: Actor, *, pressure: Callable[[], Pressure], voice: Voice) -> int:
    """Climb every ladder of the account that is due; return how many people were told."""
    rows = Notice.objects.select_for_update(skip_locked=True).filter(
        account_id=actor.account_id, closed_at__isnull=True, climbs_at__lte=clock.now()
    )
    due = list(rows.order_by("opened_at"))
    for notice in due:
        if notice.calm_since is not None:
            actions.close_incident(actor, incident=notice.incident, wording=voice.over)
    pressing = [notice for notice in due if notice.calm_since is None]
    return _climb(actor, pressing, pressure=pressure(), voice=voice) if pressing else 0


@scoped
def foretell_ladder(actor: Actor, *, kind: str) -> list[tuple[Person, datetime]]:
    """Return whom an incident that opened now would reach, and when; nothing is opened, and nobody is told."""
    account = get_account(actor.account_id)
    situation = Situation(kind=kind, opened_at=clock.now(), time_zone=account.time_zone)
    return foretell(situation, _people(actor, account), clock.now())


@scoped
def put_off(actor: Actor, *, until: datetime) -> None:
    """Look at what is due later, after trouble, so that one account never keeps a worker busy."""
    rows = Notice.objects.filter(account_id=actor.account_id, climbs_at__lte=clock.now())
    rows.update(climbs_at=until)


def _climb(actor: Actor, notices: Sequence[Notice], *, pressure: Pressure, voice: Voice) -> int:
    account, told = get_account(actor.account_id), 0
    members = _people(actor, account)
    daily: dict[str, list[tuple[Notice, Person]]] = defaultdict(list)
    for notice in notices:
        situation, left_out = _situation(notice, account, pressure)
        people = [replace(one, is_left_out=one.key in left_out) for one in members]
        ladder = climb(situation, people, clock.now())
        notice.urgency, notice.climbs_at = ladder.urgency.value, ladder.look_again_at
        notice.save(update_fields=["urgency", "climbs_at"])
        told += _tell(actor, notice, ladder, pressure=pressure, voice=voice)
        for telling in ladder.tell:
            if telling.via is Via.DIGEST:
                daily[telling.person.key].append((notice, telling.person))
    return told + sum(_write_daily(actor, account, found, voice) for found in daily.values())


def _tell(actor: Actor, notice: Notice, ladder: Ladder, *, pressure: Pressure, voice: Voice) -> int:
    """Write to each, on each rung in its words; urgent letters do not wait for the end of quiet hours."""
    by_rung: dict[Rung, list[Person]] = defaultdict(list)
    for telling in ladder.tell:
        if telling.via is Via.LETTER:
            by_rung[telling.person.rung].append(telling.person)
    for rung, people in by_rung.items():
        wording = voice.letter(as_notice(notice), ladder.urgency, rung, pressure)
        letters = actions.write(
            actor, to=[_recipient(one) for one in people], wording=wording, notice=notice, is_urgent=True
        )
        for person, letter in zip(people, letters, strict=True):
            _note(notice, person, ladder.urgency, letter_id=letter.letter_id)
        _record(actor, notice, rung, len(people))
    return sum(len(people) for people in by_rung.values())


def _write_daily(actor: Actor, account: AccountRecord, found: Sequence[tuple[Notice, Person]], voice: Voice) -> int:
    """Write one letter about everything that could wait."""
    count, person = len(found), found[0][1]
    lines = [voice.line(as_notice(notice)) for notice, _ in found]
    things = "1 thing" if count == 1 else f"{count} things"
    wording = Wording(
        subject=f"{account.name}: {things} to look at, none of them urgent",
        body="\n".join(f"- {line}" for line in lines) + f"\n\nThey are listed at {actions.list_address(account)}.\n",
    )
    (letter,) = actions.write(actor, to=[_recipient(person)], wording=wording, kind="digest", is_urgent=True)
    for notice, _ in found:
        _note(notice, person, Urgency.DIGEST, letter_id=letter.letter_id)
        _record(actor, notice, person.rung, 1)
    return 1


def _record(actor: Actor, notice: Notice, rung: Rung, people: int) -> None:
    facts: dict[str, Fact] = {"kind": notice.kind, "rung": rung.value, "people": people, "urgency": notice.urgency}
    record(actor, Event.NOTICE_TOLD, subject_kind="notice", subject_id=notice.notice_id, facts=facts)


def _note(notice: Notice, person: Person, urgency: Urgency, *, letter_id: UUID) -> None:
    Telling.objects.create(
        account_id=notice.account_id,
        notice=notice,
        letter_id=letter_id,
        user_id=_recipient(person).user_id,
        address=person.address,
        rung=person.rung.value,
        urgency=urgency.value,
        told_at=clock.now(),
    )


def _recipient(person: Person) -> Recipient:
    return Recipient(None if person.rung is Rung.SUPPORT else UUID(person.key), person.address)


def _situation(notice: Notice, account: AccountRecord, pressure: Pressure) -> tuple[Situation, set[str]]:
    """Return what is known of an incident, and who is left out: of the start, or because their address refused a letter."""
    rows = Telling.objects.filter(account_id=notice.account_id, notice=notice)
    told, left_out = set(), {str(user_id) for user_id in notice.left_out_user_ids}
    for user_id, address, urgency, refused_at in rows.values_list(
        "user_id", "address", "urgency", "letter__given_up_at"
    ):
        key = str(user_id) if user_id else address
        told.add(Told(key, Urgency(urgency)))
        if refused_at is not None:
            left_out.add(key)
    situation = Situation(
        kind=notice.kind,
        opened_at=notice.opened_at,
        time_zone=account.time_zone,
        acknowledged_at=notice.acknowledged_at,
        pay_on=pressure.pay_on,
        told=frozenset(told),
    )
    return situation, left_out


def _people(actor: Actor, account: AccountRecord) -> list[Person]:
    """Return everybody on the ladder, each on their first rung, and the brand's support on the last."""
    members = list_reachable(actor, roles=(Role.ACCOUNT_ADMIN, Role.PAYROLL_TAB))
    chosen = choices_of(actor.account_id, [member.user_id for member in members])
    people = []
    for member in members:
        rung = Rung.ADMINISTRATORS if Role.ACCOUNT_ADMIN.value in member.roles else Rung.PAYROLL
        people.append(_person(str(member.user_id), member.email, rung, chosen.get(member.user_id, ChoicesRecord())))
    if account.support_email:
        people.append(Person(account.support_email, account.support_email, Rung.SUPPORT))
    return people


def _person(key: str, address: str, rung: Rung, chosen: ChoicesRecord) -> Person:
    return Person(
        key=key,
        address=address,
        rung=rung,
        quiet=quiet_of(chosen),
        daily_letter_at=chosen.daily_letter_at,
        away_until=chosen.away_until,
        least_urgency=chosen.least_urgency,
    )
