"""How fast the simulator answers, and what ten thousand organisations cost: python -m bench.sandbox.

Starts `tandem-sandbox serve` on a free port of this machine, asks it over plain sockets that stay open, and prints
the tables of docs/benchmarks.md. The client shares the machine with the server, so compare figures within one run.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CALLBACK = "http://localhost/callback"
SCOPES = "openid offline_access accounting.settings.read payroll.employees"
APP = {"client_id": "TANDEM-DEMO-APP", "client_secret": "tandem-demo-secret"}
AMIR = "amir.lim@example.com"
FORM = "application/x-www-form-urlencoded"
EMPLOYEES = "/payroll.xro/1.0/Employees"


class Plug:
    """One connection that stays open: bytes out, one answer in."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send one request and read its answer."""
        self._socket.sendall(request)
        found = self._socket.recv(262_144)
        while b"\r\n\r\n" not in found:
            found += self._socket.recv(262_144)
        head, _, body = found.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        while len(body) < length:
            body += self._socket.recv(262_144)
        return int(head[9:12]), body


@dataclass(frozen=True)
class Caller:
    """A signed-in user with one organisation."""

    access: str
    refresh: str
    tenant: str = ""

    def get(self, path: str) -> bytes:
        """Write the request for one read."""
        head = f"Accept: application/json\r\nAuthorization: Bearer {self.access}\r\nXero-Tenant-Id: {self.tenant}\r\n"
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode()

    def renew(self) -> bytes:
        """Write the request for one refresh; the same token may be used again within its half hour."""
        return post("/connect/token", urlencode({"grant_type": "refresh_token", "refresh_token": self.refresh, **APP}))


def post(path: str, body: str, kind: str = FORM, method: str = "POST") -> bytes:
    """Write a request with a body."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def control(plug: Plug, path: str, given: dict[str, Any], *, method: str = "POST") -> dict[str, Any]:
    """Call the control API."""
    status, body = plug.ask(post(f"/_sandbox/{path}", json.dumps(given), "application/json", method))
    found: dict[str, Any] = json.loads(body)
    if status != 200:
        raise SystemExit(f"{path}: {status} {found}")
    return found


def sign_in(plug: Plug, organisation: str) -> Caller:
    """Let Amir connect one organisation."""
    asked = {"response_type": "code", "client_id": APP["client_id"], "redirect_uri": CALLBACK, "scope": SCOPES}
    wanted = {"authorize_url": f"x?{urlencode(asked)}", "user": AMIR, "organisations": [organisation]}
    back = control(plug, "consent", wanted)["redirect_to"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **APP}
    tokens = json.loads(plug.ask(post("/connect/token", urlencode(form)))[1])
    shown = control_get(plug, f"world?organisation={organisation.replace(' ', '%20')}")
    return Caller(tokens["access_token"], tokens["refresh_token"], shown["organisations"][0]["id"])


def control_get(plug: Plug, path: str) -> dict[str, Any]:
    """Read from the control API."""
    found: dict[str, Any] = json.loads(
        plug.ask(f"GET /_sandbox/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())[1]
    )
    return found


@dataclass(frozen=True)
class Served:
    """A running simulator."""

    port: int
    process_id: int
    seconds_to_start: float

    def megabytes(self) -> tuple[float, float]:
        """Return resident and proportional memory in MB."""
        text = Path(f"/proc/{self.process_id}/smaps_rollup").read_text(encoding="utf-8")
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
        return sizes["Rss"] / 1024, sizes["Pss"] / 1024


@contextmanager
def serving(*options: str) -> Iterator[Served]:
    """Serve the simulator on a free port, limits off."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "tandem_sandbox", "serve", "--port", str(port), *options]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ), text=True) as process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise SystemExit("the simulator did not start")
            took = time.perf_counter() - began
            off = dict.fromkeys(("minute", "day", "concurrent", "app_minute"))
            control(Plug(port), "limits", off, method="PATCH")
            yield Served(port, process.pid, took)
        finally:
            process.terminate()
            process.wait()


@dataclass(frozen=True)
class Figures:
    """What one kind of call achieved."""

    per_second: float
    p50: float
    p95: float


