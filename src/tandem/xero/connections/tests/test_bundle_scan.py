"""Canaries in every shape: a bundle that holds one does not leave."""

import pytest

from tandem.xero.connections.bundle_scan import Finding, scan

NAMES = ("Dana Okafor", "Grant Li")
KNOWN = frozenset({"state", "broken", "grant", "kind", "evidence"})


def _scan(value: object) -> list[str]:
    return [found.kind for found in scan({"evidence": [{"kind": value}]}, names=NAMES, vocabulary=KNOWN)]


@pytest.mark.parametrize(
    "canary",
    [
        "dana@harbourlane.example",
        "d***@harbourlane.example",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
        "Bearer abc",
        "a" * 40,
        "123456782",
        "123 456 782",
        "123-456-782",
        "51 824 753 556",
        "000-000 12345678",
        "122344",
        "0491 570 006",
        "••• ••• 782",
        "xxxxxx782",
        "******",
        "OKAFOR",
        "said to dana, yesterday",
        "Li",
        "D. Okafor",
        123456782,
        1_234_567.5,
    ],
)
def test_a_secret_or_a_person_is_found(canary: object) -> None:
    assert _scan(canary)


@pytest.mark.parametrize(
    "harmless",
    [
        None,
        True,
        403,
        "broken",
        "grant",
        "0.1.0",
        "12345678-1234-4234-8234-123456789012",
        "2026-11-23T01:00:00+00:00",
        "2026-11-23T01:00:00.123456+00:00",
        "2026-11-23",
    ],
)
def test_codes_ids_and_times_may_leave(harmless: object) -> None:
    assert _scan(harmless) == []


def test_a_name_in_a_key_is_found_and_the_finding_does_not_repeat_it() -> None:
    assert scan({"Dana": 1}, names=NAMES, vocabulary=KNOWN) == [Finding("/(key)", "name")]
