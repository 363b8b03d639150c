"""The embedded server under trouble: killed, killed from above, locked, old, interrupted."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tandem.cli import postgres_process as process
from tandem.cli.postgres import LONGEST_SOCKET, EmbeddedPostgres, running
from tandem.cli.refusal import Refused
from tandem.cli.waiting import wait_until

SUPERVISOR = """
import sys
from pathlib import Path
from tandem.cli.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.process_id, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with running(tmp_path / "postgres") as server:
        server.ensure_database("tandem")
        yield server


def start_elsewhere(folder: Path) -> "tuple[subprocess.Popen[str], int]":
    """Start a server under a supervisor process of its own; return the supervisor and the server's process id."""
    command = [sys.executable, "-c", SUPERVISOR, str(folder)]
    supervisor = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    return supervisor, int(supervisor.stdout.readline())


def end(supervisor: "subprocess.Popen[str]") -> None:
    supervisor.kill()
    supervisor.communicate()


def hold(pids: list[int]) -> list[int]:
    """Stop these processes where they stand; return those that stand, for a worker may end at any moment."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    # One that was about to end when it was told to stop ends all the same.
    assert wait_until(lambda: all(is_stopped(pid) or is_gone(pid) for pid in pids), seconds=5)
    return [pid for pid in pids if is_stopped(pid)]


def is_stopped(pid: int) -> bool:
    try:
        return "\nState:\tT" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_gone(pid: int) -> bool:
    """Return True when the process has ended; a zombie that nobody has reaped yet has ended too."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_no_acknowledged_commit_is_lost_when_the_server_is_killed(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url("owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE kept (number integer)")
    acknowledged: list[int] = []

    def write() -> None:
        with psycopg.connect(server.url("owner"), autocommit=True) as writer:
            try:
                while True:
                    writer.execute("INSERT INTO kept VALUES (%s)", [len(acknowledged)])
                    acknowledged.append(len(acknowledged))
            except psycopg.OperationalError:
                return

    thread = threading.Thread(target=write)
    thread.start()
    assert wait_until(lambda: len(acknowledged) > 50, seconds=20)
    assert server.process_id is not None
    os.kill(server.process_id, signal.SIGKILL)
    thread.join(20)
    assert wait_until(lambda: not server.is_running, seconds=5)
    server.start()
    with psycopg.connect(server.url("owner")) as reader:
        found = {number for (number,) in reader.execute("SELECT number FROM kept")}
    assert set(acknowledged) <= found


# Only root can change to another account.
@pytest.mark.parametrize("manner", ["identify", *(["account"] if os.geteuid() == 0 else [])])
def test_the_server_ends_when_its_supervisor_is_killed_and_starts_again_at_once(tmp_path: Path, manner: str) -> None:
    code = SUPERVISOR.replace("Path(sys.argv[1]))", f"Path(sys.argv[1]), identity=process.{manner}())")
    command = [sys.executable, "-c", f"from tandem.cli import postgres_process as process\n{code}", str(tmp_path)]
    supervisor = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    postmaster = int(supervisor.stdout.readline())
    end(supervisor)
    assert wait_until(lambda: is_gone(postmaster), seconds=10)
    with running(tmp_path) as second:
        assert second.is_running


def test_a_second_start_waits_for_a_server_that_is_still_ending(tmp_path: Path) -> None:
    supervisor, postmaster = start_elsewhere(tmp_path)
    os.kill(postmaster, signal.SIGSTOP)
    end(supervisor)
    waker = threading.Timer(0.5, os.kill, (postmaster, signal.SIGCONT))
    waker.start()
    with running(tmp_path) as second:
        assert is_gone(postmaster)
        assert second.is_running
    waker.join()


def test_backends_that_outlive_their_killed_postmaster_are_ended(tmp_path: Path) -> None:
    supervisor, postmaster = start_elsewhere(tmp_path)
    data = tmp_path / "data"
    orphans = hold([pid for pid in process.survivors(data) if pid != postmaster])
    os.kill(postmaster, signal.SIGKILL)
    end(supervisor)
    assert set(process.survivors(data)) >= set(orphans)
    process.tell(orphans[:-1], signal.SIGCONT)
    waker = threading.Timer(0.3, os.kill, (orphans[-1], signal.SIGCONT))
    waker.start()
    with running(tmp_path):
        assert not set(process.survivors(data)) & set(orphans)
    waker.join()


