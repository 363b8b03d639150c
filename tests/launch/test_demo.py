"""The demo as a process tree: what it prints, what it survives, what it refuses, and what it leaves behind (nothing)."""

import json
import os
import re
import shutil
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.launch.launching import Launch

from tandem.cli.postgres import EmbeddedPostgres, is_in_use, running
from tandem.cli.postgres_process import survivors
from tandem.cli.refusal import Refused
from tandem.cli.surroundings import check_space
from tandem.cli.waiting import wait_until

pytestmark = pytest.mark.unmeasured
PATIENCE = 60.0


class Demo:
    """A demo that was started as a person would start it, on ports that were free."""

    def __init__(self, launch: Launch, home: Path) -> None:
        self.home, self.web, self.xero = home, launch.free_port(), launch.free_port()
        ports = ("--web-port", str(self.web), "--sandbox-port", str(self.xero))
        self.running = launch.start(home, "demo", *ports)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.web}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


@pytest.fixture(scope="module")
def demo(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(launch, tmp_path_factory.mktemp("a demo"))
    with demo.running:
        yield demo


def test_it_prints_addresses_on_localhost_and_who_can_sign_in(demo: Demo) -> None:
    assert f"http://localhost:{demo.web}/" in demo.running.said
    assert f"http://localhost:{demo.xero}/" in demo.running.said
    assert "not affiliated with Xero" in demo.running.said
    for who in ("administrator", "employee", "support agent"):
        assert re.search(rf"@\S+ .*{who}", demo.running.said)
    assert "rosa.byrne@example.com" in demo.running.said


def test_everything_answers_once_it_says_so(demo: Demo) -> None:
    assert demo.answers()
    with urllib.request.urlopen(f"http://localhost:{demo.xero}/_sandbox/health", timeout=5) as answer:
        assert json.load(answer)["ok"] is True


def test_its_secrets_and_its_settings_are_private(demo: Demo) -> None:
    for name in ("master-key", "secret-key", "running.json"):
        assert (demo.home / name).stat().st_mode & 0o077 == 0


def test_the_pages_and_the_worker_do_not_know_the_owners_address(demo: Demo) -> None:
    for words in ("tandem.cli web", "tandem.cli worker"):
        known = Path(f"/proc/{demo.running.child(words)}/environ").read_bytes()
        assert b"DATABASE_URL=" in known
        assert b"tandem_owner" not in known


def test_the_doctor_finds_everything_right(launch: Launch, demo: Demo) -> None:
    answer = launch.run(demo.home, "doctor")
    assert answer.returncode == 0, answer.stdout
    assert {line.split()[0] for line in answer.stdout.splitlines()} == {"right"}
    assert "Workers running: 1" in answer.stdout


def test_a_second_demo_on_the_same_home_is_refused(launch: Launch, demo: Demo) -> None:
    answer = launch.run(
        demo.home, "demo", "--web-port", str(launch.free_port()), "--sandbox-port", str(launch.free_port())
    )
    assert answer.returncode == 1
    assert f"Another Tandem (process {demo.running.process.pid}) is using the database" in answer.stderr
    assert demo.answers()
    assert (demo.home / "running.json").exists(), "the doctor and the backup find a running demo by this file"


def test_a_running_demo_is_not_wiped(launch: Launch, demo: Demo) -> None:
    answer = launch.run(demo.home, "demo", "--fresh", "--yes")
    assert answer.returncode == 1
    assert "Stop it before --fresh removes its data" in answer.stderr
    assert demo.answers()


def test_a_killed_worker_a_killed_web_server_and_a_killed_database_are_started_again(demo: Demo) -> None:
    before = demo.running.children()
    for words in ("tandem.cli worker", "tandem.cli web", "bin/postgres"):
        os.kill(demo.running.child(words), signal.SIGKILL)
    assert wait_until(lambda: len(set(demo.running.children()) - set(before)) == 3, seconds=PATIENCE, between=0.2)
    assert wait_until(demo.answers, seconds=PATIENCE, between=0.2)
    assert len(demo.running.children()) == len(before)


@pytest.fixture(scope="module")
def killed(demo: Demo) -> Path:
    """The home of the demo, killed with kill -9 after somebody had added something. What follows has no running demo."""
    _add_something_and_kill(demo)
    return demo.home


def _add_something_and_kill(demo: Demo) -> None:
    with psycopg.connect(json.loads((demo.home / "running.json").read_text())["TANDEM_OWNER_DATABASE_URL"]) as owner:
        owner.execute("CREATE TABLE added_by_somebody (number integer)")
    children = demo.running.children()
    assert len(children) == 4
    demo.running.process.kill()
    demo.running.process.communicate(timeout=60)
    assert wait_until(lambda: not any(_is_alive(pid) for pid in children), seconds=20), "it left processes behind"


def _is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_after_kill_9_a_second_start_has_everything_and_ctrl_c_ends_it_all(launch: Launch, killed: Path) -> None:
    second = Demo(launch, killed)
    with second.running:
        children = second.running.children()
        with psycopg.connect(json.loads((killed / "running.json").read_text())["TANDEM_OWNER_DATABASE_URL"]) as owner:
            owner.execute("SELECT number FROM added_by_somebody")
        assert second.answers()
        assert second.running.stop() == 0
    assert not any(_is_alive(pid) for pid in children)
    assert not is_in_use(killed / "postgres")
    assert survivors(killed / "postgres" / "data") == []


def test_a_backup_is_restored_into_an_empty_home_and_nowhere_else(launch: Launch, killed: Path, tmp_path: Path) -> None:
    file = tmp_path / "tandem.backup"
    assert "The master key is not in it" in launch.run(killed, "backup", str(file)).stdout
    key = (killed / "master-key").read_bytes()
    assert key not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    empty = tmp_path / "empty"
    assert launch.run(empty, "restore", str(file)).returncode == 0
    with running(empty / "postgres") as server, psycopg.connect(server.url("superuser")) as connection:
        assert connection.execute("SELECT count(*) FROM tenancy_account").fetchone() == (2,)
    again = launch.run(empty, "restore", str(file))
    assert again.returncode == 1
    assert "The database is not empty" in again.stderr


def test_a_file_that_is_no_backup_is_refused_and_changes_nothing(launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "tandem.backup"
    file.write_text("These are not the rows you are looking for.")
    answer = launch.run(tmp_path / "home", "restore", str(file))
    assert answer.returncode == 1
    assert "pg_restore failed, and nothing was changed" in answer.stderr


@pytest.mark.parametrize(("option", "other"), [("--web-port", "--sandbox-port"), ("--sandbox-port", "--web-port")])
def test_a_port_that_is_taken_is_named_with_its_option(launch: Launch, tmp_path: Path, option: str, other: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        answer = launch.run(tmp_path, "demo", option, str(port), other, str(launch.free_port()))
    assert answer.returncode == 1
    assert answer.stderr == (
        f"Port {port} is taken by another program. Stop that one, or choose another port with {option}.\n"
    )
    assert not is_in_use(tmp_path / "postgres")


def test_a_database_written_by_a_newer_tandem_is_refused(launch: Launch, killed: Path) -> None:
    with running(killed / "postgres") as server:
        _record(server, "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', now())")
    try:
        answer = launch.run(
            killed, "demo", "--web-port", str(launch.free_port()), "--sandbox-port", str(launch.free_port())
        )
    finally:
        with running(killed / "postgres") as server:
            _record(server, "DELETE FROM django_migrations WHERE name = '9999_later'")
    assert answer.returncode == 1
    assert "written by a newer Tandem" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def _record(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url("owner")) as owner:
        owner.execute(statement.encode())


def test_fresh_removes_what_a_demo_made_and_nothing_else(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "master-key").touch()
    (tmp_path / "my-notes.txt").touch()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        launch.run(tmp_path, "demo", "--fresh", "--yes", "--web-port", str(taken))
    assert not (tmp_path / "master-key").exists()
    assert (tmp_path / "my-notes.txt").exists()


def test_fresh_asks_first(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "master-key").touch()
    answer = launch.run(tmp_path, "demo", "--fresh", typed="n\n")
    assert answer.returncode == 1
    assert "Nothing was removed" in answer.stderr
    assert (tmp_path / "master-key").exists()


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=299_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(Refused, match="has 299 MB left, and Tandem needs 300 MB"):
        check_space(tmp_path / "not" / "there" / "yet")
