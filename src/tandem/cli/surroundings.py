"""What a command finds around itself: the home folder, the database that serves it, free ports, free space."""

import gc
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tandem.cli.postgres import EmbeddedPostgres, is_in_use
from tandem.cli.refusal import Refused
from tandem.cli.waiting import wait_until
from tandem.kernel.env import Environment

APPLICATION, OWNER = "DATABASE_URL", "TANDEM_OWNER_DATABASE_URL"
NEEDED_MEGABYTES = 300
_OURS = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")


def home() -> Path:
    """Return the folder of the embedded database and of what the demo makes."""
    return Path(os.environ.get("TANDEM_HOME", "var")).expanduser().absolute()


def database_folder() -> Path:
    return home() / "postgres"


def setting(name: str) -> str:
    """Return a setting before Django is there, from NAME or the file that NAME_FILE names."""
    return Environment().text(name, says="")


def has_own_server() -> bool:
    """Return True when DATABASE_URL names a PostgreSQL server that is not ours to start."""
    return bool(setting(APPLICATION))


def addresses_of(server: EmbeddedPostgres) -> dict[str, str]:
    """Return the two settings that lead to the embedded database."""
    return {APPLICATION: server.url("app"), OWNER: server.url("owner")}


def without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with no setting of Tandem's in it."""
    return {name: value for name, value in environment.items() if not (name in _OURS or name.startswith("TANDEM_"))}


def remember(settings: Mapping[str, str]) -> None:
    """Write down the settings that `up` or `demo` runs with, so that other commands reach the same installation."""
    write_private(_running_file(), json.dumps(dict(settings)))


def forget() -> None:
    _running_file().unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)


def set_up_django() -> None:
    """Make Django ready, on the database that DATABASE_URL names or that a running `up` or `demo` serves."""
    if not has_own_server():
        if not is_in_use(database_folder()) or not _running_file().exists():
            raise Refused(
                "There is no database to talk to. Start `tandem up` or `tandem demo` in another terminal, "
                "or set DATABASE_URL."
            )
        os.environ.update(json.loads(_running_file().read_text(encoding="utf-8")))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    gc.disable()
    import django

    django.setup()
    # What is imported stays to the end: no later collection need look at it.
    gc.freeze()
    gc.enable()


@contextmanager
def database_settings() -> Iterator[dict[str, str]]:
    """Yield the settings that lead to the database: the environment's, a running server's, or one started for this."""
    if has_own_server():
        yield {name: setting(name) for name in (APPLICATION, OWNER) if setting(name)}
    elif is_in_use(database_folder()) and _running_file().exists():
        yield json.loads(_running_file().read_text(encoding="utf-8"))
    else:
        server = EmbeddedPostgres(database_folder())
        server.start()
        try:
            server.ensure_database("tandem")
            yield addresses_of(server)
        finally:
            server.stop()


@contextmanager
def reachable_database() -> Iterator[dict[str, str]]:
    """Yield the settings that lead to the database that is there; refuse when there is none yet."""
    if not has_own_server() and not (database_folder() / "data").exists():
        raise Refused("There is no database yet. Start `tandem up` or `tandem demo`, or set DATABASE_URL.")
    with database_settings() as settings:
        yield settings


def check_space(folder: Path) -> None:
    """Refuse when the disk has too little room left to work in."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free // 1_000_000
    if free < NEEDED_MEGABYTES:
        raise Refused(
            f"The disk that holds {folder} has {free} MB left, and Tandem needs {NEEDED_MEGABYTES} MB to work in. "
            "Free some space, or set TANDEM_HOME to a folder on another disk."
        )


def check_port(port: int, *, option: str) -> None:
    """Refuse when another program has the port; one that was just killed gets a moment to let go of it."""
    if not wait_until(lambda: _is_free(port), seconds=3, between=0.1):
        raise Refused(f"Port {port} is taken by another program. Stop that one, or choose another port with {option}.")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ours.bind(("127.0.0.1", port))
        except OSError:
            return False
    # A browser asks for localhost on IPv6 first, and would meet that other program.
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as other:
        try:
            return other.connect_ex(("::1", port)) != 0
        except OSError:
            return True


def _running_file() -> Path:
    return home() / "running.json"
