"""The demo's seed: everybody can sign in, and a second run changes nothing."""

import psycopg
import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from tandem.flows.demo import SIGN_INS, seed

pytestmark = pytest.mark.usefixtures("real_db")
COUNTS = """
SELECT (SELECT count(*) FROM tenancy_account), (SELECT count(*) FROM access_user), (SELECT count(*) FROM access_membership),
       (SELECT count(*) FROM people_employee), (SELECT count(*) FROM people_branch), (SELECT count(*) FROM timeline_entry)
"""


def test_seeding_twice_makes_everything_once(superuser: psycopg.Connection[tuple[object, ...]]) -> None:
    seed()
    first = superuser.execute(COUNTS).fetchone()
    seed()
    assert superuser.execute(COUNTS).fetchone() == first
    assert first is not None
    assert first[:5] == (2, 6, 5, 2, 5)


def test_everybody_the_demo_prints_can_sign_in() -> None:
    seed()
    request = RequestFactory().post("/")
    users = [authenticate(request, email=one.email, password=one.password) for one in SIGN_INS.everybody]
    assert None not in users
