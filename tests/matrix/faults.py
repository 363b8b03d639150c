"""Faults of Xero and of the way to it, limits, lists that are no proof, and what happens in this installation."""

from collections.abc import Callable
from dataclasses import replace

from tests.matrix.happening import (
    BOTH,
    EVERYTHING,
    ONLY_ROSA,
    PAYROLL,
    TEN_MINUTES,
    TOKEN,
    Group,
    Happening,
    causes,
    event,
    fault,
    has_another_secret,
    limit,
    loses_key,
    loses_people,
    reconnect,
    rosa,
    sets_back,
    skewed,
    sleeps_for,
    stands_still,
)
from tests.matrix.scene import Scene

from tandem.testing.xero import BAKERY
from tandem.xero.connections.causes import Cause

DOWN = causes(Cause.XERO_DOWN)
MINUTE = causes(Cause.MINUTE_LIMIT)
DAY = causes(Cause.DAY_LIMIT)
SKEWED = causes(Cause.CLOCK_SKEW)
PAYROLL_ALONE = causes(Cause.PAYROLL_PERMISSION_LOST, Cause.PAYROLL_NOT_SET_UP)
ENDS, LIFTED = "the fault ends", "the limit is lifted"
A_DAY = 26 * 60
A_WHILE, UNTIL_RENEWAL = 31, 61
#: How long the lights outlive the last proof where nobody looks: a probe interval, its jitter and its grace.
WINDOW = 19


def broken(
    key: str,
    says: str,
    path: str,
    kind: str,
    *,
    right: frozenset[str] = DOWN,
    at_renewal: bool = False,
    **given: object,
) -> Happening:
    """Return a fault that lasts until somebody ends it."""
    strike = fault(path, kind, **given)
    lasts = UNTIL_RENEWAL if at_renewal else A_WHILE
    return Happening(key, Group.FAULT, says, strike, BOTH, right, undone_by=ENDS, at_renewal=at_renewal, lasts=lasts)


def slip(key: str, says: str, path: str, kind: str, **given: object) -> Happening:
    """Return a fault that strikes one call."""
    return Happening(key, Group.FAULT, says, fault(path, kind, count=1, **given), undone_by=ENDS)


def odd(key: str, says: str, path: str, kind: str, **given: object) -> Happening:
    """Return an answer out of the ordinary that can still be read."""
    return Happening(key, Group.FAULT, says, fault(path, kind, **given), undone_by=ENDS)


FAULTS = (
    broken("maintenance", "Xero is being maintained", EVERYTHING, "status", status=503, text="maintenance"),
    broken("unavailable", "Xero is not available", EVERYTHING, "status", status=503, text="unavailable"),
    broken("server_error", "Payroll answers 500", PAYROLL, "status", status=500),
    broken("edge_502", "An edge answers in front of Xero", EVERYTHING, "html_502"),
    broken("dropped", "Every connection is closed without an answer", EVERYTHING, "dropped"),
    replace(broken("too_slow", "Every answer takes two minutes", EVERYTHING, "slow", seconds=120), busy_bound=4),
    broken("truncated", "Answers of payroll break off", PAYROLL, "truncated"),
    broken("broken_json", "Answers of payroll are broken JSON", PAYROLL, "broken_json"),
    broken("xml", "Payroll answers XML", PAYROLL, "xml"),
    broken("payroll_refused", "Payroll is refused to everybody, the organisation is not", PAYROLL, "status", status=403,
           right=PAYROLL_ALONE),
    broken("payroll_ahead", "Payroll's clock runs forty minutes ahead: every sign-in is too old for it", PAYROLL, "clock_skew",
           seconds=2400, right=SKEWED),
    broken("token_500", "The token endpoint answers 500", TOKEN, "status", status=500, at_renewal=True),
    broken("token_dropped", "The token endpoint does not answer", TOKEN, "dropped", at_renewal=True),
    replace(
        broken("token_lost", "The token endpoint loses every answer", TOKEN, "committed_but_lost", at_renewal=True),
        undo=reconnect, undone_by="the fault ends and the person authorises again",
    ),
    slip("token_lost_once", "The token endpoint loses one answer", TOKEN, "committed_but_lost"),
    slip("refused_once", "Payroll refuses one call", PAYROLL, "status", status=403),
    slip("unauthorised_once", "Payroll calls the token unknown once", PAYROLL, "status", status=401),
    slip("server_error_once", "Payroll answers 500 once", PAYROLL, "status", status=500),
    slip("dropped_once", "One connection is closed without an answer", PAYROLL, "dropped"),
    odd("slow", "Every answer takes five seconds", EVERYTHING, "slow", seconds=5),
    odd("xero_ahead", "Xero's clock runs ten minutes ahead", EVERYTHING, "clock_skew", seconds=600),
    odd("xero_behind", "Xero's clock runs ten minutes behind", EVERYTHING, "clock_skew", seconds=-600),
    odd("gzip", "Answers come compressed", EVERYTHING, "gzip"),
    odd("content_type", "Answers of payroll call themselves HTML", PAYROLL, "wrong_content_type"),
    odd("unknown_enum", "Records have values that nobody knows", PAYROLL, "unknown_enum"),
    odd("extra_field", "Records have a field that nobody knows", PAYROLL, "extra_field"),
    odd("doubled", "A person is on two pages", PAYROLL, "record_doubled"),
    odd("discovery", "The discovery document is blocked", "/.well-known/*", "status", status=403),
    odd("late_writes", "Writes land late", PAYROLL, "committed_late"),
    odd("left_behind", "A deleted connection stays", "/connections/*", "connection_left_behind"),
)  # fmt: skip


