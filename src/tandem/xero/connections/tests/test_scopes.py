"""What a consent asks for, what it covers, and whether it lets anybody be changed: tables of values."""

import pytest

from tandem.xero.connections.scopes import asked, can_write, covered

CONFIGURED = ("openid", "offline_access", "accounting.settings.read", "payroll.employees", "payroll.payruns.read")


@pytest.mark.parametrize(
    ("read_only", "expected"),
    [
        (False, CONFIGURED),
        (
            True,
            ("openid", "offline_access", "accounting.settings.read", "payroll.employees.read", "payroll.payruns.read"),
        ),
    ],
)
def test_reading_alone_asks_for_the_reading_half(*, read_only: bool, expected: tuple[str, ...]) -> None:
    assert asked(CONFIGURED, read_only=read_only) == expected


def test_nothing_is_asked_for_twice() -> None:
    both = ("payroll.employees", "payroll.employees.read")
    assert asked(both, read_only=True) == ("payroll.employees.read",)


def test_whoever_may_change_something_may_see_it() -> None:
    assert covered({"openid", "payroll.employees"}) == {"openid", "payroll.employees", "payroll.employees.read"}
    assert covered(()) == frozenset()


@pytest.mark.parametrize(
    ("granted", "expected"),
    [(("payroll.employees",), True), (("payroll.employees.read",), False), ((), True)],
)
def test_a_consent_of_which_nothing_is_known_is_given_the_benefit(granted: tuple[str, ...], *, expected: bool) -> None:
    assert can_write(granted) is expected
