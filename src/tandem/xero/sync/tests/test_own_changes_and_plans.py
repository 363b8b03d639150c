"""What people ask for of their own record reaches no plan before somebody else approved it."""

import pytest

from tandem.access.roles import Role
from tandem.flows import own_changes as flows
from tandem.people.own_changes import list_waiting_own_changes
from tandem.testing.cast import Cast, join
from tandem.xero.sync.pages import RunPage
from tandem.xero.sync.tests.office import Office

pytestmark = pytest.mark.usefixtures("real_db")


def _changed(page: RunPage) -> set[str]:
    return {change.field for item in page.items for change in item.changes}


def test_nothing_reaches_a_plan_before_it_is_approved(cast: Cast, at_work: Office) -> None:
    record = at_work.someone()
    asker = join(at_work.player.account, "Own Lang", Role.SELF_SERVICE, employee=record)
    assert flows.ask_own_details(asker.actor, wanted={"mobile": "0491 570 156"})
    assert _changed(at_work.preview()) == set()
    (waiting,) = list_waiting_own_changes(cast.bob.actor)
    flows.approve_own_change(cast.bob.actor, employee_id=record.employee_id, change_id=waiting.change_id)
    assert _changed(at_work.preview()) == {"mobile"}
