"""The first person loses access in the middle of a run: the second carries on from the journal, and nothing is doubled."""

import threading
from collections.abc import Iterator

import httpx2
import pytest

from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, ROSA, Connect, TakesTime
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.models import Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.sync import journal
from tandem.xero.sync.pages import Reach, RunStatus, StepStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


@pytest.fixture
def two_keys(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """An office of six people with a standby."""
    with office(cast, sandbox, connected) as found:
        assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
        found.forget_calls()
        yield found


@pytest.fixture
def lose_access_at(two_keys: Office) -> Iterator[dict[str, int]]:
    """Remove Rosa from the organisation the nth time the worker comes to a boundary."""
    wanted: dict[str, int] = {}

    def come_to(name: str) -> None:
        if name in wanted:
            wanted[name] -= 1
            if wanted[name] <= 0:
                del wanted[name]
                lose(two_keys)

    before = journal.at_boundary
    journal.at_boundary = come_to
    yield wanted
    journal.at_boundary = before


def lose(office: Office) -> None:
    event = {"kind": "remove_user", "user": ROSA, "organisation": office.organisation_id}
    office.sandbox.control("POST", "events", event)


def carries(office: Office) -> str:
    with scope(office.player.actor.account_id):
        return Grant.objects.get(role="primary").holder_email


def change_everybody(office: Office) -> None:
    for record in office.ours().values():
        if record.full_name in office.theirs():
            office.edit(record, mobile="0491 570 110")


def written(office: Office) -> list[int]:
    return [int(person["writes"]) for name, person in office.theirs().items() if name != "Marta Nowak"]


@pytest.mark.parametrize("boundary", ["before intent", "after intent", "after call", "outcome committed"])
def test_an_export_goes_on_with_the_standby_and_writes_each_person_once(
    two_keys: Office, lose_access_at: dict[str, int], boundary: str
) -> None:
    change_everybody(two_keys)
    page = two_keys.preview(RunKind.EXPORT)
    lose_access_at[boundary] = 3
    page = two_keys.approve(page)
    assert page.summary.status is RunStatus.DONE
    assert page.summary.counts["applied"] == page.item_counts["step"] >= 5
    assert sum(written(two_keys)) == page.item_counts["step"]
    assert max(written(two_keys)) == 1
    assert carries(two_keys) == AMIR
    report = facade.last_takeover(two_keys.player.actor)
    assert report is not None
    assert (report.written_twice, report.still_unconfirmed) == (0, 0)


def test_a_new_person_whose_creation_was_not_answered_is_found_by_the_standby_and_not_sent_again(
    two_keys: Office, lose_access_at: dict[str, int]
) -> None:
    two_keys.hire()
    page = two_keys.preview(RunKind.EXPORT)
    two_keys.fault("committed_but_lost", method="POST", count=1)
    lose_access_at["outcome committed"] = 1
    page = two_keys.approve(page)
    assert page.summary.status is RunStatus.DONE
    assert page.items[0].status is StepStatus.APPLIED
    assert [call["user"] for call in two_keys.calls("POST")] == [ROSA]
    assert two_keys.theirs()["Marta Nowak"]["writes"] == 1
    report = facade.last_takeover(two_keys.player.actor)
    assert report is not None
    assert (report.unconfirmed, report.still_unconfirmed, report.written_twice) == (1, 0, 0)


def test_a_creation_that_another_persons_grant_announced_is_never_sent_under_its_key(
    two_keys: Office, lose_access_at: dict[str, int]
) -> None:
    two_keys.hire()
    page = two_keys.preview(RunKind.EXPORT)
    two_keys.fault("committed_late", method="POST", count=1, seconds=240)
    lose_access_at["outcome committed"] = 1
    page = two_keys.approve(page)
    assert carries(two_keys) == AMIR
    assert page.summary.status is RunStatus.PARKED
    two_keys.clock.advance(minutes=11)
    page = two_keys.again(page)
    assert page.summary.status is RunStatus.DONE
    assert [call["user"] for call in two_keys.calls("POST") if call["status"] is None] == [ROSA]
    assert two_keys.theirs()["Marta Nowak"]["writes"] == 1
    assert len(two_keys.theirs()) == 7


class LosesAccess(httpx2.BaseTransport):
    """The simulated Xero, in which Rosa is removed when the nth person is asked for; the first two refusals come together."""

    def __init__(self, office: Office, *, at: int) -> None:
        self._office = office
        self._left = at
        self._inner = TakesTime(httpx2.WSGITransport(app=office.sandbox.app))
        self._lock = threading.Lock()
        self._refusals = 2
        self._together = threading.Barrier(2)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on."""
        with self._lock:
            self._left -= "/Employees/" in request.url.path
            if self._left == 0:
                self._left = -1
                lose(self._office)
        response = self._inner.handle_request(request)
        if response.status_code == 403 and self._is_among_the_first():
            self._together.wait(timeout=20)
        return response

    def _is_among_the_first(self) -> bool:
        with self._lock:
            self._refusals -= 1
            return self._refusals >= 0


def test_an_import_goes_on_at_the_person_where_it_stopped_and_reads_nobody_twice(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    with office(cast, sandbox, connected, employees=30, imported=False) as found:
        connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY)
        found.forget_calls()
        with transport.through(LosesAccess(found, at=12)):
            page = found.preview(RunKind.IMPORT, Reach.EVERYTHING)
            assert page.summary.status is RunStatus.PLANNED
            assert carries(found) == AMIR
            assert found.approve(page).summary.status is RunStatus.DONE
        assert len(found.ours()) == 31
        read = [call for call in found.calls("GET") if "/employees/" in call["path"].lower() and call["status"] == 200]
        paths = [call["path"] for call in read]
        assert len(paths) == len(set(paths)) == 30
        assert {call["user"] for call in read} == {ROSA, AMIR}
