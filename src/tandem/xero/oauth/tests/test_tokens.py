"""Refresh: once, saved before use, the old token retried after a lost answer, and dead only when Xero says so."""

from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings

from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.tenancy.vault import seal
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import Connect, calls_in
from tandem.xero.client.errors import AppRejected, GrantRevoked, NoAnswer, ServerError
from tandem.xero.connections.session import open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Evidence, Grant
from tandem.xero.oauth import tokens, vault
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def grant_of(player: Player) -> Grant:
    with scope(player.account.account_id):
        return Grant.objects.get(role="primary")


def ask(player: Player) -> None:
    open_session(player.account.account_id, purpose=Purpose.READ).get_settings()


def test_an_expired_token_is_refreshed_before_it_is_used(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=31)
    sandbox.control("DELETE", "log")
    ask(cast.alice)
    ask(cast.alice)
    assert [(call["path"], call["status"]) for call in calls_in(sandbox)] == [
        ("/connect/token", 200),
        ("/payroll.xro/1.0/Settings", 200),
        ("/payroll.xro/1.0/Settings", 200),
    ]


def test_a_token_that_xero_expired_early_costs_one_refresh_and_no_error(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    sandbox.control("POST", "clock", {"advance_seconds": 1801})
    sandbox.control("DELETE", "log")
    ask(cast.alice)
    assert [call["status"] for call in calls_in(sandbox)] == [401, 200, 200]
    with scope(cast.alice.account.account_id):
        assert set(Evidence.objects.values_list("answer", flat=True)) == {"ok"}


@pytest.mark.parametrize("answer", ["fresh", "same"])
def test_one_lost_answer_is_nobodys_failure(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, answer: str
) -> None:
    sandbox.control("PATCH", "switches", {"refresh_retry": answer})
    connected(cast.alice)
    for _ in range(3):
        frozen.advance(minutes=31)
        sandbox.control("POST", "faults", {"path": "/connect/token", "fault": "committed_but_lost", "count": 1})
        ask(cast.alice)
    assert grant_of(cast.alice).died_at is None


@pytest.mark.parametrize("answer", ["fresh", "same"])
def test_lost_answers_are_asked_for_again_with_the_old_token(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, answer: str
) -> None:
    sandbox.control("PATCH", "switches", {"refresh_retry": answer})
    connected(cast.alice)
    frozen.advance(minutes=31)
    sandbox.control("POST", "faults", {"path": "/connect/token", "fault": "committed_but_lost", "count": 2})
    with pytest.raises(NoAnswer):
        ask(cast.alice)
    assert grant_of(cast.alice).died_at is None
    frozen.advance(minutes=29)
    ask(cast.alice)
    frozen.advance(minutes=31)
    ask(cast.alice)
    assert grant_of(cast.alice).died_at is None


def test_an_answer_lost_for_longer_than_xero_forgives_ends_the_grant(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=31)
    sandbox.control("POST", "faults", {"path": "/connect/token", "fault": "committed_but_lost", "count": 2})
    with pytest.raises(NoAnswer):
        ask(cast.alice)
    frozen.advance(minutes=31)
    with pytest.raises(GrantRevoked):
        ask(cast.alice)
    grant = grant_of(cast.alice)
    assert (grant.died_of, grant.refresh_token, grant.access_token) == ("invalid_grant", None, None)


@pytest.mark.parametrize("fault", [{"fault": "status", "status": 500}, {"fault": "html_502"}])
def test_a_token_endpoint_in_trouble_ends_nothing(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, fault: dict[str, object]
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=31)
    sandbox.control("POST", "faults", {"path": "/connect/token", **fault})
    with pytest.raises(ServerError):
        ask(cast.alice)
    assert grant_of(cast.alice).refresh_token is not None
    sandbox.control("DELETE", "faults")
    ask(cast.alice)


def test_a_stored_token_that_xero_does_not_know_gives_way_to_the_one_before_it(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=31)
    ask(cast.alice)
    account_id = cast.alice.account.account_id
    with scope(account_id):
        grant = Grant.objects.get(role="primary")
        grant.refresh_token = seal(
            account_id, "from a backup of another day", column=vault.REFRESH, row_id=grant.grant_id
        )
        grant.save()
    frozen.advance(minutes=29)
    tokens.refresh(account_id, grant.grant_id, anyway=True)
    frozen.advance(minutes=31)
    ask(cast.alice)


def test_wrong_app_credentials_end_no_grant(
    cast: Cast,
    frozen: FrozenClock,
    sandbox: Sandbox,
    connected: Connect,
    settings: Settings,
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=31)
    right = settings.TANDEM
    settings.TANDEM = replace(right, xero=replace(right.xero, client_secret="wrong"))
    with pytest.raises(AppRejected):
        ask(cast.alice)
    settings.TANDEM = right
    assert grant_of(cast.alice).refresh_token is not None
    ask(cast.alice)


def test_stored_tokens_are_sealed(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    clear = {row["token"] for row in sandbox.control("GET", "world/tokens")}
    grant = grant_of(cast.alice)
    with scope(cast.alice.account.account_id):
        assert {vault.refresh_token_of(grant), vault.access_of(grant).token} == clear
    for sealed in (grant.refresh_token, grant.access_token):
        assert not any(token.encode() in bytes(sealed or b"") for token in clear)
        assert clear
    with scope(cast.alice.account.account_id):
        assert not any(token in repr(vault.access_of(grant)) for token in clear)
