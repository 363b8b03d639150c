"""What is asked of Xero, in plain words. Pure."""

from collections.abc import Iterable, Mapping

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
