"""What comes due by itself, and that two dispatchers never do it twice."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tandem.kernel import clock
from tandem.people.actions import terminate_employee
from tandem.people.records import EmployeeStatus, TerminationReason
from tandem.people.selectors import get_employee
from tandem.testing.cast import Cast
from tandem.xero import facade
from tandem.xero.connections.due import DueKind, set_due
from tandem.xero.models import Due
from tandem.xero.schedule import actions

pytestmark = pytest.mark.usefixtures("real_db")

EVENING = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_every_account_gets_a_nightly_job_at_a_quarter_past_its_own_midnight(cast: Cast) -> None:
    with clock.frozen_at(EVENING):
        assert actions.ensure_nightly() == 2
        assert actions.ensure_nightly() == 0
        due = {row.subject_id: row.due_at for row in Due.objects.filter(kind=DueKind.NIGHTLY.value)}
    # Melbourne keeps daylight time in November, Brisbane never does.
    assert due[cast.alice.account.account_id] == datetime(2026, 11, 23, 13, 15, tzinfo=UTC)
    assert due[cast.charlie.account.account_id] == datetime(2026, 11, 23, 14, 15, tzinfo=UTC)


def test_the_nightly_job_ends_the_employment_of_leavers_and_is_due_again_tomorrow(cast: Cast) -> None:
    with clock.frozen_at(EVENING) as frozen:
        terminate_employee(
            cast.alice.actor,
            employee_id=cast.dana_record.employee_id,
            termination_on=date(2026, 11, 23),
            reason=TerminationReason.VOLUNTARY,
        )
        actions.ensure_nightly()
        frozen.advance(hours=4)
        actions.run_due()
        found = get_employee(cast.alice.actor, employee_id=cast.dana_record.employee_id)
        assert found.status is EmployeeStatus.TERMINATED
        again = Due.objects.get(subject_id=cast.alice.account.account_id, kind=DueKind.NIGHTLY.value)
        assert again.due_at == datetime(2026, 11, 24, 13, 15, tzinfo=UTC)
        assert again.leased_until is None


def test_what_one_dispatcher_has_leased_another_leaves_alone_until_the_lease_ends(cast: Cast) -> None:
    with clock.frozen_at(EVENING) as frozen:
        account_id = cast.alice.account.account_id
        set_due(account_id, account_id, DueKind.NIGHTLY, EVENING)
        assert [work.kind for work in actions.claim_due()] == [DueKind.NIGHTLY]
        assert actions.claim_due() == []
        frozen.advance(minutes=3)
        assert len(actions.claim_due()) == 1


def test_work_that_fails_comes_back_later_and_leaves_no_lease(cast: Cast) -> None:
    with clock.frozen_at(EVENING):
        account_id = cast.alice.account.account_id
        set_due(account_id, account_id, DueKind.NIGHTLY, EVENING)
        before = actions.nightly_job

        def fail(account: object) -> None:
            raise RuntimeError("the disk is full")

        actions.nightly_job = fail
        try:
            assert actions.run_due() == 1
        finally:
            actions.nightly_job = before
        row = Due.objects.get(subject_id=account_id)
        assert (row.due_at, row.leased_until) == (EVENING + timedelta(minutes=5), None)


def test_without_a_connection_there_is_nothing_automatic(cast: Cast) -> None:
    with clock.frozen_at(EVENING):
        actions.plan_ahead(cast.alice.account.account_id)
        assert actions.run_due() == 0
        assert facade.list_runs(cast.alice.actor) == []


@pytest.mark.parametrize("broken", list(actions.TELLING))
def test_trouble_with_one_way_of_telling_holds_no_other_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    done: list[str] = []

    def watched(part: str, act: Callable[[UUID], int]) -> Callable[[UUID], int]:
        def run(account_id: UUID) -> int:
            if part == broken:
                raise RuntimeError(part)
            done.append(part)
            return act(account_id)

        return run

    parts = {part: watched(part, act) for part, act in actions.TELLING.items()}
    monkeypatch.setattr(actions, "TELLING", parts)
    actions.tell(cast.alice.account.account_id)
    assert done == [part for part in parts if part != broken]
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["notices failed"]
