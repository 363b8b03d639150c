"""Read everybody of one organisation in full, limits off, by Tandem, by a bare client and by three other readers.

    python -m bench.peers --employees 1000

Each is a process of its own, one after the other, at the same simulator; counted once its program is loaded. The readers only read
and write lines to a file. Tandem matches, plans, journals and stores beside that, and the bare client writes Tandem's rows.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.peers.cost import Cost

from tandem.cli.bench import NO_LIMITS, measure
from tandem.cli.bench_parts import token_and_tenant
from tandem.cli.postgres import running
from tandem.cli.simulated import Door, environment, free_port, simulator

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("requirements.txt")
READERS = {
    "xero_python": "xero-python, a plain loop",
    "dlt": "dlt, five at once",
    "airbyte": "airbyte-cdk, five at once",
}
TABLE = "| limits off | people | calls | wall s | CPU s | peak MB |"


@dataclass(frozen=True)
class Row:
    """One reader's line."""

    name: str
    people: int
    calls: int
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float

    def __str__(self) -> str:
        return (
            f"| {self.name} | {self.people:,} | {self.calls:,} | {self.wall_seconds:.1f} | {self.cpu_seconds:.1f} "
            f"| {self.peak_megabytes:.0f} |"
        )


def main() -> None:
    """Measure, and print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description="Read everybody in full with Tandem and with other readers.")
    parser.add_argument("--employees", type=int, default=1000)
    parser.add_argument(
        "--environment", type=Path, default=ROOT / ".venv-readers", help="where the readers are installed"
    )
    chosen = parser.parse_args()
    python = installed(chosen.environment)
    print("\n".join([TABLE, "| --- " * (TABLE.count("|") - 1) + "|", *map(str, rows(chosen.employees, python))]))


def rows(employees: int, python: Path) -> list[Row]:
    """Return what each reader took for so many people."""
    with tempfile.TemporaryDirectory(prefix="tandem-readers-") as folder, running(Path(folder) / "postgres") as server:
        port = free_port()
        with simulator(port, "--employees", str(employees)):
            door = Door(port)
            door("PATCH", "limits", {"minute": None, "day": None, "concurrent": None, "app_minute": None})
            server.ensure_database("tandem")
            settings = environment(server, port) | NO_LIMITS
            parts = {"Tandem": "tandem", "bare client, five at once": "bare"}
            costs = [(name, measure(part, settings, port)) for name, part in parts.items()]
            found = [
                Row(name, employees, one.calls, one.wall_seconds, one.cpu_seconds, one.peak_megabytes)
                for name, one in costs
            ]
            return found + [_read(reader, python, port, Path(folder) / reader) for reader in READERS]


def _read(reader: str, python: Path, port: int, folder: Path) -> Row:
    door = Door(port)
    token, tenant = token_and_tenant(door)
    folder.mkdir()
    door("DELETE", "log")
    # What a library writes about itself goes to the folder, and nothing of Tandem is within its reach.
    told = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    command = [python, "-m", f"bench.peers.read_{reader}", f"http://localhost:{port}", token, tenant, folder]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{READERS[reader]} failed:\n{done.stderr[-2000:]}")
    cost = Cost(**json.loads((folder / "cost.json").read_text(encoding="utf-8")))
    calls = len(door("GET", "log"))
    return Row(READERS[reader], cost.people, calls, cost.wall_seconds, cost.cpu_seconds, cost.peak_megabytes)


def installed(folder: Path) -> Path:
    """Return the Python of the readers' environment, which is made anew when the lock has changed."""
    python, copy = folder / "bin" / "python", folder / "installed.txt"
    if not copy.exists() or copy.read_bytes() != LOCK.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--clear", folder], check=True)
        quiet = ("--quiet", "--no-input", "--disable-pip-version-check")
        pip = [sys.executable, "-m", "pip", "--python", python, "install", *quiet]
        subprocess.run([*pip, "--require-hashes", "--requirement", LOCK], check=True)
        shutil.copyfile(LOCK, copy)
    return python


if __name__ == "__main__":
    main()
