"""Old entries go behind a signed checkpoint, through one function alone; every other way is refused or found out."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from django.conf import LazySettings
from django.db import DatabaseError, connection

from tandem.cli.timeline import timeline
from tandem.flows.people import do_nightly_work
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.clock import FrozenClock
from tandem.kernel.crypto import MasterKey, VaultUnavailable
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, text_of
from tandem.timeline import checkpoints, pruning
from tandem.timeline.actions import record
from tandem.timeline.checkpoints import find_checkpoint
from tandem.timeline.events import Event
from tandem.timeline.models import Checkpoint
from tandem.timeline.pruning import TimelineBroken, count_prunable, prune
from tandem.timeline.selectors import check_chain, find_broken_link, iter_chain

pytestmark = pytest.mark.usefixtures("real_db")
Superuser = psycopg.Connection[tuple[object, ...]]
LONG_AGO = datetime(2018, 3, 1, tzinfo=UTC)
CUT = datetime(2019, 11, 26, tzinfo=UTC)


@pytest.fixture
def actor(frozen: FrozenClock) -> Actor:
    """Somebody whose account has five entries of 2018, two of today."""
    actor, today = Actor.system(uuid4(), because="test"), clock.now()
    frozen.move_to(LONG_AGO)
    for _ in range(5):
        frozen.advance(days=1)
        record(actor, Event.PROBED, facts={"calls": 1})
    frozen.move_to(today)
    record(actor, Event.CONNECTED)
    record(actor, Event.PROBED)
    return actor


def sequences(actor: Actor) -> list[int]:
    return [entry.entry.sequence for entry in iter_chain(actor)]


def behind_the_product(superuser: Superuser, statement: str) -> None:
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(statement.encode())
    superuser.execute("SET session_replication_role = origin")


def test_what_is_kept_is_still_proved_and_what_went_is_said(actor: Actor) -> None:
    assert count_prunable(actor, older_than=CUT) == 5
    assert prune(actor, older_than=CUT) == 5
    assert sequences(actor) == [6, 7, 8]
    verdict = check_chain(actor)
    assert (verdict.entries, verdict.broken_at) == (3, None)
    assert verdict.checkpoint is not None
    assert (verdict.checkpoint.sequence, verdict.checkpoint.removed_in_all, verdict.checkpoint.holds) == (5, 5, True)
    assert prune(actor, older_than=CUT) == 0


def test_a_second_checkpoint_builds_on_the_first(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    assert prune(actor, older_than=CUT) == 5
    checkpoint = find_checkpoint(actor)
    assert checkpoint is not None
    assert (checkpoint.sequence, checkpoint.removed_in_all, checkpoint.holds) == (5, 5, True)
    assert find_broken_link(actor) is None


def test_the_newest_entry_stays_however_old_it_is(frozen: FrozenClock) -> None:
    actor, today = Actor.system(uuid4(), because="test"), clock.now()
    frozen.move_to(LONG_AGO)
    record(actor, Event.CONNECTED)
    record(actor, Event.PROBED)
    frozen.move_to(today)
    assert count_prunable(actor, older_than=CUT) == 1
    assert prune(actor, older_than=CUT) == 1
    assert sequences(actor) == [2, 3]


def test_another_accounts_entries_stay(actor: Actor, frozen: FrozenClock) -> None:
    other, today = Actor.system(uuid4(), because="test"), clock.now()
    frozen.move_to(LONG_AGO)
    record(other, Event.CONNECTED)
    record(other, Event.CONNECTED)
    frozen.move_to(today)
    prune(actor, older_than=CUT)
    assert sequences(other) == [1, 2]
    assert find_checkpoint(other) is None
    assert prune(Actor.system(uuid4(), because="test"), older_than=CUT) == 0


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE timeline_checkpoint SET removed = 4", 5),
        ("UPDATE timeline_checkpoint SET digest = repeat('0', 64)", 5),
        ("UPDATE timeline_checkpoint SET older_than = now()", 5),
        ("UPDATE timeline_checkpoint SET signature = repeat('0', 64)", 5),
        ("DELETE FROM timeline_checkpoint", 1),
        ("DELETE FROM timeline_entry WHERE sequence = 6", 6),
        ("UPDATE timeline_entry SET facts = '{\"calls\": 9}' WHERE sequence = 7", 7),
    ],
)
def test_tampering_with_the_checkpoint_or_with_the_rest_is_found(
    actor: Actor, superuser: Superuser, tampering: str, broken_at: int
) -> None:
    prune(actor, older_than=CUT)
    behind_the_product(superuser, tampering)
    assert find_broken_link(actor) == broken_at


def test_one_checkpoint_of_several_cannot_be_left_out(
    actor: Actor, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    prune(actor, older_than=CUT)
    behind_the_product(superuser, "DELETE FROM timeline_checkpoint WHERE sequence = 2")
    assert find_broken_link(actor) == 5


def test_another_master_key_does_not_accept_the_checkpoint(actor: Actor, settings: LazySettings) -> None:
    prune(actor, older_than=CUT)
    settings.TANDEM = replace(settings.TANDEM, master_key=MasterKey(b"x" * 32))
    assert find_broken_link(actor) == 5


def test_without_the_master_key_nothing_is_removed_or_vouched_for(actor: Actor, settings: LazySettings) -> None:
    before = settings.TANDEM
    settings.TANDEM = replace(before, master_key=MasterKey(b""))
    with pytest.raises(VaultUnavailable):
        prune(actor, older_than=CUT)
    assert sequences(actor) == [1, 2, 3, 4, 5, 6, 7]
    settings.TANDEM = before
    prune(actor, older_than=CUT)
    settings.TANDEM = replace(before, master_key=MasterKey(b""))
    with pytest.raises(VaultUnavailable):
        find_broken_link(actor)


def test_turning_the_master_key_signs_anew_but_never_what_does_not_hold(
    actor: Actor, superuser: Superuser, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    prune(actor, older_than=CUT)
    old, new = settings.TANDEM.master_key, MasterKey(b"n" * 32)
    assert checkpoints.sign_anew(old=old, new=new, database="owner") == 1
    settings.TANDEM = replace(settings.TANDEM, master_key=new)
    assert find_broken_link(actor) is None
    behind_the_product(superuser, "UPDATE timeline_checkpoint SET removed = 9 WHERE sequence = 4")
    assert checkpoints.sign_anew(old=new, new=old, database="owner") == 0
    assert find_broken_link(actor) == 5


def test_an_altered_entry_keeps_everything(actor: Actor, superuser: Superuser) -> None:
    behind_the_product(superuser, "UPDATE timeline_entry SET facts = '{}' WHERE sequence = 3")
    with pytest.raises(TimelineBroken):
        prune(actor, older_than=CUT)
    assert len(sequences(actor)) == 7
    assert find_broken_link(actor) == 3


def test_nothing_more_goes_behind_a_checkpoint_that_does_not_hold(actor: Actor, superuser: Superuser) -> None:
    prune(actor, older_than=CUT)
    behind_the_product(superuser, "UPDATE timeline_checkpoint SET removed = 4")
    with pytest.raises(TimelineBroken):
        prune(actor, older_than=CUT)


FORGED = "repeat('0', 64)"
LAST = "(SELECT digest FROM timeline_entry WHERE sequence = 5)"


@pytest.mark.parametrize(
    ("attempt", "refusal"),
    [
        ("DELETE FROM timeline_entry WHERE sequence = 1", "permission denied"),
        ("SELECT set_config('tandem.pruning', 'on', true); DELETE FROM timeline_entry", "permission denied"),
        ("UPDATE timeline_checkpoint SET removed = 0", "permission denied"),
        ("DELETE FROM timeline_checkpoint", "permission denied"),
        (f"INSERT INTO timeline_checkpoint SELECT 1, account_id, 1, '', 1, now(), now(), '', {FORGED} FROM timeline_head", "permission denied"),
        (f"SELECT tandem_timeline_prune(5, {LAST}, now(), now(), '', {FORGED})", "last twelve months"),
        (f"SELECT tandem_timeline_prune(5, {FORGED}, '2019-11-26Z', now(), '', {FORGED})", "no entry has that digest"),
        (f"SELECT tandem_timeline_prune(5, {LAST}, '2018-03-02Z', now(), '', {FORGED})", "too young"),
        (f"SELECT tandem_timeline_prune(7, {LAST}, '2019-11-26Z', now(), '', {FORGED})", "newest entry"),
    ],
)  # fmt: skip
def test_the_database_refuses_every_other_way(actor: Actor, attempt: str, refusal: str) -> None:
    with pytest.raises(DatabaseError, match=refusal), scope(actor.account_id):
        connection.cursor().execute(attempt)
    assert len(sequences(actor)) == 7


def test_the_function_works_on_no_account_but_the_one_in_scope(actor: Actor) -> None:
    call = f"SELECT tandem_timeline_prune(5, {LAST}, '2019-11-26Z', now(), '', {FORGED})"
    with pytest.raises(DatabaseError, match="no account is in scope"):
        connection.cursor().execute(call)
    with pytest.raises(DatabaseError, match="newest entry"), scope(uuid4()):
        connection.cursor().execute(call)


def test_a_removal_with_a_forged_signature_is_found_out(actor: Actor) -> None:
    with scope(actor.account_id):
        connection.cursor().execute(f"SELECT tandem_timeline_prune(5, {LAST}, '2019-11-26Z', now(), '', {FORGED})")
        assert Checkpoint.objects.count() == 1
    assert find_broken_link(actor) == 5


def test_the_superuser_too_is_refused_by_the_trigger(actor: Actor, superuser: Superuser) -> None:
    with pytest.raises(psycopg.Error, match="append-only"):
        superuser.execute("DELETE FROM timeline_entry")
    assert len(sequences(actor)) == 7


@pytest.fixture
def of_old(frozen: FrozenClock) -> datetime:
    """Stand in 2018, where the cast assembles; return today."""
    today = clock.now()
    frozen.move_to(LONG_AGO)
    return today


def test_the_night_removes_what_is_older_than_the_retention_and_page_and_command_say_so(
    of_old: datetime, cast: Cast, frozen: FrozenClock, superuser: Superuser
) -> None:
    alice = cast.alice
    frozen.move_to(of_old)
    record(alice.actor, Event.CONNECTED)
    page = text_of(alice.client.get(alice.url("xero/timeline/")))
    assert "removed under retention" not in page
    do_nightly_work(alice.account)
    checkpoint = find_checkpoint(alice.actor)
    assert checkpoint is not None
    assert checkpoint.older_than == of_old - timedelta(days=2557)
    said = (
        "Entries from before 23 Nov 2019 were removed under retention on 23 Nov 2026. The checkpoint in their place is"
    )
    alice.client.force_login(alice.user)
    page = text_of(alice.client.get(alice.url("xero/timeline/")))
    assert f"{said} intact." in page
    assert "Old entries were removed behind a signed checkpoint" in page
    done = CliRunner().invoke(timeline, ["verify", "--account", "harbour-lane"])
    assert done.exit_code == 0
    assert "from before 2019-11-23 were removed under retention on 2026-11-23, checkpoint intact" in done.output
    lines = [
        json.loads(line)
        for line in CliRunner().invoke(timeline, ["export", "--account", "harbour-lane"]).output.splitlines()
    ]
    assert lines[0]["digest"] == lines[1]["previous_digest"]
    behind_the_product(superuser, "UPDATE timeline_checkpoint SET removed = 1")
    assert f"{said} not as it was signed" in text_of(alice.client.get(alice.url("xero/timeline/")))
    done = CliRunner().invoke(timeline, ["verify", "--account", "harbour-lane"])
    assert done.exit_code == 1
    assert "the checkpoint in place of the entries up to" in done.output


def test_a_night_that_finds_an_altered_record_goes_on_and_removes_nothing(
    of_old: datetime, cast: Cast, frozen: FrozenClock, superuser: Superuser
) -> None:
    frozen.move_to(of_old)
    behind_the_product(superuser, "UPDATE timeline_entry SET facts = '{}' WHERE sequence = 1")
    do_nightly_work(cast.alice.account)
    assert find_checkpoint(cast.alice.actor) is None


def test_the_command_says_first_how_much_would_go(of_old: datetime, cast: Cast, frozen: FrozenClock) -> None:
    frozen.move_to(of_old)
    record(cast.alice.actor, Event.CONNECTED)
    held = len(sequences(cast.alice.actor))
    for asked, says, left in ((["--dry-run"], "would be removed", held), ([], "were removed", 2)):
        done = CliRunner().invoke(timeline, ["prune", "--account", "harbour-lane", *asked])
        assert f"{held - 1} entries from before 2019-11-23 {says}" in done.output
        assert len(sequences(cast.alice.actor)) == left
    assert CliRunner().invoke(timeline, ["prune"]).exit_code == 2
