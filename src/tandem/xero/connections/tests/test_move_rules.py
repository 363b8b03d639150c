"""Where a request to move stands, who may decide it, and which organisation it is about: tables of values."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tandem.xero.connections.move_rules import (
    MoveFacts,
    MoveStanding,
    is_target,
    same_name,
    standing,
    why_not_decide,
)

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
PRESENT, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (MoveFacts(LATER, None, ""), MoveStanding.WAITING),
        (MoveFacts(LATER, EARLIER, ""), MoveStanding.APPROVED),
        (MoveFacts(NOW, None, ""), MoveStanding.EXPIRED),
        (MoveFacts(NOW, EARLIER, ""), MoveStanding.EXPIRED),
        (MoveFacts(EARLIER, EARLIER, "done"), MoveStanding.DONE),
        (MoveFacts(LATER, None, "refused"), MoveStanding.REFUSED),
        (MoveFacts(LATER, EARLIER, "withdrawn"), MoveStanding.WITHDRAWN),
        (MoveFacts(EARLIER, None, "expired"), MoveStanding.EXPIRED),
    ],
)
def test_a_request_stands_where_its_facts_put_it(facts: MoveFacts, expected: MoveStanding) -> None:
    assert standing(facts, NOW) is expected
    assert expected.is_open is (expected in (MoveStanding.WAITING, MoveStanding.APPROVED))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Second Street Books Pty Ltd", "second street  books pty ltd ", True),
        ("Second Street Books", "Second Street Books Pty Ltd", False),
        ("", "", True),
    ],
)
def test_capitals_and_spaces_make_no_other_name(one: str, other: str, *, expected: bool) -> None:
    assert same_name(one, other) is expected


@pytest.mark.parametrize(
    ("tenant_id", "name", "back_to", "expected"),
    [
        (OTHER, "Books", None, True),
        (OTHER, "Other books", None, False),
        # The present organisation is never the target, whatever it is called.
        (PRESENT, "Books", None, False),
        # Going back is by the organisation itself, which may have changed its name.
        (OTHER, "Renamed", OTHER, True),
        (THIRD, "Books", OTHER, False),
    ],
)
def test_only_the_approved_organisation_is_the_target(
    tenant_id: UUID, name: str, back_to: UUID | None, *, expected: bool
) -> None:
    found = is_target(name=name, tenant_id=tenant_id, to_name="Books", back_to=back_to, present=PRESENT)
    assert found is expected


def test_the_asker_and_a_program_may_not_decide() -> None:
    assert "Another administrator" in why_not_decide(asked_by=PRESENT, user_id=PRESENT)
    assert "Only a person" in why_not_decide(asked_by=PRESENT, user_id=None)
    assert why_not_decide(asked_by=PRESENT, user_id=OTHER) == ""
