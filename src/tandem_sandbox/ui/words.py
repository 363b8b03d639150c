"""Words for values: days, moments, roles, faults, switches."""

from datetime import date, datetime

from tandem_sandbox.faults import SECONDS, Fault, Kind
from tandem_sandbox.world.state import World
from tandem_sandbox.world.switches import NUMBER, Switch, Value

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ROLES = {
    "READONLY": "Read only",
    "INVOICEONLY": "Invoice only",
    "STANDARD": "Standard",
    "FINANCIALADVISER": "Adviser",
    "MANAGEDCLIENT": "Managed client",
    "CASHBOOKCLIENT": "Cashbook client",
}
_FAULTS = {
    "status": "Answer with a status",
    "html_502": "502 with an HTML page",
    "slow": "Slow",
    "clock_skew": "Clock ahead or behind",
    "dropped": "Dropped before anything is done",
    "committed_but_lost": "Done, but the answer is lost",
    "committed_late": "Answer lost, done some seconds later",
    "truncated": "Answer cut in half",
    "broken_json": "JSON that stops half way",
    "wrong_content_type": "Wrong content type",
    "gzip": "Compressed answer",
    "xml": "XML in place of JSON",
    "record_doubled": "One record on two pages",
    "record_missing": "One record on no page",
    "unknown_enum": "Values nobody has heard of",
    "extra_field": "Elements nobody has heard of",
    "null_list": "Null in place of lists",
    "connection_left_behind": "Connection left behind on delete",
}
# The first subject with a fitting part of a switch's name holds it; what fits nowhere is about employees.
SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Signing in, consent and connections", ("consent", "connection", "refresh", "grant", "scopes", "jwks", "token")),
    ("Refusals and call limits", ("permission", "not_set_up", "problem", "limit", "rejected_calls", "idempotency")),
    ("Leave", ("leave", "balance")),
    ("Pay items, pay runs, funds and timesheets", ("pay_item", "pay_run", "payslip", "qualifying", "allowance", "rate_per",
                                                   "usi", "super", "timesheet", "template", "calendar", "draft")),
    ("How answers are written", ("null_", "unknown_f", "days_in", "shape", "modified_since", "where", "order", "date")),
)  # fmt: skip
EMPLOYEES = "Employees"


def day(value: str) -> str:
    """Write an ISO day as 22 Nov 2026."""
    parsed = date.fromisoformat(value)
    return f"{parsed.day} {MONTHS[parsed.month - 1]} {parsed.year}"


def days(first: str, last: str) -> str:
    """Write two ISO days as 22 Nov to 3 Dec 2026, or one as it is."""
    if first == last:
        return day(first)
    start = day(first)
    return f"{start.rpartition(' ')[0] if first[:4] == last[:4] else start} to {day(last)}"


def moment(value: datetime) -> str:
    """Write a moment as 22 Nov 2026, 10:20 UTC."""
    return f"{day(value.date().isoformat())}, {value:%H:%M} UTC"


def clock(value: datetime) -> str:
    """Write a moment as 22 Nov 10:20:05."""
    return f"{value.day} {MONTHS[value.month - 1]} {value:%H:%M:%S}"


def number(value: int) -> str:
    """Write a count as 10,000."""
    return f"{value:,}"


def times(count: int, *, one: str = "time", many: str = "") -> str:
    """Write how many there are of something."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def value(given: object) -> str:
    """Write a switch's value in words."""
    if given is None:
        return "none"
    if isinstance(given, bool):
        return "yes" if given else "no"
    return str(given).replace("_", " ")


def fault_name(kind: Kind) -> str:
    """Name a kind of fault; a new kind goes by its own name."""
    return _FAULTS.get(kind.value, kind.value.replace("_", " ").capitalize())


def fault_facts(fault: Fault, *, world: World) -> str:
    """Say in words where and how often a fault strikes."""
    organisation = world.organisations.get(fault.organisation or "")
    words = [organisation.name if organisation else "every organisation"]
    if fault.kind is Kind.STATUS:
        words.append(f"status {fault.status}")
    if fault.kind in SECONDS:
        words.append(f"{fault.seconds:g} seconds")
    if fault.when == "after":
        words.append("after the work is done")
    left = fault.remaining
    words.append("until switched off" if left is None else times(left, one="more time"))
    if fault.probability < 1:
        words.append(f"{fault.probability:.0%} of calls")
    words.append(f"struck {times(fault.struck)}")
    return ", ".join(words)


def subject(name: str) -> str:
    """Name the subject that a switch belongs to."""
    return next((title for title, parts in SUBJECTS if any(part in name for part in parts)), EMPLOYEES)


def switch_options(switch: Switch) -> list[tuple[int, str]]:
    """List what a switch may be, by place, with its default marked."""
    if switch.choices == NUMBER:
        return []
    return [(place, _option(switch, choice)) for place, choice in enumerate(switch.choices)]


def _option(switch: Switch, choice: Value) -> str:
    is_default = choice == switch.default and type(choice) is type(switch.default)
    return f"{value(choice)} (default)" if is_default else value(choice)


def shouted(text: str) -> str:
    """Write one of Xero's words in capitals as a word: EMPLOYEE as Employee."""
    return text.replace("_", " ").capitalize()
