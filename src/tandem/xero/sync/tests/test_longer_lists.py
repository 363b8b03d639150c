"""A list of several pages: probes prove it, a run asks for what changed, and nobody who left is overlooked for it."""

from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings

from tandem.kernel.scoping import scope
from tandem.people.records import EmployeeStatus
from tandem.xero import facade
from tandem.xero.facade import Share
from tandem.xero.models import XeroPerson
from tandem.xero.schedule import actions
from tandem.xero.sync.pages import Reach
from tandem.xero.sync.preferences import TerminationFlow
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
INTERVAL = 3  # hours between two automatic runs
WHOLE = 3  # calls: a page that is full, one that is not, and who was terminated


@pytest.fixture(autouse=True)
def many(at_work: Office, settings: Settings) -> Office:
    """Six people where five fill a page, automatic runs on, and the first of them over."""
    settings.TANDEM = replace(settings.TANDEM, xero=replace(settings.TANDEM.xero, page_size=5))
    at_work.choose(auto_import=True, auto_export=True, termination=TerminationFlow.BOTH)
    pass_hours(at_work, INTERVAL)
    return at_work


def pass_hours(office: Office, hours: int) -> int:
    """Let time pass with whatever is due on the way; return the calls of runs."""
    before = of_runs(office)
    for _ in range(hours):
        office.clock.advance(hours=1)
        actions.run_due()
    return of_runs(office) - before


def of_runs(office: Office) -> int:
    found = facade.call_spending(office.player.actor)
    days = [*found.earlier, *([found.today] if found.today else [])]
    return sum(day.by.of(share) for day in days for share in (Share.READS, Share.WRITES))


def is_green(office: Office) -> bool:
    return facade.connection_summary(office.player.actor).health.is_green


def end_unnoticed(office: Office, name: str) -> None:
    """End somebody in Xero without a new UpdatedDateUTC, which nobody outside Xero can rule out."""
    people = office.sandbox.simulator.world.organisations[office.organisation_id].people
    assert people
    fields = people[str(office.theirs()[name]["EmployeeID"])].fields
    fields["TerminationDate"], fields["TerminationReason"] = "2026-11-20", "R"


def wanted(office: Office) -> int:
    with scope(office.player.actor.account_id):
        return XeroPerson.objects.filter(wants_detail=True).count()


def test_an_idle_two_way_run_costs_two_calls_and_the_data_stays_proved(many: Office) -> None:
    for _ in range(3):
        assert pass_hours(many, INTERVAL) == 2
        assert is_green(many)


def test_once_a_day_a_run_asks_for_everybody(many: Office) -> None:
    costs = [pass_hours(many, INTERVAL) for _ in range(9)]
    assert costs.count(WHOLE) == 1
    assert set(costs) == {2, WHOLE}


def test_a_change_in_xero_costs_one_call_more_and_one_here_at_most_three(many: Office) -> None:
    many.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    assert pass_hours(many, INTERVAL) == 2 + 1
    assert many.someone().mobile == "0491 570 313"
    many.edit(many.ours()["Rosa Byrne"], job_title="Head baker")
    assert pass_hours(many, INTERVAL) <= 2 + 3
    assert many.theirs()["Rosa Byrne"]["JobTitle"] == "Head baker"


def test_a_run_reads_the_whole_list_itself_where_no_probe_has_proved_it_lately(many: Office) -> None:
    for hours, calls in ((1, 2), (4, WHOLE)):
        many.clock.advance(hours=hours)
        before = of_runs(many)
        run_id = facade.preview_run(many.player.actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY)
        facade.work_on_run(many.player.actor, run_id)
        assert of_runs(many) - before == calls


def test_somebody_who_left_and_is_not_among_the_changes_is_read_because_a_probe_missed_them(many: Office) -> None:
    pass_hours(many, 8 * INTERVAL)
    end_unnoticed(many, "Rosa Byrne")
    assert pass_hours(many, INTERVAL) == 2 + 1
    assert many.ours()["Rosa Byrne"].status is EmployeeStatus.TERMINATED
    assert pass_hours(many, 2 * INTERVAL) == 2 * 2
    assert is_green(many)
    assert not wanted(many)


def test_somebody_whom_no_reading_has_shown_is_read_because_a_probe_saw_them(many: Office) -> None:
    """As where others came or went between two pages of the last whole list."""
    with scope(many.player.actor.account_id):
        XeroPerson.objects.filter(xero_employee_id=many.theirs()["Rosa Byrne"]["EmployeeID"]).delete()
    assert pass_hours(many, 2) == 0
    assert wanted(many) == 1
    assert pass_hours(many, 1) == 2 + 1
    assert not wanted(many)
