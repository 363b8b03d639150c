"""Where a message may be sent, and when it is tried again: as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from tandem.webhooks.rules import (
    BACK_OFF,
    SWITCHED_OFF_AFTER,
    Target,
    first_allowed,
    is_to_be_switched_off,
    next_try_at,
    read_address,
)

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/x", "must begin with https"),
        ("ftp://example.com/x", "must begin with https"),
        ("example.com", "must begin with https"),
        ("https://user:pw@example.com/", "Leave out names"),
        ("https://example.com/#part", "Leave out names"),
        ("https://exam ple.com/", "no space"),
        ("https://example.com/" + "x" * 500, "500 characters"),
        ("https://example.com:port/", "This is not an address"),
        ("https://example..com/", "This is not an address"),
        ("https://[::1/", "This is not an address"),
        ("https://", "public server"),
        ("https://localhost/", "public server"),
        ("https://intranet/", "public server"),
        ("https://printer.local/", "public server"),
        ("https://metadata.google.internal/", "public server"),
        ("https://127.0.0.1/", "public server"),
        ("https://10.0.0.8/", "public server"),
        ("https://169.254.169.254/latest", "public server"),
        ("https://[::1]/", "public server"),
        ("https://[::ffff:10.0.0.8]/", "public server"),
    ],
)
def test_an_address_that_could_reach_into_a_network_is_refused_in_words(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_address(url, allows_loopback=False)


@pytest.mark.parametrize(
    ("url", "allows_loopback", "expected"),
    [
        ("https://example.com", False, Target(True, "example.com", 443, "/")),
        ("https://example.com:8443/in?a=1", False, Target(True, "example.com", 8443, "/in?a=1")),
        (
            "https://bäckerei.example/brötchen?ä=1%20",
            False,
            Target(True, "xn--bckerei-5wa.example", 443, "/br%C3%B6tchen?%C3%A4=1%20"),
        ),
        ("https://8.8.8.8/in", False, Target(True, "8.8.8.8", 443, "/in")),
        ("http://localhost:9000/in", True, Target(False, "localhost", 9000, "/in")),
        ("http://127.0.0.1/", True, Target(False, "127.0.0.1", 80, "/")),
    ],
)
def test_a_public_address_is_read_and_in_the_demo_this_machine_too(
    url: str, allows_loopback: bool, expected: Target
) -> None:
    assert read_address(url, allows_loopback=allows_loopback) == expected


@pytest.mark.parametrize(
    ("addresses", "allows_loopback", "expected"),
    [
        (["8.8.8.8"], False, "8.8.8.8"),
        (["2606:4700::1111", "8.8.8.8"], False, "2606:4700::1111"),
        ([], False, None),
        # A name with a public and a private address is not called at either.
        (["8.8.8.8", "10.0.0.8"], False, None),
        (["127.0.0.1"], False, None),
        (["127.0.0.1"], True, "127.0.0.1"),
        (["10.0.0.8"], True, None),
        (["169.254.169.254"], False, None),
        (["100.64.0.1"], False, None),
        (["224.0.0.1"], False, None),
        (["0.0.0.0"], False, None),
        (["fe80::1%eth0"], False, None),
        (["::ffff:127.0.0.1"], False, None),
        (["::ffff:8.8.8.8"], False, "::ffff:808:808"),
        # IPv6 that a gateway turns into 10.0.0.8, or 6to4 and Teredo around it.
        (["64:ff9b::a00:8"], False, None),
        (["2002:a00:8::1"], False, None),
        (["2001:0:a00:8::1"], False, None),
    ],
)
def test_every_address_of_a_name_must_be_public(
    addresses: list[str], allows_loopback: bool, expected: str | None
) -> None:
    assert first_allowed(addresses, allows_loopback=allows_loopback) == expected


def test_a_message_is_tried_for_three_days_later_and_later() -> None:
    waits = [next_try_at(tries=tries, now=NOW) for tries in range(1, len(BACK_OFF) + 1)]
    assert [at - NOW for at in waits if at] == list(BACK_OFF)
    assert list(BACK_OFF) == sorted(BACK_OFF)
    assert sum(BACK_OFF, timedelta(0)) >= SWITCHED_OFF_AFTER - timedelta(hours=1)
    assert next_try_at(tries=len(BACK_OFF) + 1, now=NOW) is None


@pytest.mark.parametrize(
    ("failing_for", "status", "expected"),
    [
        (timedelta(0), 500, False),
        (timedelta(days=2, hours=23), None, False),
        (timedelta(days=3), None, True),
        (timedelta(0), 410, True),
    ],
)
def test_an_endpoint_is_switched_off_after_days_or_when_it_says_that_it_is_gone(
    failing_for: timedelta, status: int | None, expected: bool
) -> None:
    assert is_to_be_switched_off(failing_since=NOW - failing_for, now=NOW, status=status) is expected
