"""`tandem bench`: measure what the product costs, on a database and a simulated Xero of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tandem.cli import surroundings
from tandem.cli.postgres import running
from tandem.cli.refusal import Refused
from tandem.cli.simulated import Door, environment, free_port, simulator

TOO_MANY = 429
NO_LIMITS = {
    "TANDEM_XERO_CALLS_PER_MINUTE": "1000000",
    "TANDEM_XERO_CALLS_PER_DAY": "10000000",
    "TANDEM_XERO_APP_CALLS_PER_MINUTE": "10000000",
}
LIMITS = {"TANDEM_XERO_CALLS_PER_DAY": "5000"}


@dataclass(frozen=True)
class Cost:
    """What one process took for one import."""

    calls: int
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float
    virtual_seconds: float = 0.0


@click.group()
def bench() -> None:
    """Measure what the product costs."""


@bench.command(name="import")
@click.option("--employees", default=1000, show_default=True, help="How many people the simulated Xero holds.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def first_import(*, employees: int, as_json: bool) -> None:
    """Import everybody with full details: beside a bare client without limits, then under Xero's limits in virtual time."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, running(Path(folder)) as server:
        port = free_port()
        with simulator(port, "--employees", str(employees)):
            server.ensure_database("tandem")
            base = environment(server, port)
            Door(port)("PATCH", "limits", {"minute": None, "day": None, "concurrent": None, "app_minute": None})
            tandem = measure("tandem", base | NO_LIMITS, port)
            bare = measure("bare", base | NO_LIMITS, port)
        with simulator(port, "--employees", str(employees)):
            server.ensure_database("limits")
            base = environment(server, port, database="limits")
            Door(port)("PATCH", "limits", {"day": 5000})
            limited = measure("virtual", base | LIMITS, port)
            refused = sum(row["status"] == TOO_MANY for row in Door(port)("GET", "log"))
    _print(employees, tandem, bare, limited, refused, as_json=as_json)


def measure(part: str, settings: Mapping[str, str], port: int) -> Cost:
    """Run one part as a process of its own, and return what it says of itself."""
    done = subprocess.run(
        [sys.executable, "-m", "tandem.cli.bench_parts", part, str(port)],
        env=surroundings.without_ours(os.environ) | dict(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refused(f"The part {part} of the benchmark failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Cost(**found)


def _print(employees: int, tandem: Cost, bare: Cost, limited: Cost, refused: int, *, as_json: bool) -> None:
    if as_json:
        parts = {"tandem": vars(tandem), "bare": vars(bare), "limited": vars(limited)}
        click.echo(json.dumps({"employees": employees, **parts, "refused": refused}))
        return
    click.echo(f"First import of {employees:,} people with full details, limits off:")
    click.echo(f"{'':12}{'calls':>8}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}")
    for name, cost in (("Tandem", tandem), ("bare client", bare)):
        click.echo(
            f"{name:12}{cost.calls:>8,}{cost.wall_seconds:>10.1f}{cost.cpu_seconds:>10.1f}{cost.peak_megabytes:>10.0f}"
        )
    click.echo(
        f"{'ratio':12}{tandem.calls / bare.calls:>8.2f}{tandem.wall_seconds / bare.wall_seconds:>10.2f}"
        f"{tandem.cpu_seconds / bare.cpu_seconds:>10.2f}{tandem.peak_megabytes / bare.peak_megabytes:>10.2f}"
    )
    floor = limited.calls / 60
    click.echo(
        f"Under Xero's limits, in virtual time: {limited.calls:,} calls in {limited.virtual_seconds / 60:.1f} minutes "
        f"(floor {floor:.1f}), {refused} refused as too many."
    )
