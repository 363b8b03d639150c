"""The review list as a person reads it: side by side, decided, asked again, linked and unlinked."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tandem.testing.cast import text_of
from tandem.xero import facade
from tandem.xero.facade import Reach, RunKind
from tandem.xero.sync import review
from tandem.xero.sync.tests.office import MARTA, Office
from tandem.xero.sync.tests.test_conflicts_and_matches import clash


def _get(at: Office, path: str) -> str:
    return text_of(at.player.client.get(at.player.url(path), follow=True))


def _post(at: Office, path: str, data: dict[str, str] | None = None) -> str:
    return text_of(at.player.client.post(at.player.url(path), data or {}, follow=True))


def _decide(at: Office, choice: str) -> str:
    proposal = facade.list_proposals(at.player.actor)[0]
    choice = choice.format(proposal.candidates[0].employee_id)
    return _post(at, "matches/decide/", {f"proposal-{proposal.proposal_id}": choice})


def test_two_who_look_alike_stand_side_by_side_and_what_differs_is_said_in_words(in_doubt: Office) -> None:
    run = facade.list_runs(in_doubt.player.actor)[0]
    text = _get(in_doubt, "matches/")
    for said in ("3 Apr 1991", "Same", "Only in Xero", "The same person", "Not the same person", "Create new instead"):
        assert said in text
    assert "1 person was left to match by hand." in _get(in_doubt, f"runs/{run.run_id}/")
    assert "People who may be the same on both sides" in _get(in_doubt, "xero/")


def test_a_decision_is_saved_listed_and_taken_back(in_doubt: Office) -> None:
    assert "1 decision was saved." in _decide(in_doubt, "apart-{}")
    listed = _get(in_doubt, "matches/")
    assert "Nobody to look at" in listed
    assert "Not the same person" in listed
    assert in_doubt.player.user.name in listed
    decided = facade.list_decided(in_doubt.player.actor)[0]
    again = f"matches/decided/{decided.proposal_id}/again/"
    assert "The decision was taken back." in _post(in_doubt, again)
    assert "Somebody took the decision about them back." in _get(in_doubt, "matches/")
    assert "asked again already" in _post(in_doubt, again)


def test_a_choice_that_the_page_does_not_offer_decides_nothing(in_doubt: Office) -> None:
    for choice in ("", "same-nobody", "nonsense", "apart-7", "{}"):
        assert "saved" not in _decide(in_doubt, choice), choice
    assert len(facade.list_proposals(in_doubt.player.actor)) == 1


def test_undoing_a_link_says_first_what_it_touches_and_then_waits_on_the_list(at_work: Office) -> None:
    clash(at_work)
    at_work.sync()
    match = next(row for row in facade.list_matches(at_work.player.actor) if row.person == "Alice Lang")
    path = f"matches/{match.binding_id}/undo/"
    assert path in _get(at_work, f"employees/{match.employee_id}/xero/")
    page = _get(at_work, path)
    assert "nothing is deleted, changed or put back on either side" in page
    assert "1 open conflict." in page
    assert "The link was undone." in _post(at_work, path)
    assert "Somebody undid the link of these two." in _get(at_work, "matches/")
    assert "1 decision was saved." in _decide(at_work, "same-{}")
    assert facade.list_proposals(at_work.player.actor) == []


def test_a_link_that_is_gone_is_said_to_be(at_work: Office) -> None:
    assert "This link is gone already." in _post(at_work, f"matches/{uuid4()}/undo/")
    assert "This link is gone already." in _get(at_work, f"matches/{uuid4()}/undo/")


def test_the_page_of_a_run_leads_to_undoing_each_link_it_made(before_import: Office) -> None:
    born = date.fromisoformat(str(before_import.theirs()["Alice Lang"]["DateOfBirth"])[:10])
    before_import.hire(replace(MARTA, first_name="Alice", last_name="Lang", date_of_birth=born))
    run = before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    page = f"runs/{run.summary.run_id}/"
    assert "1 person was linked by this run." in _get(before_import, page)
    (match,) = [one for one in facade.list_matches(before_import.player.actor) if one.person == "Alice Lang"]
    undo = f"matches/{match.binding_id}/undo/"
    assert undo in _get(before_import, f"{page}?show=bind")
    _post(before_import, undo)
    assert undo not in _get(before_import, f"{page}?show=bind")


def test_longer_review_lists_take_no_more_queries_and_go_on_over_pages(
    at_work: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = facade.list_matches(at_work.player.actor)
    counts = []
    for match in found[:3]:
        facade.undo_match(at_work.player.actor, match.binding_id)
        with CaptureQueriesContext(database) as asked:
            _get(at_work, "matches/")
        counts.append(len(asked))
    assert len(set(counts)) == 1
    monkeypatch.setattr(review, "PAGE_SIZE", 2)
    last = _get(at_work, "matches/?page=99")
    assert "Page 2 of 2" in last
    assert "3 people wait in all" in last
    third = facade.list_proposals(at_work.player.actor)[2]
    assert (str(third.proposal_id) in last, str(third.proposal_id) in _get(at_work, "matches/")) == (True, False)
    said = _post(at_work, "matches/decide/?page=2", {f"proposal-{third.proposal_id}": "later", "proposal-x": "later"})
    assert "1 decision was saved." in said