def test_a_second_start_on_the_same_folder_is_refused(server: EmbeddedPostgres, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=rf"Another Tandem \(process {os.getpid()}\) is using the database"):
        EmbeddedPostgres(tmp_path / "postgres").start()
    assert server.is_running


def test_data_of_another_major_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(Refused, match="belongs to PostgreSQL 14"):
        EmbeddedPostgres(tmp_path).start()


def test_a_folder_written_by_a_newer_tandem_is_refused(tmp_path: Path) -> None:
    (tmp_path / "made-by.json").write_text(json.dumps({"layout": 999}))
    with pytest.raises(Refused, match="written by a newer Tandem"):
        EmbeddedPostgres(tmp_path).start()


def test_a_refused_start_lets_go_of_the_folder(tmp_path: Path) -> None:
    made_by = tmp_path / "made-by.json"
    made_by.write_text(json.dumps({"layout": 999}))
    with pytest.raises(Refused):
        EmbeddedPostgres(tmp_path).start()
    made_by.unlink()
    with running(tmp_path) as server:
        assert server.is_running


def test_data_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "data.new" / "base").mkdir(parents=True)
    (tmp_path / "data.new" / "PG_VERSION").write_text("18\n")
    with running(tmp_path) as server:
        assert server.is_running
    assert not (tmp_path / "data.new").exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    (tmp_path / "data" / "postgresql.conf").write_text("shared_buffers = 'many'\nno_such_thing = 1\n")
    with pytest.raises(Refused, match=r"could not start. It said: .*FATAL"):
        EmbeddedPostgres(tmp_path).start()


def test_programs_that_are_not_there_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_PG_BIN", str(tmp_path))
    with pytest.raises(Refused, match=r"TANDEM_PG_BIN names .* postgres and initdb cannot be run"):
        EmbeddedPostgres(tmp_path / "postgres").start()


def test_a_stale_process_number_that_now_belongs_to_another_program_does_not_stop_the_start(tmp_path: Path) -> None:
    with running(tmp_path):
        pid_file = (tmp_path / "data" / "postmaster.pid").read_text().splitlines()
    stale = "\n".join([str(os.getppid()), *pid_file[1:]])
    (tmp_path / "data" / "postmaster.pid").write_text(stale)
    with running(tmp_path) as server:
        assert server.is_running


def test_the_application_role_owns_nothing_and_no_policy_spares_it(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url("superuser")) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles "
            "WHERE rolname LIKE 'tandem%' ORDER BY rolname"
        ).fetchall()
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'tandem'"
        ).fetchone()
    assert rows == [(name, False, False, False, False, True) for name in ("tandem_app", "tandem_owner")]
    assert owner == ("tandem_owner",)


def test_the_application_role_cannot_make_tables(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url("app")) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TABLE mine ()")


def test_nothing_listens_on_the_network_and_the_folder_is_private(server: EmbeddedPostgres, tmp_path: Path) -> None:
    with psycopg.connect(server.url("superuser")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    assert (tmp_path / "postgres").stat().st_mode & 0o077 == 0


def test_values_in_failed_statements_stay_out_of_the_servers_log(server: EmbeddedPostgres, tmp_path: Path) -> None:
    with psycopg.connect(server.url("owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE people (surname text PRIMARY KEY)")
        owner.execute("INSERT INTO people VALUES ('Canary-Surname')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO people VALUES ('Canary-Surname')")
    log = (tmp_path / "postgres" / "server.log").read_text()
    assert "people_pkey" in log
    assert "Canary" not in log


def test_a_long_path_with_spaces_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("a long name " * 9) / "postgres"
    assert len(str(folder)) > LONGEST_SOCKET
    with running(folder, durable=False) as server, psycopg.connect(server.url("superuser", "postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_starting_from_another_thread_is_an_error_since_the_server_would_end_with_it(tmp_path: Path) -> None:
    problems: list[str] = []

    def start() -> None:
        try:
            EmbeddedPostgres(tmp_path).start()
        except RuntimeError as error:
            problems.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert problems == ["Start children from the main thread: they end when the thread that started them ends."]
