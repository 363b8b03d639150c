"""The record can be verified and taken away from the command line."""

import hashlib
import json
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner

from tandem.cli.timeline import timeline
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotPermitted
from tandem.testing.cast import Cast
from tandem.timeline.selectors import iter_chain

Superuser = psycopg.Connection[tuple[object, ...]]


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(timeline, list(arguments))
    return done.exit_code, done.output


def _tamper(superuser: Superuser, account_id: UUID, *, sequence: int) -> None:
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(
        "UPDATE timeline_entry SET facts = '{}' WHERE account_id = %s AND sequence = %s", [str(account_id), sequence]
    )
    superuser.execute("SET session_replication_role = origin")


def test_an_altered_entry_is_named_and_the_exit_code_says_so(cast: Cast, superuser: Superuser) -> None:
    _tamper(superuser, cast.alice.account.account_id, sequence=2)
    code, output = _run("verify", "--account", "harbour-lane")
    assert code == 1
    assert "BROKEN at entry 2" in output


def test_every_account_is_verified_and_only_the_altered_one_is_broken(cast: Cast, superuser: Superuser) -> None:
    assert _run("verify", "--all")[0] == 0
    _tamper(superuser, cast.charlie.account.account_id, sequence=1)
    code, output = _run("verify", "--all")
    assert code == 1
    lines = output.splitlines()
    assert [line.startswith(str(cast.charlie.account.account_id)) for line in lines if "BROKEN" in line] == [True]
    assert sum("unbroken" in line for line in lines) == 1


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize("arguments", [(), ("--all", "--account", "harbour-lane")])
def test_it_must_be_said_which_account_is_meant(arguments: tuple[str, ...]) -> None:
    assert _run("verify", *arguments)[0] == 2


def test_an_export_can_be_checked_without_the_product(cast: Cast) -> None:
    code, output = _run("export", "--account", "harbour-lane")
    assert code == 0
    previous = ""
    for number, line in enumerate(output.splitlines(), start=1):
        entry = json.loads(line)
        assert (entry["sequence"], entry["previous_digest"]) == (number, previous)
        fields = ["sequence", "at", "actor_kind", "actor_id", "event", "subject_kind", "subject_id", "facts"]
        body = [
            str(cast.alice.account.account_id),
            *(entry[name] or "" if name != "facts" else entry[name] for name in fields),
            previous,
        ]
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        previous = entry["digest"]
        assert hashlib.sha256(text.encode()).hexdigest() == previous
    assert number >= 3


def test_only_who_manages_the_integration_takes_the_record_away(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        next(iter_chain(cast.bob.actor))
    assert list(iter_chain(Actor.system(cast.alice.account.account_id, because="test")))


def test_the_page_hands_out_the_same_lines(cast: Cast) -> None:
    answer = cast.alice.client.get(cast.alice.url("xero/timeline/export/"))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="timeline-harbour-lane.jsonl"'
    lines = answer.getvalue().decode().splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == list(range(1, len(lines) + 1))
