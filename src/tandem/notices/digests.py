"""Who reads what automatic runs did, up to when each was told, and the letter that gathers it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from tandem.access.records import MemberRecord
from tandem.access.roles import Role
from tandem.access.selectors import list_reachable
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped
from tandem.notices.actions import write_letters
from tandem.notices.choices import choices_of
from tandem.notices.digest_rules import Tally, Wish, headline, letter_at, lines
from tandem.notices.models import RunReader
from tandem.notices.records import ChoicesRecord, Recipient, Wording
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account

LETTER = "runs"
#: How far back the first letter of somebody reaches.
FIRST_REACH = timedelta(days=1)
#: How far back any letter reaches: somebody may have chosen none for years.
LONGEST_REACH = timedelta(days=31)
#: Returns what automatic runs did since a time.
Counting = Callable[[datetime], Tally]


@dataclass(frozen=True)
class Reader:
    """Somebody who may be written to, what they chose, and up to when they were told."""

    member: MemberRecord
    wish: Wish
    told_until: datetime


@scoped
def next_digest_at(actor: Actor, *, count: Counting) -> datetime | None:
    """Return when the next of the account's people is to be written to, None where there is nothing to write."""
    account, count = get_account(actor.account_id), cache(count)
    times = [letter_at(count(one.told_until), one.wish, time_zone=account.time_zone) for one in _readers(actor)]
    return min((at for at in times if at is not None), default=None)


@scoped
def write_digests(actor: Actor, *, count: Counting) -> int:
    """Write one letter to everybody whose hour has come, about everything since their last; return how many."""
    account, now, written = get_account(actor.account_id), clock.now(), 0
    count = cache(count)  # most were told up to the same time
    for reader in _readers(actor):
        tally = count(reader.told_until)
        at = letter_at(tally, reader.wish, time_zone=account.time_zone)
        if at is None or at > now:
            continue
        to = Recipient(reader.member.user_id, reader.member.email)
        written += write_letters(actor, to=[to], wording=_wording(account, tally, reader.told_until), kind=LETTER)
        rows = RunReader.objects.filter(account_id=actor.account_id, user_id=reader.member.user_id)
        rows.update(told_until=now)
    return written


def _readers(actor: Actor) -> list[Reader]:
    members = list_reachable(actor, roles=(Role.ACCOUNT_ADMIN, Role.PAYROLL_TAB))
    user_ids = [member.user_id for member in members]
    chosen, until = choices_of(actor.account_id, user_ids), _told_until(actor, user_ids)
    return [
        Reader(member, _wish(chosen.get(member.user_id, ChoicesRecord())), until[member.user_id]) for member in members
    ]


def _wish(chosen: ChoicesRecord) -> Wish:
    return Wish(chosen.run_letters, chosen.daily_letter_at, chosen.away_until)


def _told_until(actor: Actor, user_ids: list[UUID]) -> dict[UUID, datetime]:
    """Return up to when each was told; whoever is new here begins a day ago."""
    now = clock.now()
    new = [RunReader(account_id=actor.account_id, user_id=one, told_until=now - FIRST_REACH) for one in user_ids]
    RunReader.objects.bulk_create(new, ignore_conflicts=True)
    rows = RunReader.objects.filter(account_id=actor.account_id, user_id__in=user_ids)
    return {user_id: max(at, now - LONGEST_REACH) for user_id, at in rows.values_list("user_id", "told_until")}


def _wording(account: AccountRecord, tally: Tally, since: datetime) -> Wording:
    """Return the letter: counts and addresses, and nothing about anybody."""
    found = "\n".join(f"- {line}" for line in lines(tally))
    conflicts = f"\nDecide conflicts: {_address('conflict-list', account)}" if tally.conflicts else ""
    return Wording(
        subject=f"{account.name}: {headline(tally)}",
        body=f"What automatic runs did since {_when(since, account.time_zone)}:\n\n{found}\n\n"
        f"Whom it was about: {_address('run-list', account)}{conflicts}\n\n"
        f"Choose what comes by mail: {_address('notice-choices', account)}\n",
    )


def _when(at: datetime, time_zone: str) -> str:
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{local:%H:%M} on {local.day} {local:%b %Y}"


def _address(name: str, account: AccountRecord) -> str:
    return settings.TANDEM.base_url.rstrip("/") + reverse(name, kwargs={"account": account.slug})
