"""Xero is asked for what is switched on and no more; more is asked for in place, and a refusal costs nothing else."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tandem.kernel.errors import Invalid
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import AMIR, ROSA, SESSION_KEY, Connect, at_xero
from tandem.xero import facade
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.consent_outcome import ConsentOutcome, ConsentResult
from tandem.xero.facade import ConnectionState, ConsentPurpose, RunKind, StepCode
from tandem.xero.models import Grant
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
WIDEN = ConsentPurpose.WIDEN


@pytest.fixture
def reading(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """An office that only reads from Xero."""
    facade.only_read(cast.alice.actor)
    with office(cast, sandbox, connected) as found:
        yield found


def widen(office: Office, cast: Cast, *, allow: bool) -> ConsentOutcome:
    address = start_consent(cast.alice.actor, purpose=WIDEN, session_key=SESSION_KEY)
    params = at_xero(office.sandbox, address, user=ROSA, allow=allow)
    return finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params)


def asked_for(cast: Cast, purpose: ConsentPurpose) -> set[str]:
    address = start_consent(cast.alice.actor, purpose=purpose, session_key="only to look")
    return set(parse_qs(urlsplit(address).query)["scope"][0].split())


def gate_of(cast: Cast) -> facade.Health:
    return facade.connection_summary(cast.alice.actor).health


def test_an_account_that_only_reads_asks_for_nothing_else_and_writes_nothing(
    reading: Office, cast: Cast, connected: Connect
) -> None:
    for purpose in (ConsentPurpose.RECONNECT, ConsentPurpose.STANDBY):
        assert "payroll.employees.read" in asked_for(cast, purpose)
        assert "payroll.employees" not in asked_for(cast, purpose)
    with scope(cast.alice.account.account_id):
        assert "payroll.employees" not in Grant.objects.get(role="primary").scopes
    with pytest.raises(Invalid, match="Automatic export changes people"):
        reading.choose(auto_export=True)
    with pytest.raises(Invalid, match="only reads from Xero"):
        reading.preview(RunKind.EXPORT)
    reading.edit(reading.someone(), job_title="Head baker")
    assert facade.list_waiting_changes(cast.alice.actor) == []
    reading.sync(RunKind.BOTH)
    assert not reading.calls("POST")
    assert facade.pending_words(cast.alice.actor) == []
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    assert "for reading only" in text_of(cast.alice.client.get(cast.alice.url("xero/")))


def test_more_is_asked_for_in_place_and_waits_visibly_until_it_is_allowed(reading: Office, cast: Cast) -> None:
    reading.choose(read_only=False)
    reading.edit(reading.someone(), job_title="Head baker")
    facade.probe_now(cast.alice.actor)
    health = gate_of(cast)
    assert (health.state, health.blocks_writes) == (ConnectionState.ATTENTION, True)
    assert health.next_step.code is StepCode.GRANT_SCOPES
    assert facade.pending_words(cast.alice.actor)[0] == "See and change employees in payroll"
    page = text_of(cast.alice.client.get(cast.alice.url("account/details/integration/")))
    assert "Ask Xero now" in page
    assert "See and change employees in payroll" in text_of(cast.alice.client.get(cast.alice.url("xero/scopes/")))
    done = reading.sync(RunKind.BOTH)
    assert not reading.calls("POST")
    assert any("may only read from Xero" in item.outcome for item in done.items)
    refused = widen(reading, cast, allow=False)
    assert (refused.result, refused.code) == (ConsentResult.REFUSED, "wider_denied")
    assert facade.get_preferences(cast.alice.actor).preferences.read_only
    assert facade.probe_now(cast.alice.actor).concerns != health.concerns
    reading.sync(RunKind.IMPORT)
    reading.choose(read_only=False)
    assert widen(reading, cast, allow=True).result is ConsentResult.WIDENED
    assert facade.pending_words(cast.alice.actor) == []
    assert not gate_of(cast).blocks_writes
    reading.sync(RunKind.BOTH)
    assert reading.theirs()["Alice Lang"]["JobTitle"] == "Head baker"


def test_the_page_asks_or_does_without_and_a_first_connection_may_be_for_reading(cast: Cast, sandbox: Sandbox) -> None:
    del sandbox
    address = cast.alice.client.post(cast.alice.url("xero/connect/"), {"read_only": "on"})["location"]
    assert "payroll.employees.read" in parse_qs(urlsplit(address).query)["scope"][0].split()
    assert facade.get_preferences(cast.alice.actor).preferences.read_only
    cast.alice.client.post(cast.alice.url("xero/scopes/"), {"without": "yes"})
    assert facade.get_preferences(cast.alice.actor).preferences.read_only
    assert cast.alice.client.post(cast.alice.url("xero/scopes/"))["location"].startswith("http")
