"""The call limits and their headers (xero.md 3.1)."""

from datetime import timedelta

import pytest

from tandem_sandbox.limits import Limits
from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import AMIR, BAKERY, BOOKS, EMPLOYEES, Caller, quiet_sandbox, sign_in
from tandem_sandbox.world.seed import SEEDED_AT


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox()


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def test_every_tenant_call_says_what_remains(rosa: Caller) -> None:
    first, second = rosa.get(EMPLOYEES).headers, rosa.get(EMPLOYEES).headers
    for name, start in (("X-DayLimit-Remaining", 999), ("X-MinLimit-Remaining", 59), ("X-AppMinLimit-Remaining", 9999)):
        assert (int(first[name]), int(second[name])) == (start, start - 1)


def test_connections_and_tokens_say_nothing_of_limits(rosa: Caller) -> None:
    for answer in (rosa.get("/connections"), rosa.refresh()):
        assert not [name for name, _ in answer.headers if "Limit" in name]


@pytest.mark.parametrize(
    ("switch", "header"),
    [
        ("omit_day_limit_header", "X-DayLimit-Remaining"),
        ("omit_minute_limit_header", "X-MinLimit-Remaining"),
        ("omit_app_minute_limit_header", "X-AppMinLimit-Remaining"),
    ],
)
def test_each_header_can_be_dropped(sandbox: Sandbox, rosa: Caller, switch: str, header: str) -> None:
    sandbox.control("PATCH", "switches", {switch: True})
    names = [name for name, _ in rosa.get(EMPLOYEES).headers if "Limit" in name]
    assert len(names) == 2
    assert header not in names


def test_the_61st_call_of_a_minute_is_429_until_the_window_turns(sandbox: Sandbox, rosa: Caller) -> None:
    assert {rosa.get(EMPLOYEES).status_code for _ in range(60)} == {200}
    refused = rosa.get(EMPLOYEES)
    assert refused.status_code == 429
    assert refused.headers["X-Rate-Limit-Problem"] == "minute"
    assert refused.headers["X-MinLimit-Remaining"] == "0"
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 60
    sandbox.clock.advance(wait)
    assert rosa.get(EMPLOYEES).headers["X-MinLimit-Remaining"] == "59"


def test_the_day_limit_says_how_long_to_wait(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "limits", {"day": 2})
    assert [rosa.get(EMPLOYEES).status_code for _ in range(3)] == [200, 200, 429]
    refused = rosa.get(EMPLOYEES)
    assert refused.headers["X-Rate-Limit-Problem"] == "day"
    sandbox.clock.advance(int(refused.headers["Retry-After"]))
    rosa.refresh()
    assert rosa.get(EMPLOYEES).status_code == 200


def test_the_app_wide_limit_counts_every_organisation(sandbox: Sandbox) -> None:
    sandbox.control("PATCH", "limits", {"app_minute": 3})
    amir = sign_in(sandbox, AMIR, [BAKERY, BOOKS])
    tenants = [item["tenantId"] for item in amir.connections()]
    statuses = [amir.get(EMPLOYEES, headers={"Xero-Tenant-Id": tenant}).status_code for tenant in tenants * 2]
    assert statuses == [200, 200, 200, 429]
    refused = amir.get(EMPLOYEES)
    assert refused.headers["X-Rate-Limit-Problem"] == "appminute"
    assert "Retry-After" not in refused.headers
    sandbox.control("PATCH", "switches", {"limit_retry_after_always": True})
    assert "Retry-After" in amir.get(EMPLOYEES).headers


def test_the_sixth_call_at_once_is_429_concurrent(sandbox: Sandbox, rosa: Caller) -> None:
    limits, now = sandbox.simulator.limits, sandbox.clock.now()
    assert rosa.tenant is not None
    for _ in range(5):
        limits.enter("TANDEM-DEMO-APP", rosa.tenant)
    refused = rosa.get(EMPLOYEES)
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert "Retry-After" not in refused.headers
    limits.leave("TANDEM-DEMO-APP", rosa.tenant)
    assert rosa.get(EMPLOYEES).status_code == 200
    assert sandbox.clock.now() == now


def test_limits_of_one_organisation_leave_the_other_alone(sandbox: Sandbox) -> None:
    amir = sign_in(sandbox, AMIR, [BAKERY, BOOKS])
    sandbox.control("PATCH", "limits", {"minute": 1, "organisation": BAKERY})
    by_name = {item["tenantName"]: item["tenantId"] for item in amir.connections()}
    bakery = [amir.get(EMPLOYEES, headers={"Xero-Tenant-Id": by_name[BAKERY]}).status_code for _ in range(2)]
    books = [amir.get(EMPLOYEES, headers={"Xero-Tenant-Id": by_name[BOOKS]}).status_code for _ in range(2)]
    assert (bakery, books) == ([200, 429], [200, 200])


def test_a_limit_of_null_is_off_and_has_no_header(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "limits", {"minute": None, "day": None, "app_minute": None, "concurrent": None})
    answers = [rosa.get(EMPLOYEES) for _ in range(70)]
    assert {answer.status_code for answer in answers} == {200}
    assert "X-MinLimit-Remaining" not in answers[0].headers


@pytest.mark.parametrize(("counts", "left"), [(False, 5), (True, 3)])
def test_a_refused_call_counts_or_not_by_switch(sandbox: Sandbox, rosa: Caller, counts: bool, left: int) -> None:
    sandbox.control("PATCH", "switches", {"rejected_calls_count": counts})
    sandbox.control("PATCH", "limits", {"minute": 5, "day": 10})
    for _ in range(5):
        rosa.get(EMPLOYEES)
    refused = [rosa.get(EMPLOYEES) for _ in range(2)]
    assert [answer.status_code for answer in refused] == [429, 429]
    assert int(refused[-1].headers["X-DayLimit-Remaining"]) == left


@pytest.mark.parametrize(("body", "starts"), [("text", "Too many"), ("empty", ""), ("html", "<html>")])
def test_the_body_of_a_429_is_text_nothing_or_html(sandbox: Sandbox, rosa: Caller, body: str, starts: str) -> None:
    sandbox.control("PATCH", "switches", {"limit_body": body})
    sandbox.control("PATCH", "limits", {"minute": 0})
    assert rosa.get(EMPLOYEES).get_data(as_text=True)[: len(starts) or None] == starts


def test_windows_turn_at_another_second_for_each_organisation() -> None:
    limits = Limits()

    def turn(organisation: str) -> int:
        left: list[int | None] = []
        while len(left) < 2 or left[-1] != 59:
            now = SEEDED_AT + timedelta(seconds=len(left))
            left.append(limits.charge("app", organisation, now=now, rejected_count=False).minute)
        return len(left)

    assert len({turn(organisation) for organisation in "abcdef"}) > 1


def test_a_burst_of_sixty_is_legal_again_as_soon_as_the_window_turns(sandbox: Sandbox, rosa: Caller) -> None:
    assert {rosa.get(EMPLOYEES).status_code for _ in range(60)} == {200}
    sandbox.clock.advance(int(rosa.get(EMPLOYEES).headers["Retry-After"]))
    assert {rosa.get(EMPLOYEES).status_code for _ in range(60)} == {200}
    assert rosa.get(EMPLOYEES).status_code == 429


def test_a_paid_tier_has_five_thousand_calls_a_day(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "limits", {"day": 5000})
    assert rosa.get(EMPLOYEES).headers["X-DayLimit-Remaining"] == "4999"