def limited(key: str, says: str, right: frozenset[str], *, heals_within: float = 75, **given: object) -> Happening:
    """Return a limit that is reached."""
    return Happening(key, Group.LIMIT, says, limit(**given), BOTH, right, undone_by=LIFTED, heals_within=heals_within)


LIMITS = (
    limited("minute", "The minute's calls are used up, for as long as it lasts", MINUTE, minute=0),
    limited("day", "The day's calls are used up", DAY, day=0, heals_within=A_DAY),
    limited("concurrent", "Too many calls at once, whatever is asked", MINUTE, concurrent=0),
    limited("app_minute", "The whole app's minute is used up", MINUTE, app_minute=0),
    Happening(
        "day_lowered", Group.LIMIT, "Xero lowers the day's limit to what was used",
        event("lower_day_limit", organisation=BAKERY, day=3), BOTH, DAY, undone_by=LIFTED, heals_within=A_DAY,
    ),
)  # fmt: skip


def of_lists(key: str, says: str, strike: Callable[[Scene], object], *names: str) -> Happening:
    """Return a list that is no proof; nobody is cut off, and yet it must not be called proved."""
    return Happening(key, Group.DATA, says, strike, BOTH if names else frozenset(), frozenset(names), undone_by=ENDS)


LISTS = (
    of_lists("empty", "An empty page where people were", loses_people(0), "empty_page"),
    of_lists("drop", "Half of the people are gone from the list", loses_people(50), "sharp_drop"),
    of_lists("few_fewer", "Three people of sixty are gone from the list", loses_people(95)),
    of_lists("null_list", "A list is null", fault(PAYROLL, "null_list"), "empty_page", *DOWN),
)


def dies_unseen(scene: Scene) -> None:
    """Take Rosa's access away while nothing of Tandem runs."""
    rosa("remove_user")(scene)
    stands_still(scene)


HERE = (
    Happening(
        "vault", Group.HERE, "The master key is missing", loses_key, BOTH, causes(Cause.VAULT_UNAVAILABLE),
        undone_by="the key is put back",
    ),
    Happening(
        "secret", Group.HERE, "The client secret was replaced", has_another_secret, BOTH,
        causes(Cause.APP_CREDENTIALS_REJECTED), undone_by="the secret is corrected", at_renewal=True, lasts=UNTIL_RENEWAL,
    ),
    Happening(
        "clock_slow", Group.HERE, "This machine's clock is ten minutes slow", skewed(TEN_MINUTES),
        undone_by="the clock is set",
    ),
    Happening(
        "clock_fast", Group.HERE, "This machine's clock is ten minutes fast", skewed(-TEN_MINUTES),
        undone_by="the clock is set",
    ),
    Happening(
        "set_back", Group.HERE, "This machine's clock is set back by ten minutes", sets_back, right=SKEWED,
        undone_by="nothing needs to be done",
    ),
    Happening(
        "standing_still", Group.HERE, "Tandem's worker stands still, and whoever authorised is removed",
        dies_unseen, ONLY_ROSA,
        causes(Cause.ACCESS_REMOVED), undone_by="the worker starts and access is given back", bound=WINDOW, is_named=False,
    ),
    Happening(
        "off_61_days", Group.HERE, "Tandem was switched off for 61 days", sleeps_for(61), BOTH,
        causes(Cause.SIGN_IN_EXPIRED), undo=reconnect, undone_by="the person authorises again",
    ),
)  # fmt: skip
