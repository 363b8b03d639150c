"""The measured processes of `tandem bench import`, each started fresh: `tandem`, `bare` and `virtual`."""

import dataclasses
import http.client
import json
import logging
import os
import queue
import resource
import sys
import threading
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg import sql

from tandem.cli.bench import Cost
from tandem.cli.simulated import Door

ROSA = "rosa.byrne@example.com"
SESSION = "benchmark"
THREADS = 5
PAGE_SIZE = 100
BATCH = 25
STARTS_AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
#: What one import of one person leaves behind, for the bare client to write the like of.
COPIED = (
    "people_employee",
    "people_employeeevent",
    "timeline_entry",
    "xero_xeroperson",
    "xero_step",
    "xero_binding",
    "xero_evidence",
)


class Meter:
    """Wall time, processor time and the highest memory of this process."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self, *, calls: int, virtual_seconds: float = 0.0) -> Cost:
        """Return what was spent since the meter was made."""
        return Cost(
            calls=calls,
            wall_seconds=time.perf_counter() - self._wall,
            cpu_seconds=time.process_time() - self._cpu,
            peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            virtual_seconds=virtual_seconds,
        )


def run_tandem(port: int, *, is_virtual: bool) -> Cost:
    """Connect, then measure a whole first import: read, plan, check, write."""
    import django

    django.setup()
    from tandem.config.migrate import migrate
    from tandem.kernel import clock

    logging.disable(logging.WARNING)
    migrate(application_role="tandem_app")
    door = Door(port)
    with clock.frozen_at(STARTS_AT) if is_virtual else nullcontext() as frozen:
        if frozen is not None:
            door("POST", "clock", {"mode": "frozen"})
            frozen.follow(lambda at: door("POST", "clock", {"set": at.isoformat()}))
            door("POST", "clock", {"set": STARTS_AT.isoformat()})
        actor = connect(door)
        door("DELETE", "log")
        began, meter = clock.now(), Meter()
        _import_everybody(actor)
        spent = (clock.now() - began).total_seconds()
        cost = meter.read(calls=0, virtual_seconds=spent)
    calls = [row for row in door("GET", "log") if row["path"].lower().startswith("/payroll.xro")]
    return dataclasses.replace(cost, calls=len(calls))


def administrator() -> Any:
    """Return the demo's administrator, seeding the demo's accounts where they are missing."""
    from tandem.access.models import User
    from tandem.access.selectors import find_actor
    from tandem.flows.demo import seed
    from tandem.tenancy.selectors import get_account

    sign_ins = seed()
    user = User.objects.get(email=sign_ins.administrator.email)
    actor = find_actor(user, account=get_account(sign_ins.account_id))
    if actor is None or actor.user_id is None:
        raise LookupError("The demo's administrator has no access.")
    return actor


def connect(door: Door) -> Any:
    """Connect the demo's bakery to the simulator's first organisation, and return its administrator."""
    from tandem.xero import facade

    actor = administrator()
    address = facade.start_consent(actor, purpose=facade.ConsentPurpose.CONNECT, session_key=SESSION)
    organisation = door("GET", "world")["organisations"][0]["id"]
    answer = door(
        "POST",
        "consent",
        {"authorize_url": address, "user": ROSA, "organisations": [organisation], "allow": True},
    )
    params = dict(parse_qsl(urlsplit(answer["redirect_to"]).query))
    facade.finish_consent(session_key=SESSION, user_id=actor.user_id, params=params)
    return actor


def _import_everybody(actor: Any) -> None:
    from tandem.xero import facade

    run_id = facade.preview_run(actor, kind=facade.RunKind.IMPORT, reach=facade.Reach.EVERYTHING)
    work(actor, run_id, until=facade.RunStatus.PLANNED)
    facade.approve_run(actor, run_id)
    work(actor, run_id, until=facade.RunStatus.DONE)


def work(actor: Any, run_id: Any, *, until: str) -> None:
    """Work on a run until it stands where it is wanted; raise RuntimeError where it stops elsewhere."""
    from tandem.kernel import clock
    from tandem.xero import facade

    while True:
        facade.work_on_run(actor, run_id)
        page = facade.get_run(actor, run_id)
        if page.summary.status == until:
            return
        if page.resume_at is None:
            raise RuntimeError(f"The run is {page.summary.status}: {page.stop_code}")
        clock.sleep(max(0.0, (page.resume_at - clock.now()).total_seconds()))


def run_bare(port: int) -> Cost:
    """Make the same calls with http.client in five threads, and write the same rows, with nothing else around it."""
    with psycopg.connect(os.environ["TANDEM_OWNER_DATABASE_URL"]) as owner:
        rows, columns = _prepare(owner)
    token, tenant = token_and_tenant(Door(port))
    meter = Meter()
    calls = _read_and_write(port, token, tenant, rows, columns)
    return meter.read(calls=calls)


def _prepare(owner: psycopg.Connection[Any]) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, int]]:
    """Make a like of every table, and take what Tandem left in it to be written again."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    columns: dict[str, int] = {}
    for table in COPIED:
        names = {"like": sql.Identifier(f"bare_{table}"), "table": sql.Identifier(table)}
        owner.execute(
            sql.SQL("CREATE TABLE {like} (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES)").format(**names)
        )
        owner.execute(sql.SQL("GRANT INSERT ON {like} TO tandem_app").format(**names))
        described = owner.execute(sql.SQL("SELECT * FROM {table} LIMIT 0").format(**names)).description
        columns[table] = len(described or ())
        cast = sql.SQL("SELECT {} FROM {table}").format(
            sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(one.name)) for one in described or ()), **names
        )
        rows[table] = owner.execute(cast).fetchall()
    owner.commit()
    return rows, columns


