"""The pages about users as an administrator reads them."""

from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.actions import ensure_user, grant_access
from tandem.access.roles import Role
from tandem.access.selectors import list_members
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails
from tandem.testing.cast import Cast, text_of


def _membership(cast: Cast, email: str) -> str:
    return str(next(member.membership_id for member in list_members(cast.alice.actor) if member.email == email))


NEW = {"name": "Erin Cho", "email": "erin@harbourlane.example", "roles": ["EmployeeManagement"]}


def test_everything_that_is_missing_is_named_at_once(cast: Cast) -> None:
    response = cast.alice.client.post(cast.alice.url("users/new/"), {"name": "Erin Cho"})
    assert response.status_code == 422
    assert "Email address: Enter the email address." in text_of(response)
    assert "Roles: Choose at least one role." in text_of(response)
    assert 'value="Erin Cho"' in text_of(response)


def test_a_new_user_is_told_by_mail_and_never_by_a_link_on_the_page(
    cast: Cast, settings: pytest.FixtureRequest
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    response = cast.alice.client.post(cast.alice.url("users/new/"), NEW, follow=True)
    assert "Erin Cho may sign in. A mail with a link is on its way." in text_of(response)
    assert [message.to for message in mail.outbox] == [["erin@harbourlane.example"]]
    assert "/sign-in/password/reset/key/" in mail.outbox[0].body
    assert "/password/reset/key/" not in text_of(response)


def test_the_same_person_is_not_added_twice(cast: Cast) -> None:
    again = {**NEW, "email": "BOB@harbourlane.example"}
    response = cast.alice.client.post(cast.alice.url("users/new/"), again)
    assert response.status_code == 422
    assert "This person already has access." in text_of(response)


def test_a_record_is_linked_to_one_sign_in_only(cast: Cast) -> None:
    linked = {**NEW, "employee_id": str(cast.dana_record.employee_id)}
    response = cast.alice.client.post(cast.alice.url("users/new/"), linked)
    assert "This record is linked to another sign-in." in text_of(response)


def test_a_record_that_is_not_listed_cannot_be_linked(cast: Cast) -> None:
    assert cast.alice.client.post(cast.alice.url("users/new/"), {**NEW, "employee_id": str(uuid4())}).status_code == 422


def test_people_of_one_name_are_told_apart_where_one_is_picked(cast: Cast) -> None:
    twins = [
        hire_employee(cast.alice.actor, details=EmployeeDetails(first_name=first, last_name="Reed"))
        for first in ("Sam", "SAM", "Kit")
    ]
    page = text_of(cast.alice.client.get(cast.alice.url("users/new/")))
    for one in twins[:2]:
        assert f">{one.full_name} ({one.employee_number})</option>" in page
    assert ">Kit Reed</option>" in page


def test_changed_roles_count_at_once(cast: Cast) -> None:
    address = cast.alice.url(f"users/{_membership(cast, cast.bob.user.email)}/")
    assert cast.alice.client.post(address, {"roles": ["Self service"]}).status_code == 302
    assert cast.bob.client.get(cast.bob.url("employees/")).status_code == 403


def test_the_last_administrator_keeps_the_role(cast: Cast) -> None:
    address = cast.alice.url(f"users/{_membership(cast, cast.alice.user.email)}/")
    response = cast.alice.client.post(address, {"roles": ["Self service"]})
    assert response.status_code == 422
    assert "This is the only administrator." in text_of(response)


def test_the_last_administrator_cannot_be_locked_out(cast: Cast) -> None:
    address = cast.alice.url(f"users/{_membership(cast, cast.alice.user.email)}/lock/")
    assert "This is the only administrator." in text_of(cast.alice.client.post(address, follow=True))
    assert cast.alice.client.get(cast.alice.url("")).status_code == 200


def test_a_locked_member_is_out_and_comes_back_in(cast: Cast) -> None:
    membership = _membership(cast, cast.bob.user.email)
    cast.alice.client.post(cast.alice.url(f"users/{membership}/lock/"))
    assert cast.bob.client.get(cast.bob.url("")).status_code == 404
    assert "Locked" in text_of(cast.alice.client.get(cast.alice.url("users/")))
    cast.alice.client.post(cast.alice.url(f"users/{membership}/unlock/"))
    assert cast.bob.client.get(cast.bob.url("")).status_code == 200


def test_a_member_of_another_account_is_nowhere(cast: Cast) -> None:
    theirs = list_members(cast.charlie.actor)[0].membership_id
    assert cast.alice.client.get(cast.alice.url(f"users/{theirs}/")).status_code == 404
    assert cast.alice.client.post(cast.alice.url(f"users/{theirs}/lock/")).status_code == 404
    assert cast.charlie.client.get(cast.charlie.url("")).status_code == 200


def test_a_longer_list_of_users_takes_no_more_queries(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as short:
        cast.alice.client.get(cast.alice.url("users/"))
    for number in range(6):
        user_id = ensure_user(f"extra{number}@harbourlane.example", name=f"Extra {number}")
        grant_access(cast.alice.actor, user_id=user_id, roles=[Role.SELF_SERVICE])
    with CaptureQueriesContext(connection) as long:
        cast.alice.client.get(cast.alice.url("users/"))
    assert len(long) == len(short)


def test_somebody_without_an_account_is_told_so(cast: Cast) -> None:
    cast.alice.client.post(cast.alice.url(f"users/{_membership(cast, cast.bob.user.email)}/lock/"))
    assert "No account is open to you" in text_of(cast.bob.client.get("/"))


def test_somebody_with_two_accounts_chooses(cast: Cast) -> None:
    grant_access(cast.charlie.actor, user_id=cast.bob.user.id, roles=[Role.SELF_SERVICE])
    text = text_of(cast.bob.client.get("/"))
    assert "Harbour Lane Bakery" in text
    assert "Second Street Books" in text
