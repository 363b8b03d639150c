"""The employee pages as a person reads them."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.kernel import clock
from tandem.people import actions, selectors
from tandem.people.records import EmployeeDetails, EmployeeRecord, EmployeeStatus, TerminationReason
from tandem.testing.cast import Cast, text_of
from tandem.web.people.forms import as_typed

ADA = EmployeeDetails(first_name="Ada", last_name="Byron", work_email="ada@harbourlane.example")


def _typed(employee: EmployeeRecord, **changes: str) -> dict[str, str]:
    return {**{name: str(value or "") for name, value in as_typed(employee).items()}, **changes}


def _detail(cast: Cast, *, tab: str = "") -> str:
    return cast.bob.url(f"employees/{cast.dana_record.employee_id}/{tab}")


def test_a_first_name_left_out_is_named_at_the_top_and_what_was_typed_stays(cast: Cast) -> None:
    response = cast.bob.client.post(cast.bob.url("employees/new/"), {"last_name": "Byron", "gender": "female"})
    assert response.status_code == 422
    assert "First name: Enter the first name." in text_of(response)
    assert 'value="Byron"' in text_of(response)
    assert selectors.list_employees(cast.bob.actor).total == 1


def test_problems_that_the_rules_find_stand_beside_their_fields(cast: Cast) -> None:
    typed = {"first_name": "Ada", "last_name": "Byron", "gender": "female", "state": "Vic.", "phone": "ring me"}
    text = text_of(cast.bob.client.post(cast.bob.url("employees/new/"), typed))
    assert "State: State is not an Australian one." in text
    assert "Phone: Phone is not a phone number." in text


def test_an_employee_id_that_is_taken_is_refused_on_the_form(cast: Cast) -> None:
    typed = {"first_name": "Ada", "last_name": "Byron", "gender": "female", "employee_number": "E00001"}
    response = cast.bob.client.post(cast.bob.url("employees/new/"), typed)
    assert response.status_code == 422
    assert "Employee ID E00001 belongs to somebody else." in text_of(response)


def test_a_day_that_is_none_is_refused_in_plain_words(cast: Cast) -> None:
    typed = {"first_name": "Ada", "last_name": "Byron", "gender": "female", "date_of_birth": "31/02/1990"}
    assert "Date of birth: This is not a date." in text_of(cast.bob.client.post(cast.bob.url("employees/new/"), typed))


def test_a_new_employee_is_shown_with_the_number_they_were_given(cast: Cast) -> None:
    typed = {"first_name": "Ada", "last_name": "Byron", "gender": "female"}
    response = cast.bob.client.post(cast.bob.url("employees/new/"), typed, follow=True)
    assert response.redirect_chain[0][1] == 302
    assert "Ada Byron was added as E00002." in text_of(response)


def test_an_edit_saves_only_what_was_changed(cast: Cast) -> None:
    before = cast.dana_record
    response = cast.bob.client.post(_detail(cast, tab="edit/"), _typed(before, mobile="0491 570 313"), follow=True)
    assert "Dana Okafor was saved." in text_of(response)
    newest = selectors.list_history(cast.bob.actor, employee_id=before.employee_id)[0]
    assert newest.fields == ("mobile",)


def test_saving_an_unchanged_form_says_that_nothing_was_different(cast: Cast) -> None:
    response = cast.bob.client.post(_detail(cast, tab="edit/"), _typed(cast.dana_record), follow=True)
    assert "Nothing was different." in text_of(response)
    after = selectors.get_employee(cast.bob.actor, employee_id=cast.dana_record.employee_id)
    assert after.revision == cast.dana_record.revision


def test_a_form_that_was_overtaken_keeps_what_was_typed_and_saves_on_the_second_try(cast: Cast) -> None:
    before = cast.dana_record
    actions.edit_employee(cast.alice.actor, employee_id=before.employee_id, changes={"title": "Ms"})
    typed = _typed(before, mobile="0491 570 313")
    first = cast.bob.client.post(_detail(cast, tab="edit/"), typed)
    assert first.status_code == 422
    assert "Somebody else changed this record while you were typing" in text_of(first)
    assert 'value="0491 570 313"' in text_of(first)
    again = cast.bob.client.post(_detail(cast, tab="edit/"), {**typed, "revision": str(before.revision + 1)})
    assert again.status_code == 302


def test_the_history_says_who_changed_which_fields_and_never_a_value(cast: Cast) -> None:
    actions.edit_employee(
        cast.bob.actor, employee_id=cast.dana_record.employee_id, changes={"mobile": "0491 570 313", "title": "Ms"}
    )
    text = text_of(cast.bob.client.get(_detail(cast, tab="history/")))
    assert "Bob Tran changed title and mobile" in text
    assert "0491 570 313" not in text


def test_a_last_day_and_a_reason_are_both_asked_for(cast: Cast) -> None:
    response = cast.bob.client.post(_detail(cast, tab="terminate/"), {})
    assert response.status_code == 422
    assert "Last day of work: Enter the last day of work." in text_of(response)
    assert "Reason: Choose the reason for leaving." in text_of(response)


def test_a_day_ahead_makes_somebody_terminating(cast: Cast) -> None:
    ahead = clock.today_in("Australia/Melbourne") + timedelta(days=3)
    typed = {"termination_on": ahead.isoformat(), "termination_reason": "V"}
    response = cast.bob.client.post(_detail(cast, tab="terminate/"), typed, follow=True)
    assert "The last day of Dana Okafor is" in text_of(response)
    assert cast.dana.client.get(cast.dana.url("")).status_code == 200


def test_a_day_gone_by_ends_the_access_at_once_and_reinstating_gives_it_back(cast: Cast) -> None:
    typed = {"termination_on": "2020-01-31", "termination_reason": "R"}
    cast.bob.client.post(_detail(cast, tab="terminate/"), typed)
    assert cast.dana.client.get(cast.dana.url("")).status_code == 404
    response = cast.bob.client.post(_detail(cast, tab="reinstate/"), follow=True)
    assert "Dana Okafor is current again." in text_of(response)
    assert cast.dana.client.get(cast.dana.url("")).status_code == 200


def test_the_list_is_searched_without_javascript(cast: Cast) -> None:
    actions.hire_employee(cast.bob.actor, details=ADA)
    text = text_of(cast.bob.client.get(cast.bob.url("employees/?search=byron")))
    assert "Byron, Ada" in text
    assert "Okafor, Dana" not in text
    assert "<html" in text


def test_htmx_gets_the_rows_alone(cast: Cast) -> None:
    text = text_of(cast.bob.client.get(cast.bob.url("employees/"), headers={"hx-request": "true"}))
    assert "Okafor, Dana" in text
    assert "<html" not in text


@pytest.mark.parametrize("query", ["page=-1", "page=x", "status=gone", "page=99999999999", "search=%00"])
def test_nonsense_in_the_address_is_no_error(cast: Cast, query: str) -> None:
    assert cast.bob.client.get(cast.bob.url(f"employees/?{query}")).status_code == 200


def test_a_filtered_list_keeps_its_filter_on_the_next_page(cast: Cast) -> None:
    for number in range(selectors.PAGE_SIZE + 1):
        actions.hire_employee(cast.bob.actor, details=replace(ADA, last_name=f"Byron{number:02d}"))
    text = text_of(cast.bob.client.get(cast.bob.url("employees/?search=byron")))
    assert "?search=byron&amp;page=2" in text


def test_a_longer_list_takes_no_more_queries(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as short:
        cast.bob.client.get(cast.bob.url("employees/"))
    for number in range(12):
        actions.hire_employee(cast.bob.actor, details=replace(ADA, last_name=f"Byron{number}"))
    with CaptureQueriesContext(connection) as long:
        cast.bob.client.get(cast.bob.url("employees/"))
    assert len(long) == len(short)


def test_nothing_is_found_in_plain_words(cast: Cast) -> None:
    assert "Nobody fits" in text_of(cast.bob.client.get(cast.bob.url("employees/?search=zzz")))


def test_an_employee_reads_their_own_record_and_cannot_change_it(cast: Cast) -> None:
    text = text_of(cast.dana.client.get(_detail(cast)))
    assert "1 Wharf Street, Southbank VIC 3006, Australia" in text
    assert "Terminate" not in text
    assert cast.dana.client.get(_detail(cast, tab="edit/")).status_code == 403


def test_somebody_else_s_record_is_nowhere(cast: Cast) -> None:
    other = actions.hire_employee(cast.bob.actor, details=ADA)
    assert cast.dana.client.get(cast.dana.url(f"employees/{other.employee_id}/")).status_code == 404
    assert cast.charlie.client.get(f"/a/second-street/employees/{other.employee_id}/").status_code == 404
    assert cast.bob.client.get(cast.bob.url(f"employees/{uuid4()}/")).status_code == 404


def test_a_leaver_s_record_says_when_and_why(cast: Cast) -> None:
    actions.terminate_employee(
        cast.bob.actor,
        employee_id=cast.dana_record.employee_id,
        termination_on=date(2020, 1, 31),
        reason=TerminationReason.REDUNDANCY,
    )
    text = text_of(cast.bob.client.get(_detail(cast)))
    assert "Terminated 31 Jan 2020" in text
    assert "Redundancy" in text
    assert selectors.count_by_status(cast.bob.actor)[EmployeeStatus.TERMINATED] == 1
