"""Who holds the connection, as a person reads it and acts on it."""

from datetime import date, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.flows import people as flows
from tandem.kernel.clock import FrozenClock
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord, TerminationReason
from tandem.testing.cast import TOTP_SECRET, Cast, Player, join, text_of
from tandem.testing.xero import AMIR, BAKERY, ROSA, Connect, connections_in
from tandem.web.xero.present import STEPS
from tandem.xero import facade
from tandem.xero.connections.probes import probe_connection
from tandem.xero.facade import ConsentPurpose, Match, StepCode
from tandem_sandbox.testing import Sandbox

REASON = "The pay run is today"


@pytest.fixture
def alice(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    """Alice's account, which Rosa carries."""
    assert connected(cast.alice).is_success
    return cast.alice


@pytest.fixture
def two_keys(alice: Player, connected: Connect) -> Player:
    """The same, and Amir stands by."""
    assert connected(alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    return alice


def _get(player: Player, path: str = "xero/") -> str:
    return text_of(player.client.get(player.url(path)))


def _post(player: Player, path: str, **typed: str) -> str:
    return text_of(player.client.post(player.url(path), typed, follow=True))


def _leaves(cast: Cast, days: int) -> EmployeeRecord:
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    rosa = hire_employee(cast.alice.actor, details=details)
    flows.terminate(
        cast.bob.actor,
        employee_id=rosa.employee_id,
        termination_on=date(2026, 11, 23) + timedelta(days=days),
        reason=TerminationReason.VOLUNTARY,
    )
    return rosa


def _payroll_officer(cast: Cast) -> Player:
    ken = join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB)
    TOTP.activate(ken.user, TOTP_SECRET)
    return ken


def test_each_key_stands_there_with_its_part_and_its_proof(two_keys: Player) -> None:
    text = _get(two_keys)
    assert "Carries the connection, authorised 23 Nov 2026" in text
    assert "Stands by, authorised 23 Nov 2026" in text
    assert text.count("Payroll proved ") == 2
    assert "Use the standby" in text
    assert "Give the standby up" in text


def test_a_standby_that_xero_refuses_is_said_to_be_refused(two_keys: Player, sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", {"kind": "remove_user", "user": AMIR, "organisation": BAKERY})
    text = _post(two_keys, "xero/standby/use/")
    assert "Xero does not give payroll to the standby at the moment, so nothing was changed." in text
    assert "Refused, payroll last proved" in text
    assert "Rosa Byrne" in text


def test_without_a_standby_the_page_asks_for_one_and_not_now_is_heard(alice: Player, frozen: FrozenClock) -> None:
    frozen.advance(days=1)
    probe_connection(alice.account.account_id)
    assert "Add a standby" in _get(alice)
    offer = _get(alice, "xero/standby/")
    assert "Authorise as a second person" in offer
    assert "xero/guests/new/?for=standby" in offer
    assert "You are asked for a standby again on 24 Dec 2026." in _post(alice, "xero/standby/not-now/")
    assert "You are asked again on 24 Dec 2026." in _get(alice)


def test_an_account_can_do_without_and_change_its_mind(alice: Player) -> None:
    assert "This account does without a standby." in _post(alice, "xero/standby/wanted/", wanted="no")
    assert "Ask us again" in _get(alice, "xero/standby/")
    assert "Tandem asks for a standby." in _post(alice, "xero/standby/wanted/", wanted="yes")
    assert "We do not want one" in _get(alice, "xero/standby/")


def test_before_anybody_connected_every_page_about_keys_says_what_comes_first(cast: Cast) -> None:
    assert "Connect Xero first." in text_of(cast.alice.client.get(cast.alice.url("xero/standby/"), follow=True))
    for path, said in (
        ("xero/standby/use/", "There is no standby that could take over."),
        ("xero/standby/give-up/", "nothing to give up"),
        ("xero/standby/not-now/", "not connected to Xero"),
        ("xero/standby/wanted/", "not connected to Xero"),
        ("xero/writes/withdraw/", "Nothing is approved"),
    ):
        assert said in _post(cast.alice, path)


def test_swapping_is_asked_about_first_and_reported_afterwards(two_keys: Player) -> None:
    question = _get(two_keys, "xero/standby/use/")
    assert "Amir Lim carries the connection, Rosa Byrne stands by" in question
    text = _post(two_keys, "xero/standby/use/")
    assert "Amir Lim carries the connection now." in text
    assert "From Rosa Byrne to Amir Lim" in text
    assert "A person swapped the two" in text
    assert "Written twice</dt><dd>0</dd>" in text


def test_the_next_step_that_names_the_standby_leads_to_the_standby() -> None:
    assert STEPS[StepCode.USE_STANDBY] == ("xero-swap", False)
    assert STEPS[StepCode.ADD_STANDBY] == ("xero-standby", False)


def test_a_takeover_is_reported_with_who_since_when_and_why(
    two_keys: Player, sandbox: Sandbox, frozen: FrozenClock
) -> None:
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    probe_connection(two_keys.account.account_id)
    text = _get(two_keys)
    for said in ("From Rosa Byrne to Amir Lim", "Broken since", "Access in Xero was removed", "Writes not confirmed"):
        assert said in text


def test_giving_up_names_what_cannot_be_undone_and_removes_that_link_alone(two_keys: Player, sandbox: Sandbox) -> None:
    assert "This cannot be undone from here" in _get(two_keys, "xero/standby/give-up/")
    assert "Amir Lim does not stand by any more." in _post(two_keys, "xero/standby/give-up/")
    assert [row["user"] for row in connections_in(sandbox, organisation=BAKERY)] == [ROSA]


def test_an_administrator_says_who_the_xero_user_is(alice: Player, cast: Cast) -> None:
    primary = facade.get_connection_page(alice.actor).primary
    assert primary is not None
    path = f"xero/authorisers/{primary.grant_id}/"
    assert "Not found among the people in Tandem" in _get(alice)
    assert "Dana Okafor" in _get(alice, path)
    _post(alice, path, employee_id=str(cast.dana_record.employee_id))
    assert "In Tandem: Dana Okafor (an administrator said so)" in _get(alice)
    assert "Choose somebody from the list." in _post(alice, path, employee_id="nobody")
    _post(alice, path, employee_id="")
    assert "Not employed here, an administrator said" in _get(alice)
    after = facade.get_connection_page(alice.actor).primary
    assert after is not None
    assert after.match is Match.NOBODY


def test_near_the_last_safe_day_the_page_says_from_when_exports_wait(alice: Player, cast: Cast) -> None:
    _leaves(cast, 5)
    text = _get(alice)
    assert "Exports wait from 28 Nov 2026 on." in text
    assert "Hand over by 28 Nov 2026" in text
    assert "Exports wait" not in _get(_payroll_officer(cast))


def test_with_a_standby_exports_do_not_wait_and_nothing_is_said_of_it(two_keys: Player, cast: Cast) -> None:
    _leaves(cast, 5)
    text = _get(two_keys)
    assert "Hand over by 28 Nov 2026" in text
    assert "Exports wait" not in text


def test_an_approval_is_typed_kept_shown_and_taken_back(alice: Player, cast: Cast) -> None:
    _leaves(cast, 0)
    assert "Exports wait until somebody else authorises." in _get(alice)
    refused = alice.client.post(alice.url("xero/writes/"), {"reason": "", "lasting": "4"})
    assert refused.status_code == 422
    assert "Say why exports cannot wait." in text_of(refused)
    short = alice.client.post(alice.url("xero/writes/"), {"reason": "no", "lasting": "24"})
    assert short.status_code == 422
    assert "Give the reason in 5 to 200 characters." in text_of(short)
    text = _post(alice, "xero/writes/", reason=REASON, lasting="4")
    assert "Alice Lang lets exports go on until" in text
    assert REASON in text
    seen = _get(_payroll_officer(cast))
    assert "Alice Lang lets exports go on until" in seen
    assert REASON not in seen
    assert "Exports wait again." in _post(alice, "xero/writes/withdraw/")


def test_who_may_look_sees_the_keys_and_no_button(two_keys: Player, cast: Cast) -> None:
    text = _get(_payroll_officer(cast))
    assert "Stands by" in text
    for label in ("Use the standby", "Give the standby up", "In Tandem:", "authorisers/"):
        assert label not in text


def test_the_page_takes_no_more_queries_with_a_standby_and_a_takeover(two_keys: Player) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            _get(two_keys)
        return len(asked)

    before = count()
    facade.swap(two_keys.actor)
    facade.swap(two_keys.actor)
    assert count() <= before + 3
