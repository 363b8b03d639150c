"""The timeline can be added to and read; altering one entry is found out."""

from contextlib import closing
from threading import Barrier, Thread
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection

from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.people.models import Branch
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.timeline.selectors import find_broken_link, list_entries

pytestmark = pytest.mark.usefixtures("real_db")
Superuser = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def actor() -> Actor:
    actor = Actor.system(uuid4(), because="test")
    for count in range(3):
        record(actor, Event.PROBED, subject_kind="connection", subject_id=UUID(int=count), facts={"calls": count})
    return actor


def test_entries_come_newest_first(actor: Actor) -> None:
    assert [entry.facts["calls"] for entry in list_entries(actor)] == [2, 1, 0]


def test_entries_can_be_narrowed_by_subject_event_and_place(actor: Actor) -> None:
    assert len(list_entries(actor, subject_id=UUID(int=1))) == 1
    assert list_entries(actor, events=["nothing"]) == []
    assert [entry.sequence for entry in list_entries(actor, before=3)] == [2, 1]


def test_another_account_sees_nothing(actor: Actor) -> None:
    stranger = Actor.system(uuid4(), because="test")
    assert list_entries(stranger) == []


def test_an_untouched_chain_holds(actor: Actor) -> None:
    assert find_broken_link(actor) is None


@pytest.mark.parametrize(
    ("tampering", "first_broken"),
    [
        ("UPDATE timeline_entry SET facts = '{\"calls\": 9}' WHERE sequence = 2", 2),
        ("DELETE FROM timeline_entry WHERE sequence = 2", 2),
        ("DELETE FROM timeline_entry WHERE sequence = 3", 3),
        ("UPDATE timeline_entry SET actor_kind = 'user' WHERE sequence = 1", 1),
    ],
)
def test_tampering_behind_the_product_is_found(
    actor: Actor, superuser: Superuser, tampering: str, first_broken: int
) -> None:
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(tampering.encode())
    superuser.execute("SET session_replication_role = origin")
    assert find_broken_link(actor) == first_broken


@pytest.mark.parametrize("attempt", ["UPDATE timeline_entry SET event = 'other'", "DELETE FROM timeline_entry"])
def test_the_application_can_neither_change_nor_remove_an_entry(actor: Actor, attempt: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), scope(actor.account_id):
        connection.cursor().execute(attempt)


def test_not_even_the_owner_can_change_an_entry(actor: Actor, superuser: Superuser) -> None:
    with pytest.raises(psycopg.Error, match="append-only"):
        superuser.execute("UPDATE timeline_entry SET event = 'other'")


def test_two_that_record_and_change_one_row_in_other_orders_do_not_lock_each_other_out(actor: Actor) -> None:
    with scope(actor.account_id):
        Branch.objects.create(account_id=actor.account_id, name="Head office")
    both_have_begun = Barrier(2)

    def change_and_record() -> None:
        with closing(connection), scope(actor.account_id):
            Branch.objects.update(name="Changed first")
            both_have_begun.wait(timeout=10)
            record(actor, Event.CONNECTED)

    other = Thread(target=change_and_record)
    other.start()
    with scope(actor.account_id):
        record(actor, Event.RECONNECTED)
        both_have_begun.wait(timeout=10)
        Branch.objects.update(name="Changed second")
    other.join()
    assert [entry.event for entry in list_entries(actor, limit=2)] == [Event.RECONNECTED.value, Event.CONNECTED.value]
    assert find_broken_link(actor) is None
