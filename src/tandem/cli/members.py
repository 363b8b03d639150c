"""The two programs that every running installation has, the pages and the worker, and when each counts as ready."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

import psycopg

from tandem.cli.family import Member, command
from tandem.cli.surroundings import OWNER

_BEATS_SINCE = "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > %s)"


def web_server(environment: Mapping[str, str], *, host: str, port: int, base_url: str) -> Member:
    """Return the pages as a member; ready when they answer and reach the database."""
    line = command("web", "--host", host, "--port", str(port))
    name = urlsplit(base_url).netloc
    return Member(
        "web server", line, _without_owner(environment), lambda: page(port, "/healthz", host=name) is not None
    )


def worker(environment: Mapping[str, str], *, address: str) -> Member:
    """Return the worker as a member; ready when its heart beats in the database at `address`."""
    with psycopg.connect(address) as connection:
        (start,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)

    def is_ready() -> bool:
        with psycopg.connect(address) as connection:
            return connection.execute(_BEATS_SINCE, [start]).fetchone() == (True,)

    return Member("worker", command("worker"), _without_owner(environment), is_ready)


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
