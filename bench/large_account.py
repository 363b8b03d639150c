"""How fast the pages of a large account are: python -m bench.large_account --people 10000.

The real thing throughout: a database of its own, a simulated Xero with so many people and no limits, a first import that is
previewed and approved. While its plan waits, the pages of the preview are asked for; once it is done, those of the account and of a
person. Two web processes, and clients that ask again as soon as they have their answer, the first hit of each process included:
one for each process, who wait for nobody, and eight. The server's own housekeeping is off in a benchmark, so the statistics that
it would have taken within a minute of so large an import are taken here.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psycopg
from bench.support_room import WEB_PROCESSES, report, web_process

from tandem.cli import surroundings
from tandem.cli.bench import NO_LIMITS
from tandem.cli.postgres import running
from tandem.cli.simulated import Door, environment, free_port, simulator

HERE = "/a/harbour-lane/"
SIZE = 50  # people on a page of a plan


def preview_pages(run_id: str, people: int) -> dict[str, str]:
    """Return the pages of a plan that waits for approval."""
    plan = f"{HERE}runs/{run_id}/"
    return {
        f"a plan of {people:,} people": plan,
        "the same, in the middle": f"{plan}?page={max(1, people // SIZE // 2)}",
        "runs": f"{HERE}runs/",
    }


def account_pages(employee_id: str) -> dict[str, str]:
    """Return the pages of an account that was imported, and of one person."""
    record = f"{HERE}employees/{employee_id}/"
    return {
        "home": HERE,
        "employees": f"{HERE}employees/",
        "employees, a search": f"{HERE}employees/?search=Byrne",
        "a record": record,
        "a record's history": f"{record}history/",
        "a record in Xero, with what runs did": f"{record}xero/",
        "what runs did to a person": f"{HERE}runs/history/?employee={employee_id}",
        "what runs did": f"{HERE}runs/history/",
        "matches": f"{HERE}matches/",
        "the connection": f"{HERE}xero/",
    }


def play(part: str, port: int) -> None:
    """Do one part in a process of its own, and print what the pages need: a cookie and an id."""
    import django

    django.setup()
    from tandem.cli import bench_parts
    from tandem.config.migrate import migrate
    from tandem.xero import facade

    if part == "preview":
        migrate(application_role="tandem_app")
        actor = bench_parts.connect(Door(port))
        run_id = facade.preview_run(actor, kind=facade.RunKind.IMPORT, reach=facade.Reach.EVERYTHING)
        bench_parts.work(actor, run_id, until=facade.RunStatus.PLANNED)
        print(_cookie(), run_id)
        return
    actor = bench_parts.administrator()
    run_id = facade.list_runs(actor)[0].run_id
    facade.approve_run(actor, run_id)
    bench_parts.work(actor, run_id, until=facade.RunStatus.DONE)
    print(facade.list_matches(actor, limit=1)[0].employee_id)


def _cookie() -> str:
    from django.test import Client

    from tandem.access.models import User
    from tandem.flows.demo import SIGN_INS

    client = Client()
    client.force_login(User.objects.get(email=SIGN_INS.administrator.email))
    return client.cookies["sessionid"].value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--clients", type=int, nargs="+", default=[WEB_PROCESSES, 8])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each page")
    parser.add_argument("--part", nargs=2, default=(), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        play(options.part[0], int(options.part[1]))
        return 0
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tandem-bench-"))
        server = stack.enter_context(running(Path(folder), durable=False))
        server.ensure_database("tandem")
        port = free_port()
        stack.enter_context(simulator(port, "--employees", str(options.people)))
        Door(port)("PATCH", "limits", {"minute": None, "day": None, "concurrent": None, "app_minute": None})
        settings = surroundings.without_ours(os.environ) | environment(server, port) | NO_LIMITS
        cookie, run_id = _part("preview", port, settings)
        served = settings | {"TANDEM_BASE_URL": "http://localhost"}
        webs = [stack.enter_context(web_process(served)) for _ in range(WEB_PROCESSES)]

        def look(pages: dict[str, str]) -> None:
            with psycopg.connect(settings[surroundings.OWNER], autocommit=True) as owner:
                owner.execute("ANALYZE")
            for clients in options.clients:
                report(webs, server.process_id or 0, cookie, pages=pages, clients=clients, seconds=options.seconds)

        look(preview_pages(run_id, options.people))
        (employee_id,) = _part("import", port, settings)
        look(account_pages(employee_id))
        print(f"\n{options.people:,} people, {WEB_PROCESSES} web processes, load {os.getloadavg()[0]:.1f}", flush=True)
    return 0


def _part(name: str, port: int, settings: dict[str, str]) -> list[str]:
    command = [sys.executable, "-m", "bench.large_account", "--part", name, str(port)]
    done = subprocess.run(command, env=settings, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The part {name} failed:\n{done.stderr[-2000:]}")
    return done.stdout.splitlines()[-1].split()


if __name__ == "__main__":
    sys.exit(main())
