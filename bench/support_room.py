"""How fast the support room is with many accounts: python -m bench.support_room --accounts 10000.

A database of its own, filled in bulk with accounts in every state; two web processes; eight clients over sockets that
stay open, each asking as soon as it has its answer. Prints the table of docs/benchmarks.md: how long each page took from
the first byte sent to the last received, the first hit of each process included.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from bench.sandbox import Plug, row

from tandem.cli import surroundings
from tandem.cli.postgres import running
from tandem.cli.simulated import environment, free_port
from tandem.cli.waiting import wait_until

WEB_PROCESSES = 2
EVIDENCE = 20
ONE = "00000000-0000-4000-8000-000000000007"
PAGES = {
    "first page": "/support/",
    "one cause": "/support/?state=broken&cause=access_removed",
    "silent": "/support/?state=silent",
    "a search": "/support/?search=account+77",
    "connected, page 100": "/support/?state=connected&page=100",
    "what came of it": "/support/letters/",
    "the page of one account": f"/support/{ONE}/",
}
ACCOUNTS = """
INSERT INTO tenancy_account (account_id, slug, name, brand_id, time_zone, created_at, wrapped_data_key, master_key_id)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'account-' || n, 'Account ' || n, 'tandem',
       'Australia/Sydney', now(), '', ''
FROM generate_series(1, %(accounts)s) AS n
"""
# Of a hundred: 84 connected (4 of them silent), 5 want somebody, 3 broken, 2 wait, 2 not proved, 2 disconnected, 2 never.
CONNECTIONS = """
INSERT INTO xero_connection (connection_id, account_id, tenant_name, organisation_time_zone, organisation_status, state,
    cause, cause_is_certain, since, proved_at, wants_standby)
SELECT a.account_id, a.account_id, '', '', '', s.state,
       CASE s.state WHEN 'broken' THEN s.causes[1 + n %% array_length(s.causes, 1)] WHEN 'waiting' THEN 'xero_down' ELSE '' END,
       n %% 2 = 0, now() - n * interval '1 minute',
       now() - CASE WHEN n %% 25 = 3 THEN interval '3 days' ELSE interval '10 minutes' END, true
FROM (SELECT *, row_number() OVER (ORDER BY account_id)::int AS n FROM tenancy_account WHERE slug LIKE 'account-%%') AS a
CROSS JOIN LATERAL (SELECT CASE WHEN n %% 100 < 2 THEN 'not_set_up' WHEN n %% 100 < 4 THEN 'disconnected'
    WHEN n %% 100 < 6 THEN 'unproven' WHEN n %% 100 < 9 THEN 'broken' WHEN n %% 100 < 11 THEN 'waiting'
    WHEN n %% 100 < 16 THEN 'attention' ELSE 'connected' END AS state, ARRAY['access_removed', 'authoriser_left',
    'disconnected_in_xero', 'payroll_permission_lost', 'sign_in_expired', 'sign_in_revoked', 'scope_missing'] AS causes) AS s
WHERE s.state <> 'not_set_up'
"""
GRANTS = """
INSERT INTO xero_grant (grant_id, account_id, connection_id, role, xero_userid, holder_name, holder_email, holder_match,
    authorised_at, scopes, token_version, died_of, leftover)
SELECT connection_id, account_id, connection_id, 'primary', connection_id, '', '', '', now() - interval '90 days', '{}', 1, '', ''
FROM xero_connection
"""
CALLS = """
INSERT INTO xero_evidence (account_id, connection_id, grant_id, at, request_kind, purpose, answer, detail, correlation_id)
SELECT account_id, connection_id, connection_id, now() - n * interval '15 minutes', 'payroll', 'probe',
       CASE state WHEN 'broken' THEN 'refused' ELSE 'ok' END, '', gen_random_uuid()::text
