"""Let many connections live for days, by chance but seeded: python -m bench.fourteen_days --connections 100 --days 14 --seed 7.

In process, under a virtual clock, each connection with an organisation and a database of its own. Prints the table of
docs/benchmarks.md. With --rows FOLDER what was lived already is not lived again, so that a run can be broken off.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

from tandem.testing.plugin import TEST_ENVIRONMENT

ROOT = Path(__file__).resolve().parents[1]
WANTED = "HEALTH_LIVES"
TEST = "tests/matrix/test_lives.py"
TELL_EVERY_SECONDS = 30


def main() -> None:
    """Live, add up, print."""
    parser = argparse.ArgumentParser(description="Simulate days of many connections.")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--days", type=float, default=14)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", default="", help="folder that keeps what was lived")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(chosen.rows or passing)
        folder.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        code = _live(chosen, folder)
        if code == 0:
            print(_table(folder, chosen))
            print(f"\n{(time.monotonic() - started) / 60:.1f} minutes on {chosen.processes} processes")
    raise SystemExit(code)


def _live(chosen: argparse.Namespace, folder: Path) -> int:
    """Start the processes and tell how far they are; return how they ended."""
    wanted = {
        "connections": chosen.connections,
        "days": chosen.days,
        "seed": chosen.seed,
        "folder": str(folder.resolve()),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        TEST,
        "-q",
        "-n",
        str(chosen.processes),
        "--show-capture=no",
        "--tb=short",
    ]
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(
            command, env=os.environ | {WANTED: json.dumps(wanted)}, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
        )
        begun, already = time.monotonic(), len(list(folder.glob("*.json")))
        while running.poll() is None:
            time.sleep(1)
            if int(time.monotonic() - begun) % TELL_EVERY_SECONDS == 0:
                _tell(len(list(folder.glob("*.json"))), already, chosen.connections, time.monotonic() - begun)
        if running.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode()[-4000:])
    return int(running.returncode)


def _tell(done: int, already: int, wanted: int, seconds: float) -> None:
    left = seconds / (done - already) * (wanted - done) / 60 if done > already else None
    rest = f", about {left:.0f} minutes to go" if left is not None else ""
    print(f"{done} of {wanted} connections after {seconds / 60:.1f} minutes{rest}", flush=True)


def _table(folder: Path, chosen: argparse.Namespace) -> str:
    os.environ.update({"DATABASE_URL": "postgresql:///nobody", **TEST_ENVIRONMENT})
    django.setup()
    from tests.matrix.living import read_lives, table_of

    return table_of(read_lives(folder, seed=chosen.seed, days=chosen.days, connections=chosen.connections))


if __name__ == "__main__":
    main()
