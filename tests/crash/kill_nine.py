"""Kill the worker as often as asked for: `python -m tests.crash.kill_nine --points 300 --rows FOLDER`.

In trials of a few kills, each with a world and a database of its own. With --rows a trial that ended is not made again,
so that the whole can be broken off.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

POINTS = "KILL_POINTS"
SEED = "KILL_SEED"
ROW = "KILL_ROW"
ROOT = Path(__file__).resolve().parents[2]
TEST = "tests/crash/test_kill_nine.py"


def main() -> None:
    """Make the trials that are missing, and add all of them up."""
    parser = argparse.ArgumentParser(description="Kill the worker at random points and judge from Xero's books.")
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=25, help="kills in one trial")
    parser.add_argument("--rows", default="", help="folder that keeps what came of the trials")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(chosen.rows or passing)
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            _trial(folder, seed=chosen.seed, first=first, points=min(chosen.each, chosen.points - first))
            for first in range(0, chosen.points, chosen.each)
        ]
    print(_sum(rows))  # noqa: T201  the figure that the command is for
    raise SystemExit(int(any(row["lost"] or row["doubled"] for row in rows)))


def _trial(folder: Path, *, seed: int, first: int, points: int) -> dict[str, Any]:
    """Make one trial, unless it was made before; return what came of it."""
    row = folder.resolve() / f"{seed}-{first}-{points}.json"
    if not row.exists():
        wanted = {POINTS: str(points), SEED: str(seed * 100_000 + first), ROW: str(row)}
        command = [sys.executable, "-m", "pytest", TEST, "-q", "-s", "--show-capture=no"]
        code = subprocess.run(command, env=os.environ | wanted, cwd=ROOT, check=False).returncode
        if not row.exists():
            raise SystemExit(code or 1)
    found: dict[str, Any] = json.loads(row.read_text(encoding="utf-8"))
    return found


def _sum(rows: list[dict[str, Any]]) -> str:
    def total(name: str) -> int:
        return round(sum(len(row[name]) if isinstance(row[name], list) else row[name] for row in rows))

    return (
        f"{total('points')} kills ({total('killed_at_work')} while at work, {total('killed_inside_a_call')} inside an open "
        f"call) in {len(rows)} trials and {total('seconds')} s, {total('asked')} asked about: {total('lost')} lost, {total('doubled')} doubled"
    )


if __name__ == "__main__":
    main()
