"""Candidates as a person enters, hires, joins and removes them; and found in Xero by an import."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tandem.flows.people import do_nightly_work
from tandem.kernel import clock
from tandem.people.candidate_rules import CandidateDetails
from tandem.people.candidates import enter_candidate, list_candidates
from tandem.people.records import EmployeeRecord
from tandem.people.selectors import list_employees
from tandem.testing.cast import Cast, Player, text_of
from tandem.testing.xero import Connect
from tandem.timeline.selectors import list_entries
from tandem.xero.sync.pages import Reach
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.usefixtures("real_db")
NOOR = {
    "first_name": "Noor",
    "last_name": "Haddad",
    "date_of_birth": "1994-05-06",
    "email": "noor@example.com",
    "mobile": "0491 570 110",
    "job_title": "Baker",
}


def _post(player: Player, path: str, data: dict[str, str]) -> str:
    return text_of(player.client.post(player.url(path), data, follow=True))


def _decide(player: Player, choice: str) -> str:
    found, _ = list_candidates(player.actor)[0]
    return _post(player, f"employees/candidates/{found.candidate_id}/decide/", {"choice": choice})


def _noor(player: Player) -> EmployeeRecord:
    return list_employees(player.actor, search="Haddad").rows[0]


def test_a_candidate_is_entered_by_who_may_edit_people_and_hired_with_what_is_known(cast: Cast) -> None:
    assert "The candidate was entered." in _post(cast.bob, "employees/candidates/new/", NOOR)
    assert "Noor Haddad" in text_of(cast.bob.client.get(cast.bob.url("employees/candidates/")))
    assert "Noor Haddad was hired as" in _decide(cast.bob, "hire")
    assert (_noor(cast.bob).home_email, _noor(cast.bob).date_of_birth) == ("noor@example.com", date(1994, 5, 6))
    assert list_candidates(cast.bob.actor) == []
    entries = list_entries(cast.alice.actor, limit=5)
    assert "Noor" not in str([entry.facts for entry in entries])


def test_what_cannot_be_a_candidate_comes_back_as_typed(cast: Cast) -> None:
    answer = cast.bob.client.post(cast.bob.url("employees/candidates/new/"), {**NOOR, "email": "nowhere"})
    assert answer.status_code == 422
    assert "is not an email address" in text_of(answer)
    assert 'value="nowhere"' in text_of(answer)


def test_a_candidate_is_edited_until_hired_and_what_is_wrong_comes_back_as_typed(cast: Cast) -> None:
    _post(cast.bob, "employees/candidates/new/", NOOR)
    path = f"employees/candidates/{list_candidates(cast.bob.actor)[0][0].candidate_id}/edit/"
    assert 'value="0491 570 110"' in text_of(cast.bob.client.get(cast.bob.url(path)))
    wrong = cast.bob.client.post(cast.bob.url(path), {**NOOR, "mobile": "call me"})
    assert (wrong.status_code, 'value="call me"' in text_of(wrong)) == (422, True)
    assert "The candidate was changed." in _post(cast.bob, path, {**NOOR, "job_title": "Head baker"})
    assert "Nothing was different." in _post(cast.bob, path, {**NOOR, "job_title": "Head baker"})
    _decide(cast.bob, "hire")
    assert _noor(cast.bob).job_title == "Head baker"
    assert "hired or removed already" in _post(cast.bob, path, NOOR)
    events = [entry.event for entry in list_entries(cast.alice.actor, limit=9)]
    assert events.count("employee.candidate_changed") == 1


def test_of_two_who_edit_a_candidate_at_a_time_the_second_is_told_and_keeps_what_was_typed(cast: Cast) -> None:
    _post(cast.bob, "employees/candidates/new/", NOOR)
    path = f"employees/candidates/{list_candidates(cast.bob.actor)[0][0].candidate_id}/edit/"
    assert 'name="revision" value="1"' in text_of(cast.alice.client.get(cast.alice.url(path)))
    _post(cast.bob, path, {**NOOR, "job_title": "Head baker", "revision": "1"})
    late = cast.alice.client.post(cast.alice.url(path), {**NOOR, "mobile": "0491 570 156", "revision": "1"})
    assert late.status_code == 422
    assert "Somebody else changed this record while you were typing" in text_of(late)
    assert 'value="0491 570 156"' in text_of(late)
    held = list_candidates(cast.bob.actor)[0][0]
    assert (held.details.job_title, held.details.mobile) == ("Head baker", "0491 570 110")
    assert 'name="revision" value="2"' in text_of(late)
    again = {**NOOR, "mobile": "0491 570 156", "job_title": "Head baker", "revision": "2"}
    assert "The candidate was changed." in _post(cast.alice, path, again)


def test_what_is_known_of_a_candidate_goes_after_a_year_hired_or_not(cast: Cast) -> None:
    with clock.frozen_at(datetime(2026, 11, 23, 1, tzinfo=UTC)) as frozen:
        enter_candidate(cast.bob.actor, details=CandidateDetails("Noor", "Haddad"))
        page = text_of(cast.bob.client.get(cast.bob.url("employees/candidates/")))
        assert "23 Nov 2027" in page
        frozen.advance(hours=24 * 365)
        do_nightly_work(cast.alice.account)
        assert len(list_candidates(cast.bob.actor)) == 1
        frozen.advance(hours=1)
        do_nightly_work(cast.alice.account)
        assert list_candidates(cast.bob.actor) == []
        last = [entry for entry in list_entries(cast.alice.actor, limit=5) if entry.event.endswith("candidates_purged")]
        assert [entry.facts for entry in last] == [{"count": 1}]


def test_a_candidate_who_may_be_on_record_is_shown_beside_the_record_and_joined_to_it(cast: Cast) -> None:
    _post(cast.bob, "employees/candidates/new/", {**NOOR, "date_of_birth": ""})
    _decide(cast.bob, "hire")
    _post(cast.bob, "employees/candidates/new/", {**NOOR, "mobile": "0491 570 313"})
    assert "On record already, perhaps." in text_of(cast.bob.client.get(cast.bob.url("employees/candidates/")))
    assert "The candidate is Noor Haddad." in _decide(cast.bob, str(_noor(cast.bob).employee_id))
    assert (_noor(cast.bob).date_of_birth, _noor(cast.bob).mobile) == (date(1994, 5, 6), "0491 570 110")


@pytest.mark.parametrize("choice", ["", "nonsense", "00000000-0000-0000-0000-000000000007"])
def test_a_choice_that_is_none_changes_nothing(cast: Cast, choice: str) -> None:
    _post(cast.bob, "employees/candidates/new/", NOOR)
    _decide(cast.bob, choice)
    assert len(list_candidates(cast.bob.actor)) == 1


def test_a_removed_candidate_is_gone_for_good_and_a_second_removal_says_so(cast: Cast) -> None:
    _post(cast.bob, "employees/candidates/new/", NOOR)
    path = f"employees/candidates/{list_candidates(cast.bob.actor)[0][0].candidate_id}/decide/"
    assert "was removed, with everything" in _post(cast.bob, path, {"choice": "remove"})
    assert "hired or removed already" in _post(cast.bob, path, {"choice": "remove"})


def test_longer_lists_of_candidates_take_no_more_queries(cast: Cast) -> None:
    counts = []
    for _ in range(3):
        _post(cast.bob, "employees/candidates/new/", NOOR)
        with CaptureQueriesContext(database) as asked:
            cast.bob.client.get(cast.bob.url("employees/candidates/"))
        counts.append(len(asked))
    assert len(set(counts)) == 1


@pytest.fixture
def before_import(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """A connected account before anybody was imported."""
    with office(cast, sandbox, connected, imported=False) as found:
        yield found


def test_candidates_who_are_in_xero_already_are_joined_by_the_import_where_that_is_certain(
    before_import: Office,
) -> None:
    def entered(name: str, *, is_dated: bool) -> None:
        person = before_import.theirs()[name]
        born = date.fromisoformat(str(person["DateOfBirth"])[:10]) if is_dated else None
        details = CandidateDetails(person["FirstName"], person["LastName"], born, job_title="Head baker")
        enter_candidate(before_import.player.actor, details=details)

    entered("Alice Lang", is_dated=True)
    entered("Rosa Byrne", is_dated=False)
    before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    ((waiting, alike),) = list_candidates(before_import.player.actor)
    assert waiting.full_name == "Rosa Byrne"
    assert [one.full_name for one in alike] == ["Rosa Byrne"]
    assert len(before_import.ours()) == 6 + 1  # dana, of the cast, is on record too


def test_nobody_is_joined_where_matching_is_switched_off(before_import: Office) -> None:
    before_import.choose(match_by_name_and_birth_date=False)
    person = before_import.theirs()["Alice Lang"]
    born = date.fromisoformat(str(person["DateOfBirth"])[:10])
    enter_candidate(before_import.player.actor, details=CandidateDetails("Alice", "Lang", born))
    before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    assert len(list_candidates(before_import.player.actor)) == 1
