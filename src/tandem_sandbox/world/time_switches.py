"""The switches about time: leave, timesheets, pay runs."""

from tandem_sandbox.world.switch import ON_OFF, Switch

SWITCHES: tuple[Switch, ...] = (
    Switch(
        "leave_dates",
        ("midnight_utc", "evening_before"),
        default="midnight_utc",
        meaning="How leave's StartDate and EndDate are written: midnight UTC, or 22:00 UTC of the day before.",
    ),
    Switch(
        "new_leave_status",
        ("SCHEDULED", "REQUESTED"),
        default="SCHEDULED",
        meaning="The status of leave that an app creates.",
    ),
    Switch(
        "sent_leave_period_status",
        ("ignored", "kept"),
        default="ignored",
        meaning="What becomes of a LeavePeriodStatus that an app sends; PROCESSED is never taken over.",
    ),
    Switch(
        "leave_overlap",
        ("accept", "refuse"),
        default="accept",
        meaning="What leave on dates gets on which the employee has other leave already.",
    ),
    Switch(
        "leave_balance_bumps",
        ON_OFF,
        default=False,
        meaning="Whether a leave balance that a pay run moves also moves the employee's UpdatedDateUTC.",
    ),
    Switch(
        "pay_run_other_period",
        ("refuse", "accept"),
        default="refuse",
        meaning="What a pay run for another period than the calendar's next one gets.",
    ),
    Switch(
        "timesheet_problem_shape",
        ("problem", "envelope"),
        default="problem",
        meaning="Timesheets 2.0: a 400 is the bare problem, or the envelope with the problem inside.",
    ),
    Switch(
        "timesheet_deleted_answer",
        ("line", "envelope"),
        default="line",
        meaning="Timesheets 2.0: a deletion answers with a line that is gone, as specified, or with an empty envelope.",
    ),
)
