"""The two programs that every running installation has, the pages and the worker, and when each counts as ready."""

import http.client
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

import psycopg

from tandem.cli.family import Member, command
from tandem.cli.surroundings import OWNER

# Other workers may share the database: ours is one that was not known before.
_NEWEST = "SELECT coalesce(max(id), 0) FROM procrastinate_workers"


def web_server(environment: Mapping[str, str], *, host: str, port: int, base_url: str) -> Member:
    """Return the pages as a member; ready when they answer and reach the database."""
    line = command("web", "--host", host, "--port", str(port))
    name = urlsplit(base_url).netloc
    return Member(
        "web server", line, _without_owner(environment), lambda: page(port, "/healthz", host=name) is not None
    )


def worker(environment: Mapping[str, str], *, address: str) -> Member:
    """Return the worker as a member; ready when it has made itself known in the database at `address`."""
    is_ready = partial(_has_newer_worker, address, _newest_worker(address))
    return Member("worker", command("worker"), _without_owner(environment), is_ready)


def _newest_worker(address: str) -> int:
    with psycopg.connect(address) as connection:
        (newest,) = connection.execute(_NEWEST).fetchone() or (0,)
    return int(newest)


def _has_newer_worker(address: str, before: int) -> bool:
    return _newest_worker(address) > before


def page(port: int, path: str, *, host: str) -> bytes | None:
    """Return the body of a page on this machine when it answers 200, else None."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.read() if answer.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _without_owner(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that cannot lead to the owner role; it keeps the application's."""
    return {name: value for name, value in environment.items() if name not in (OWNER, f"{OWNER}_FILE")}
