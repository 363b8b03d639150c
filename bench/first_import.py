"""Play first imports over hours and days, and two-way runs after them: python -m bench.first_import.

In process, under a virtual clock, with a real database and the simulated Xero under Xero's limits, checks going on beside
it. Prints the tables of docs/benchmarks.md. The sizes are people:calls-a-day.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WANTED = "FIRST_IMPORTS"
TEST = "tests/imports/test_first_imports.py"
SIZES = ["300:1000", "1000:5000", "3000:1000"]


def main() -> None:
    """Play, and print what it took."""
    parser = argparse.ArgumentParser(description="Play first imports under Xero's limits, in virtual time.")
    parser.add_argument("sizes", nargs="*", default=SIZES, help="people:calls-a-day")
    chosen = parser.parse_args()
    sizes = [[int(number) for number in size.split(":")] for size in chosen.sizes]
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        wanted = os.environ | {WANTED: json.dumps({"sizes": sizes, "folder": folder})}
        command = [sys.executable, "-m", "pytest", TEST, "-q", "-p", "no:xdist", "--show-capture=no", "--tb=short"]
        done = subprocess.run(command, env=wanted, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stdout[-4000:] + done.stderr[-2000:])
        else:
            print(_tables(Path(folder), sizes))
            print(f"\n{(time.monotonic() - started) / 60:.1f} minutes on one process")
    raise SystemExit(done.returncode)


def _tables(folder: Path, sizes: list[list[int]]) -> str:
    from tandem.testing.plugin import TEST_ENVIRONMENT

    os.environ.update({"DATABASE_URL": "postgresql:///nobody", **TEST_ENVIRONMENT})
    import django

    django.setup()
    from tests.imports.playing import IDLE_TABLE, TABLE, Imported, TwoWay

    found = [json.loads((folder / f"{people}-{a_day}.json").read_text()) for people, a_day in sizes]
    imports = [Imported(**one["imported"]).row for one in found]
    runs = [TwoWay(**run).row for one in found for run in one["runs"]]
    return "\n".join([TABLE, _line(TABLE), *imports, "", IDLE_TABLE, _line(IDLE_TABLE), *runs])


def _line(table: str) -> str:
    return "| --- " * (table.count("|") - 1) + "|"


if __name__ == "__main__":
    main()