FROM xero_connection CROSS JOIN generate_series(1, %(evidence)s) AS n
"""
LETTERS = """
INSERT INTO xero_outreach (outreach_id, account_id, batch_id, at, state, cause, outcome, letters)
SELECT gen_random_uuid(), account_id, account_id, now() - interval '1 day', state, cause, 'sent', 1
FROM xero_connection WHERE state = 'broken'
"""


def prepare(accounts: int) -> None:
    """Fill the database that the environment leads to, and print the cookie of a support agent's session."""
    from tandem.cli.serve import bring_up_to_date

    bring_up_to_date({name: os.environ[name] for name in (surroundings.APPLICATION, surroundings.OWNER)})
    from django.test import Client

    from tandem.access.actions import ensure_user
    from tandem.access.models import User
    from tandem.tenancy.actions import ensure_brand

    ensure_brand("tandem", name="Tandem", support_email="support@tandem.example")
    with psycopg.connect(os.environ[surroundings.OWNER], autocommit=True) as owner:
        for statement in (ACCOUNTS, CONNECTIONS, GRANTS, CALLS, LETTERS):
            owner.execute(statement, {"accounts": accounts, "evidence": EVIDENCE})
        owner.execute("ANALYZE")
    client = Client()
    client.force_login(User.objects.get(id=ensure_user("sam@tandem.example", name="Sam Silva", is_support=True)))
    print(client.cookies["sessionid"].value)


@dataclass(frozen=True)
class Web:
    """One web process."""

    port: int
    process_id: int


@contextmanager
def web_process(settings: dict[str, str]) -> Iterator[Web]:
    """Run one web process; nobody has opened a page of it."""
    port = free_port()
    command = [sys.executable, "-m", "tandem.cli", "web", "--port", str(port)]
    process = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not wait_until(lambda: _answers(port), seconds=60):
            raise SystemExit("the web process did not start")
        yield Web(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        Plug(port).ask(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    except OSError:
        return False
    return True


def measure(ports: list[int], path: str, cookie: str, *, clients: int, seconds: float) -> list[float]:
    """Return the milliseconds of every answer, each client asking one process after the other."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={cookie}\r\n\r\n".encode()
    until, taken = time.perf_counter() + seconds, []

    def ask(number: int) -> None:
        plug = Plug(ports[number % len(ports)])
        while True:
            began = time.perf_counter()
            status, _ = plug.ask(request)
            taken.append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise SystemExit(f"{path} answered {status}")
            if time.perf_counter() >= until:
                return

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def processor_seconds(parents: list[int]) -> float:
    """Return what these processes and their children, gone ones included, have spent."""
    spent = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text(encoding="utf-8").rpartition(") ")[2].split()
        except OSError:
            continue
        if int(place.parent.name) in parents:
            spent += sum(int(field) for field in fields[11:15])
        elif int(fields[1]) in parents:
            spent += sum(int(field) for field in fields[11:13])
    return spent / os.sysconf("SC_CLK_TCK")


def report(webs: list[Web], database: int, cookie: str, *, pages: dict[str, str], clients: int, seconds: float) -> None:
    """Print a row for each page."""
    row("page", "clients", "pages a second", "p50 ms", "p95 ms", "slowest ms", "processor ms a page")
    row(*["---"] * 7)
    ports, parents = [web.port for web in webs], [database, *(web.process_id for web in webs)]
    for name, path in pages.items():
        began = processor_seconds(parents)
        taken = measure(ports, path, cookie, clients=clients, seconds=seconds)
        spent = (processor_seconds(parents) - began) * 1000 / len(taken)
        p95 = statistics.quantiles(taken, n=20, method="inclusive")[18]
        figures = (statistics.median(taken), p95, max(taken), spent)
        row(name, clients, f"{len(taken) / seconds:,.0f}", *(f"{figure:.1f}" for figure in figures))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each page")
    parser.add_argument("--processes", type=int, default=WEB_PROCESSES, help="of the web")
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help="go on serving until Enter, to look at the pages")
    options = parser.parse_args()
    if options.prepare:
        prepare(options.accounts)
        return 0
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tandem-bench-"))
        server = stack.enter_context(running(Path(folder), durable=False))
        server.ensure_database("tandem")
        settings = surroundings.without_ours(os.environ) | environment(server, free_port())
        settings |= {"TANDEM_BASE_URL": "http://localhost"}
        filling = [sys.executable, "-m", "bench.support_room", "--prepare", "--accounts", str(options.accounts)]
        cookie = subprocess.run(filling, env=settings, check=True, capture_output=True, text=True).stdout.split()[-1]
        webs = [stack.enter_context(web_process(settings)) for _ in range(options.processes)]
        report(webs, server.process_id or 0, cookie, pages=PAGES, clients=options.clients, seconds=options.seconds)
        load = os.getloadavg()[0]
        print(f"\n{options.accounts:,} accounts, {options.processes} web processes, load {load:.1f}", flush=True)
        if options.keep:
            input(f"http://localhost:{webs[0].port}/support/ with the cookie sessionid={cookie}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
