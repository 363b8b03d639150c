"""Reminders of a hand-over: each step once, to a circle that widens, and never put off beyond the day."""

from datetime import date, timedelta

import pytest

from tandem.xero.connections.countdown import Circle, Reminder, circle_at, due_reminder, may_put_off, told_at_opening

STEPS = (14, 7, 3, 1, 0)
LAST = date(2026, 12, 20)


def due(days_left: int, told: int | None = None, put_off: int | None = None) -> Reminder | None:
    """Ask with so many days left; `put_off` is a day before the last one too."""
    until = None if put_off is None else LAST - timedelta(days=put_off)
    return due_reminder(
        last_safe_on=LAST, today=LAST - timedelta(days=days_left), steps=STEPS, told=told, put_off_until=until
    )


@pytest.mark.parametrize(
    ("days_left", "told", "expected"),
    [
        (15, None, None),  # nothing is due yet
        (14, None, Reminder(14, Circle.OWNER)),
        (14, 14, None),  # told once
        (10, 14, None),  # between two steps
        (7, 14, Reminder(7, Circle.ADMINISTRATORS)),
        (3, 7, Reminder(3, Circle.ADMINISTRATORS)),
        (1, 3, Reminder(1, Circle.SUPPORT)),
        (0, 1, Reminder(0, Circle.SUPPORT)),
        (0, 0, None),
        (-3, 0, None),  # after the day nothing is repeated
        (2, 14, Reminder(3, Circle.ADMINISTRATORS)),  # the machine was off: one reminder for two steps
        (-2, None, Reminder(0, Circle.SUPPORT)),  # a day in the past is as pressing as the day itself
    ],
)
def test_each_step_is_told_once_to_a_widening_circle(
    days_left: int, told: int | None, expected: Reminder | None
) -> None:
    assert due(days_left, told) == expected


def test_a_hand_over_that_was_put_off_is_quiet_until_its_day_and_no_longer() -> None:
    assert due(7, 14, put_off=5) is None
    assert due(5, 14, put_off=5) == Reminder(7, Circle.ADMINISTRATORS)


def test_on_the_last_safe_day_nothing_keeps_it_quiet() -> None:
    assert due(0, 1, put_off=-9) == Reminder(0, Circle.SUPPORT)
    assert due(1, 3, put_off=-9) is None


@pytest.mark.parametrize(("until", "expected"), [(-1, False), (0, False), (1, True), (20, True), (21, False)])
def test_it_can_be_put_off_to_a_day_to_come_and_not_beyond_the_last_safe_one(until: int, expected: bool) -> None:
    today = LAST - timedelta(days=20)
    assert may_put_off(until=today + timedelta(days=until), last_safe_on=LAST, today=today) is expected


@pytest.mark.parametrize(("days_left", "expected"), [(30, None), (14, 14), (5, 7), (0, 0), (-4, 0)])
def test_the_first_notice_does_the_steps_that_are_reached_already(days_left: int, expected: int | None) -> None:
    assert told_at_opening(last_safe_on=LAST, today=LAST - timedelta(days=days_left), steps=STEPS) == expected


def test_the_circle_never_gets_smaller_as_the_day_comes_nearer() -> None:
    circles = [circle_at(days) for days in range(40, -5, -1)]
    assert circles == sorted(circles)