def token_and_tenant(door: Door) -> tuple[str, str]:
    """Return the access token that was given last and the first organisation's id, for a client that is no product."""
    found = [row for row in door("GET", "world/tokens") if row["kind"] == "access"]
    return str(found[-1]["token"]), str(door("GET", "world")["organisations"][0]["id"])


def _read_and_write(
    port: int, token: str, tenant: str, rows: dict[str, list[tuple[Any, ...]]], columns: dict[str, int]
) -> int:
    headers = {"Authorization": f"Bearer {token}", "Xero-Tenant-Id": tenant, "Accept": "application/json"}
    ids, calls = _list(port, headers)
    work: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    for one in [*ids, *[None] * THREADS]:
        work.put(one)
    done: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threads = [threading.Thread(target=_read, args=(port, headers, work, done)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        _write(connection, len(ids), done, rows, columns)
    for thread in threads:
        thread.join()
    # Tandem asks twice for what changed while the preview was looked at.
    return calls + len(ids) + _ask_again(port, headers)


def _list(port: int, headers: dict[str, str]) -> tuple[list[str], int]:
    ids: list[str] = []
    calls = 0
    connection = http.client.HTTPConnection("localhost", port)
    for where in ("", "&where=Status%3D%3D%22TERMINATED%22"):
        page, length = 1, PAGE_SIZE
        while length == PAGE_SIZE:
            found = _get(connection, f"/payroll.xro/1.0/Employees?page={page}{where}", headers)["Employees"]
            ids += [row["EmployeeID"] for row in found]
            page, length, calls = page + 1, len(found), calls + 1
    connection.close()
    return ids, calls


def _ask_again(port: int, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("localhost", port)
    since = {"If-Modified-Since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"}  # noqa: TID251  the bare client is no part of the product
    for where in ("", "&where=Status%3D%3D%22TERMINATED%22"):
        _get(connection, f"/payroll.xro/1.0/Employees?page=1{where}", headers | since)
    connection.close()
    return 2


def _read(
    port: int, headers: dict[str, str], work: "queue.SimpleQueue[str | None]", done: "queue.SimpleQueue[Any]"
) -> None:
    connection = http.client.HTTPConnection("localhost", port)
    while (one := work.get()) is not None:
        done.put(_get(connection, f"/payroll.xro/1.0/Employees/{one}", headers)["Employees"][0])
    connection.close()


def _get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> Any:
    connection.request("GET", path, headers=headers)
    return json.loads(connection.getresponse().read())


def _write(
    connection: psycopg.Connection[Any],
    people: int,
    done: "queue.SimpleQueue[Any]",
    rows: dict[str, list[tuple[Any, ...]]],
    columns: dict[str, int],
) -> None:
    """Write each table's share of rows as people come in, a batch to a transaction."""
    statements = {
        table: sql.SQL("INSERT INTO {} VALUES ({})").format(
            sql.Identifier(f"bare_{table}"), sql.SQL(", ").join([sql.Placeholder()] * count)
        )
        for table, count in columns.items()
    }
    for first in range(0, people, BATCH):
        last = min(first + BATCH, people)
        for _ in range(first, last):
            done.get()
        with connection.cursor() as cursor:
            for table, statement in statements.items():
                share = rows[table]
                part = share[len(share) * first // people : len(share) * last // people]
                if part:
                    cursor.executemany(statement, part)
        connection.commit()


def main() -> None:
    """Run one part and print its cost as JSON."""
    part, port = sys.argv[1], int(sys.argv[2])
    cost = run_bare(port) if part == "bare" else run_tandem(port, is_virtual=part == "virtual")
    sys.stdout.write(json.dumps(dataclasses.asdict(cost)) + "\n")


if __name__ == "__main__":
    main()
