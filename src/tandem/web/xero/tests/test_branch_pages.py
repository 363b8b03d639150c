"""The tab Branches: a group is picked from Xero's list, never typed; two branches never stand for one group."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import NotFound, NotPermitted
from tandem.people.actions import ensure_branch
from tandem.people.branches import save_branches
from tandem.people.selectors import list_branches
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import Connect
from tandem.timeline.selectors import list_entries
from tandem.xero import facade

pytestmark = pytest.mark.usefixtures("real_db")
AT = "account/details/branches/"


def keys(cast: Cast) -> dict[str, str]:
    return {one.name: one.integration_api_key for one in list_branches(cast.alice.actor)}


def test_before_the_groups_were_read_the_page_says_where_to_read_them(cast: Cast) -> None:
    page = text_of(cast.alice.client.get(cast.alice.url(AT)))
    assert "were not read yet" in page
    assert "A new branch" in page


def test_a_group_is_picked_for_a_branch_and_a_branch_is_added(
    cast: Cast, frozen: FrozenClock, connected: Connect
) -> None:
    alice = cast.alice
    assert connected(alice).is_success
    facade.read_lists_now(alice.actor)
    shop = str(ensure_branch(alice.actor, name="The shop").branch_id)
    page = text_of(alice.client.get(alice.url(AT)))
    assert "Runs leave branches and employee groups alone" in page
    facade.save_preferences(alice.actor, facade.get_preferences(alice.actor).preferences)
    said = text_of(
        alice.client.post(alice.url(AT), {shop: "Shop", "name": "Bakehouse", "key": "Bakehouse"}, follow=True)
    )
    assert "2 branches were saved." in said
    assert (keys(cast)["The shop"], keys(cast)["Bakehouse"]) == ("Shop", "Bakehouse")
    for sent, problem in (
        ({shop: "Night shift"}, "Night shift is not one of the available choices"),
        ({shop: "Bakehouse"}, "stands for this employee group already"),
        ({shop: "Shop", "name": "the SHOP"}, "There is a branch of this name"),
        ({shop: "Shop", "key": "Office"}, "Enter the name of the new branch"),
    ):
        refused = alice.client.post(
            alice.url(AT),
            {**{str(one.branch_id): one.integration_api_key for one in list_branches(alice.actor)}, **sent},
        )
        assert refused.status_code == 422
        assert problem in text_of(refused)
    assert [entry.facts for entry in list_entries(alice.actor, events=["settings.branches_changed"])] == [
        {"branches": 2}
    ]


def test_longer_lists_of_branches_take_no_more_queries(
    cast: Cast,
) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert cast.alice.client.get(cast.alice.url(AT)).status_code == 200
        return len(asked)

    ask()
    before = ask()
    for number in range(12):
        ensure_branch(cast.alice.actor, name=f"Branch {number}")
    assert ask() == before


def test_nobody_without_the_role_and_no_branch_of_another_account_is_saved(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        save_branches(cast.bob.actor, keys={})
    branch = ensure_branch(cast.alice.actor, name="Shop")
    with pytest.raises(NotFound):
        save_branches(cast.charlie.actor, keys={branch.branch_id: "Shop"})
