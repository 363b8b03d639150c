"""The leave that every organisation starts with: one or more of each status, all around July 2024."""

from datetime import UTC, date, datetime
from typing import Any

from tandem_sandbox.world import calendars, leave_periods, pay_items, seed
from tandem_sandbox.world.state import Organisation, World, derive_id

APPLIED_AT = datetime(2024, 6, 20, 2, 15, tzinfo=UTC)
# number of the person, leave type by its place in the list, title, first and last day, status, how it is paid
SAMPLES = (
    (3, 0, "Winter holiday", "2024-06-24", "2024-06-26", leave_periods.PROCESSED, "DEFAULT"),
    (4, 0, "School holidays", "2024-07-08", "2024-07-12", leave_periods.SCHEDULED, "DEFAULT"),
    (5, 1, "Medical appointment", "2024-07-05", "2024-07-05", leave_periods.SCHEDULED, "DEFAULT"),
    (6, 0, "Wedding", "2024-08-05", "2024-08-16", leave_periods.REQUESTED, "DEFAULT"),
    (7, 0, "Long weekend", "2024-07-19", "2024-07-22", leave_periods.REJECTED, "DEFAULT"),
    (8, 0, "Cashed out", "2024-07-10", "2024-07-10", leave_periods.SCHEDULED, "CASHED_OUT"),
)


def make(world: World, organisation: Organisation) -> dict[str, dict[str, Any]]:
    """Make the applications of those people that there are."""
    by_number = {person.number: person.id for person in seed.people_of(world, organisation).values()}
    types = pay_items.sample_ids(organisation, "LeaveTypes")
    made = {}
    for number, kind, title, first, last, status, pay_out in SAMPLES:
        if number not in by_number:
            continue
        leave_id = derive_id(world.seed, organisation.id, "leave application", number)
        made[leave_id] = {
            "LeaveApplicationID": leave_id,
            "EmployeeID": by_number[number],
            "LeaveTypeID": types[kind],
            "LeavePeriods": _spread(organisation, date.fromisoformat(first), date.fromisoformat(last), status=status),
            "Title": title,
            "StartDate": first,
            "EndDate": last,
            "PayOutType": pay_out,
            "UpdatedDateUTC": APPLIED_AT.isoformat(),
        }
    return made


def _spread(organisation: Organisation, first: date, last: date, *, status: str) -> list[dict[str, Any]]:
    calendar = organisation.calendars[0]
    return [
        leave_periods.fresh(period, first=first, last=last, status=status)
        for period in calendars.periods_between(calendar, first, last)
    ]