def measure(port: int, request: Callable[[int], bytes], *, clients: int, seconds: float) -> Figures:
    """Ask as fast as the answers come, with so many clients; `request` is given a running number."""
    taken: list[float] = []
    until = time.perf_counter() + seconds

    def ask(first: int) -> None:
        plug, own, number = Plug(port), [], first
        # Twice at least, however busy the machine is: a percentile needs two answers.
        while (began := time.perf_counter()) < until or len(own) < 2:
            status, _ = plug.ask(request(number))
            own.append(time.perf_counter() - began)
            number += clients
            if status != 200:
                raise SystemExit(f"answered {status}")
        taken.extend(own)

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(taken, n=20)
    return Figures(len(taken) / seconds, statistics.median(taken) * 1000, cuts[18] * 1000)


def repeated(request: bytes) -> Callable[[int], bytes]:
    """Ask the same every time."""
    return lambda _: request


def row(*cells: object) -> None:
    """Print one row of a table."""
    print(f"| {' | '.join(str(cell) for cell in cells)} |", flush=True)


def one_organisation(seconds: float) -> None:
    """Measure list, detail and refresh in one organisation of 1,000 people."""
    row("call", "clients", "calls a second", "p50 ms", "p95 ms")
    row(*["---"] * 5)
    with serving("--employees", "1000") as served:
        caller = sign_in(Plug(served.port), "Harbour Lane Bakery Pty Ltd")
        people = json.loads(Plug(served.port).ask(caller.get(EMPLOYEES))[1])["Employees"]
        calls: dict[str, Callable[[int], bytes]] = {
            "list page of 100": lambda number: caller.get(f"{EMPLOYEES}?page={number % 10 + 1}"),
            "detail": lambda number: caller.get(f"{EMPLOYEES}/{people[number % 100]['EmployeeID']}"),
            "token refresh": lambda _: caller.renew(),
        }
        for name, request in calls.items():
            for clients in (1, 5):
                found = measure(served.port, request, clients=clients, seconds=seconds)
                row(name, clients, f"{found.per_second:,.0f}", f"{found.p50:.2f}", f"{found.p95:.2f}")


def many_organisations(count: int, seconds: float) -> None:
    """Measure start, memory and speed with many organisations, each with its own consent and tokens."""
    with serving("--orgs", str(count)) as served:
        row("moment", "seconds", "RSS MB", "PSS MB")
        row(*["---"] * 4)
        row("started", f"{served.seconds_to_start:.1f}", *(f"{size:.0f}" for size in served.megabytes()))
        plug, began = Plug(served.port), time.perf_counter()
        callers = [sign_in(plug, f"Sample Trading {number} Pty Ltd") for number in range(9, count + 1)]
        row("each connected", f"{time.perf_counter() - began:.1f}", *(f"{size:.0f}" for size in served.megabytes()))
        began = time.perf_counter()
        for caller in callers:
            plug.ask(caller.get(EMPLOYEES))
        row("each read once", f"{time.perf_counter() - began:.1f}", *(f"{size:.0f}" for size in served.megabytes()))
        print()
        row("call, another organisation each time", "clients", "calls a second", "p50 ms", "p95 ms")
        row(*["---"] * 5)
        for clients in (1, 5):
            found = measure(
                served.port,
                lambda number: callers[number * 7 % len(callers)].get(EMPLOYEES),
                clients=clients,
                seconds=seconds,
            )
            row("list", clients, f"{found.per_second:,.0f}", f"{found.p50:.2f}", f"{found.p95:.2f}")


def many_people(count: int, seconds: float) -> None:
    """Measure the first and the last page of one large organisation."""
    row("page", "calls a second", "p50 ms", "p95 ms")
    row(*["---"] * 4)
    with serving("--employees", str(count)) as served:
        caller = sign_in(Plug(served.port), "Harbour Lane Bakery Pty Ltd")
        for page in (1, count // 100):
            request = caller.get(f"{EMPLOYEES}?page={page}")
            found = measure(served.port, repeated(request), clients=1, seconds=seconds)
            row(page, f"{found.per_second:,.0f}", f"{found.p50:.2f}", f"{found.p95:.2f}")
        print(f"\nRSS, PSS: {', '.join(f'{size:.0f} MB' for size in served.megabytes())}")


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="how long each figure is measured")
    parser.add_argument("--orgs", type=int, default=10_000)
    parser.add_argument("--employees", type=int, default=10_000)
    options = parser.parse_args()
    one_organisation(options.seconds)
    print()
    many_organisations(options.orgs, options.seconds)
    print()
    many_people(options.employees, options.seconds)


if __name__ == "__main__":
    main()
