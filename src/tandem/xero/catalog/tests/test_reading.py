"""The lists that people pick from: read in a few calls, kept with their time; what vanished is marked."""

import pytest

from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import NotPermitted
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast
from tandem.testing.xero import BAKERY, Connect, calls_in
from tandem.xero import facade
from tandem.xero.catalog.reading import read_lists_at_night
from tandem.xero.catalog.selectors import CatalogPage, lists_of
from tandem.xero.connections.session import NotConnected
from tandem.xero.facade import ListKind
from tandem.xero.models import Connection
from tandem_sandbox.testing import Sandbox


@pytest.fixture
def linked(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Sandbox:
    assert connected(cast.alice).is_success
    frozen.advance(minutes=5)
    sandbox.control("DELETE", "log")
    return sandbox


def lists(cast: Cast) -> dict[ListKind, CatalogPage]:
    return {page.kind: page for page in facade.list_catalog(cast.alice.actor)}


def fault(sandbox: Sandbox, path: str, **kind: object) -> None:
    sandbox.control("POST", "faults", {"path": path, "count": 1, **kind})


def test_before_anybody_connected_there_is_nothing_to_read(cast: Cast) -> None:
    with pytest.raises(NotConnected):
        facade.read_lists_now(cast.alice.actor)
    read_lists_at_night(cast.alice.account.account_id)
    assert all(page.read_at is None and not page.entries for page in lists(cast).values())
    assert facade.list_super_funds(cast.alice.actor) is None
    with pytest.raises(NotPermitted):
        facade.read_lists_now(cast.dana.actor)


def test_five_calls_read_every_list_and_another_account_sees_none_of_it(cast: Cast, linked: Sandbox) -> None:
    assert facade.read_lists_now(cast.alice.actor)
    assert len(calls_in(linked)) == 5
    found = lists(cast)
    assert all(page.read_at and page.entries and not page.code for page in found.values())
    assert "Annual Leave" in [one.entry.name for one in found[ListKind.LEAVE_TYPES].entries]
    assert [one.name for one in facade.list_leave_types(cast.dana.actor) if not one.is_current] == ["Birthday Leave"]
    assert facade.list_leave_types(cast.charlie.actor) == ()


def test_what_vanished_is_marked_and_comes_back_where_xero_has_it_again(
    cast: Cast, linked: Sandbox, frozen: FrozenClock
) -> None:
    facade.read_lists_now(cast.alice.actor)
    organisation = linked.simulator.world.organisations.named(BAKERY)
    assert organisation
    fund = organisation.super_funds.pop()
    frozen.advance(hours=1)
    read_lists_at_night(cast.alice.account.account_id)
    known = lists(cast)[ListKind.SUPER_FUNDS].entries
    assert [one.gone_since is not None for one in known if str(one.entry.xero_id) == fund["SuperFundID"]] == [True]
    assert fund["SuperFundID"] not in [str(one.xero_fund_id) for one in facade.list_super_funds(cast.bob.actor) or ()]
    organisation.super_funds.append(fund)
    facade.read_lists_now(cast.alice.actor)
    assert all(one.gone_since is None for one in lists(cast)[ListKind.SUPER_FUNDS].entries)


def test_a_list_that_is_refused_keeps_what_was_read_before_and_says_why(cast: Cast, linked: Sandbox) -> None:
    facade.read_lists_now(cast.alice.actor)
    before = lists(cast)
    fault(linked, "/payroll.xro/1.0/payitems*", fault="status", status=403)
    assert not facade.read_lists_now(cast.alice.actor)
    found = lists(cast)
    assert found[ListKind.LEAVE_TYPES].code == "xero_forbidden"
    assert found[ListKind.LEAVE_TYPES].entries == before[ListKind.LEAVE_TYPES].entries
    assert found[ListKind.LEAVE_TYPES].read_at == before[ListKind.LEAVE_TYPES].read_at
    assert not found[ListKind.SUPER_FUNDS].code
    assert facade.connection_summary(cast.alice.actor).state.value == "connected"


def test_where_xero_does_not_answer_the_rest_is_not_asked_for(cast: Cast, linked: Sandbox) -> None:
    fault(linked, "/payroll.xro/1.0/payrollcalendars*", fault="dropped")
    assert not facade.read_lists_now(cast.alice.actor)
    assert {kind for kind, page in lists(cast).items() if page.code} == set(ListKind) - {
        ListKind.LEAVE_TYPES,
        ListKind.EARNINGS_RATES,
    }
    assert calls_in(linked, "/payroll.xro/1.0/superfunds*") == []


def test_a_plan_picks_groups_and_funds_from_the_catalog(cast: Cast, linked: Sandbox) -> None:
    facade.read_lists_now(cast.alice.actor)
    account_id = cast.alice.account.account_id
    with scope(account_id):
        found = lists_of(account_id, Connection.objects.get(account_id=account_id).connection_id)
    assert found.groups
    assert all(fund.usi or fund.abn for fund in found.funds)
