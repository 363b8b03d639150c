"""What is asked of Xero: no more than what is switched on needs, and in plain words. Pure."""

from collections.abc import Iterable, Mapping

#: Without this nobody in payroll can be changed (xero.md 2.6).
TO_WRITE = "payroll.employees"
PAYROLL, READ = "payroll.", ".read"

WORDS: Mapping[str, str] = {
    "openid": "See your name and e-mail address, to show who authorised",
    "profile": "See your name and e-mail address, to show who authorised",
    "email": "See your name and e-mail address, to show who authorised",
    "offline_access": "Keep working while you are away, until it is taken back",
    "accounting.settings.read": "See the organisation's name, time zone and status",
    "payroll.employees": "See and change employees in payroll",
    "payroll.employees.read": "See employees in payroll",
    "payroll.settings": "See and change payroll settings, such as super funds and pay calendars",
    "payroll.settings.read": "See payroll settings, such as super funds and pay calendars",
    "payroll.payruns.read": "See pay runs, to know when the next pay day is",
}


def in_words(scopes: Iterable[str]) -> list[str]:
    """Return each thing that is asked for once, in the order of the scopes; one that has no words stands as it is."""
    return list(dict.fromkeys(WORDS.get(scope, scope) for scope in scopes))


def asked(configured: Iterable[str], *, read_only: bool) -> tuple[str, ...]:
    """Return what a consent asks for: everything that the installation may ask for, or its reading half."""
    return tuple(dict.fromkeys(_reading(scope) if read_only else scope for scope in configured))


def covered(granted: Iterable[str]) -> frozenset[str]:
    """Return what a consent allows: whoever may change something may see it too."""
    known = frozenset(granted)
    return known | {_reading(scope) for scope in known}


def can_write(granted: Iterable[str]) -> bool:
    """Say whether a consent lets people in payroll be changed; one of which nothing is known is given the benefit."""
    known = frozenset(granted)
    return not known or TO_WRITE in known


def _reading(scope: str) -> str:
    return f"{scope}{READ}" if scope.startswith(PAYROLL) and not scope.endswith(READ) else scope
