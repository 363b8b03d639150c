"""The scope of a transaction is what row-level security reads."""

import uuid
from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.kernel.errors import ScopeViolation
from tandem.kernel.scoping import do_last, joined_scope, scope
from tandem.people.models import Branch

pytestmark = pytest.mark.usefixtures("real_db")

OURS, THEIRS = uuid.uuid4(), uuid.uuid4()


def _branch(account_id: uuid.UUID) -> None:
    with scope(account_id):
        Branch.objects.create(account_id=account_id, name="Head office")


def test_without_a_scope_no_row_is_seen() -> None:
    _branch(OURS)
    assert Branch.objects.count() == 0


def test_a_scope_sees_its_own_rows_and_no_others() -> None:
    _branch(OURS)
    _branch(THEIRS)
    with scope(OURS):
        assert [row.account_id for row in Branch.objects.all()] == [OURS]


def test_the_scope_ends_with_its_transaction_although_the_connection_is_kept() -> None:
    _branch(OURS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('tandem.account_id', true)")
        assert cursor.fetchone()[0] in (None, "")
    assert Branch.objects.count() == 0


def test_reading_inside_a_scope_sees_the_same_and_asks_the_database_nothing_more() -> None:
    _branch(OURS)
    with scope(OURS), CaptureQueriesContext(connection) as asked, joined_scope(OURS):
        assert Branch.objects.count() == 1
    assert len(asked) == 1
    with joined_scope(OURS):
        assert Branch.objects.count() == 1
    with pytest.raises(ScopeViolation), scope(OURS), joined_scope(THEIRS):
        pass


def test_a_scope_of_another_account_inside_a_scope_is_refused() -> None:
    with pytest.raises(ScopeViolation), scope(OURS), scope(THEIRS):
        pass


def test_a_rolled_back_inner_scope_keeps_the_outer_one() -> None:
    _branch(OURS)
    with scope(OURS):
        with pytest.raises(ZeroDivisionError), scope(OURS):
            raise ZeroDivisionError
        assert Branch.objects.count() == 1


def _name_branches(account_id: uuid.UUID, names: Sequence[str]) -> None:
    for name in names:
        Branch.objects.create(account_id=account_id, name=name)


def _leave_and_fail(name: str) -> None:
    with scope(OURS):
        do_last(_name_branches, name)
        raise ZeroDivisionError


def _names() -> list[str]:
    with scope(OURS):
        return list(Branch.objects.order_by("pk").values_list("name", flat=True))


def test_what_is_left_for_the_end_is_done_there_in_its_order_and_with_the_transaction() -> None:
    with scope(OURS):
        do_last(_name_branches, "one")
        with scope(OURS), joined_scope(OURS):
            do_last(_name_branches, "two")
        assert Branch.objects.count() == 0
    assert set(_names()) == {"one", "two"}
    with pytest.raises(ZeroDivisionError):
        _leave_and_fail("three")
    assert len(_names()) == 2


def test_what_is_left_for_the_end_is_forgotten_with_the_savepoint_it_was_left_in() -> None:
    with scope(OURS):
        do_last(_name_branches, "kept")
        with pytest.raises(ZeroDivisionError):
            _leave_and_fail("undone")
    assert _names() == ["kept"]


def test_outside_a_scope_nothing_can_be_left_for_the_end() -> None:
    with pytest.raises(ScopeViolation):
        do_last(_name_branches, "nowhere")
