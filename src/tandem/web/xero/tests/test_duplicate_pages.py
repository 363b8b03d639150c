"""Duplicates, the page before a merge and the one before it is undone, as a person reads them."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.people.actions import delete_employee
from tandem.people.records import EmployeeRecord
from tandem.testing.cast import Cast, text_of
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.sync.tests.office import MARTA, Office


def _get(at: Office, path: str) -> str:
    return text_of(at.player.client.get(at.player.url(path), follow=True))


def _two(at: Office) -> tuple[EmployeeRecord, EmployeeRecord]:
    kept = at.hire()
    return kept, at.hire(replace(MARTA, job_title="Head baker", title="Dr"))


def _address(kept: EmployeeRecord, other: EmployeeRecord) -> str:
    return f"matches/merge/?keep={kept.employee_id}&other={other.employee_id}"


def test_two_records_are_found_looked_at_merged_and_taken_apart_again(at_work: Office) -> None:
    kept, other = _two(at_work)
    listed = _get(at_work, "matches/duplicates/")
    assert "Marta Nowak: Same name and date of birth." in listed
    assert f"keep={kept.employee_id}&amp;other={other.employee_id}" in listed
    assert "Nobody twice in Xero" in listed
    page = _get(at_work, _address(kept, other))
    for said in ("Head baker", "Survives", "goes to the recycle bin", "can be undone"):
        assert said in page
    sent = {"take-job_title": "other", "seen_kept": str(kept.revision), "seen_other": str(other.revision)}
    done = text_of(at_work.player.client.post(at_work.player.url(_address(kept, other)), sent, follow=True))
    assert "The two records of Marta Nowak are one." in done
    assert "Head baker" in done
    bin_page = _get(at_work, "employees/deleted/")
    assert "Merged into Marta Nowak" in bin_page
    undo = bin_page.split("/matches/merges/")[1].split("/")[0]
    assert "comes back from the recycle bin" in _get(at_work, f"matches/merges/{undo}/undo/")
    back = text_of(at_work.player.client.post(at_work.player.url(f"matches/merges/{undo}/undo/"), follow=True))
    assert "Marta Nowak is back as a record of its own." in back
    assert at_work.player.client.get(at_work.player.url(f"matches/merges/{undo}/undo/")).status_code == 302


def test_a_merge_that_is_refused_says_why_and_keeps_what_was_chosen(at_work: Office) -> None:
    kept, other = _two(at_work)
    sent = {"take-job_title": "other", "seen_kept": "0", "seen_other": "nonsense"}
    answer = at_work.player.client.post(at_work.player.url(_address(kept, other)), sent)
    assert answer.status_code == 422
    assert "Nothing was merged" in text_of(answer)
    assert 'name="take-job_title" value="other" checked' in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["matches/merge/", "matches/merge/?keep=x&other=y", f"matches/merge/?keep={UUID(int=7)}"]
)
def test_records_that_are_not_there_lead_back_to_the_list(at_work: Office, address: str) -> None:
    assert "One of the two records is gone." in _get(at_work, address)


def test_a_merged_record_is_not_restored_without_its_merge(at_work: Office) -> None:
    kept, other = _two(at_work)
    sent = {"seen_kept": str(kept.revision), "seen_other": str(other.revision)}
    at_work.player.client.post(at_work.player.url(_address(kept, other)), sent)
    restore = at_work.player.url(f"employees/{other.employee_id}/restore/")
    assert "Undo the merge to bring it back." in text_of(at_work.player.client.post(restore, follow=True))


def test_two_said_to_be_different_people_are_remembered_shown_and_asked_about_again(
    at_work: Office, cast: Cast
) -> None:
    kept, other = _two(at_work)
    both = {"side": "hr", "person": [str(kept.employee_id), str(other.employee_id)]}

    def send(path: str, data: Mapping[str, object]) -> str:
        return text_of(at_work.player.client.post(at_work.player.url(path), data, follow=True))

    stale = send("matches/duplicates/apart/", {"side": "hr", "person": [str(kept.employee_id), "nonsense"]})
    assert "no longer listed together" in stale
    page = send("matches/duplicates/apart/", both)
    assert "Nobody twice in Tandem" in page
    for record in (kept, other):
        assert f"Marta Nowak {record.employee_number}" in page
    assert "In Tandem" in page
    assert "no longer listed together" in send("matches/duplicates/apart/", both)
    third = at_work.hire(MARTA)
    assert "Marta Nowak: Same name and date of birth." in _get(at_work, "matches/duplicates/")
    delete_employee(at_work.player.actor, employee_id=third.employee_id)
    (apart,) = facade.duplicates.list_duplicates(at_work.player.actor).apart
    assert cast.charlie.client.get(at_work.player.url("matches/duplicates/")).status_code == 404
    again = f"matches/duplicates/{apart.apart_id}/again/"
    assert "listed again as long as" in send(again, {})
    assert "Marta Nowak: Same name and date of birth." in _get(at_work, "matches/duplicates/")
    assert "asked again already" in send(again, {})
    events = [entry.event for entry in list_entries(at_work.player.actor, limit=20)]
    assert events.count("match.rejected") == events.count("match.asked_again") == 1


def test_a_longer_list_of_duplicates_takes_no_more_queries(at_work: Office) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            _get(at_work, "matches/duplicates/")
        return len(asked)

    def pair(number: int) -> list[UUID]:
        details = replace(MARTA, first_name=f"Marta {number}")
        return [at_work.hire(details).employee_id for _ in range(2)]

    for number in (1, 2):
        facade.duplicates.keep_apart(at_work.player.actor, side=facade.Side.HR, person_ids=pair(number))
        pair(number + 10)
        if number == 1:
            few = count()
    assert count() == few
