"""Play many seeds: python -m tests.simulation --seeds 1000 --from 0 --processes 2 --rows FOLDER.

With --rows a seed that was played already is not played again, so that the whole can be broken off and taken up. A seed
that breaks a promise is told with the end of its trace; `--seeds 1 --from N` plays it again exactly. With --break NAME the
product is broken on purpose, to see which seed finds it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WANTED = "SIMULATION_SEEDS"
TEST = "tests/simulation/test_simulation.py"
COUNTED = ("steps", "calls", "writes", "entered", "crashes", "takeovers", "seconds")


def main() -> None:
    """Play what is missing, add up, print; end with 1 where a promise broke."""
    parser = argparse.ArgumentParser(description="Play seeds of the simulation.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", default="", help="folder that keeps what was played")
    parser.add_argument("--trace", action="store_true", help="print the whole trace of every seed")
    parser.add_argument("--break", default="", dest="mutation", help="break the product in this way first")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(chosen.rows or passing)
        folder.mkdir(parents=True, exist_ok=True)
        said = _play(chosen, folder)
        rows = [_read(folder, seed) for seed in range(chosen.first, chosen.first + chosen.seeds)]
    played = [row for row in rows if row]
    _tell(played, with_traces=chosen.trace)
    if len(played) < chosen.seeds:
        sys.stdout.write(f"{said[-4000:]}\n{chosen.seeds - len(played)} of {chosen.seeds} seeds were not played.\n")
    raise SystemExit(int(len(played) < chosen.seeds or any(row["broken"] for row in played)))


def _play(chosen: argparse.Namespace, folder: Path) -> str:
    """Play the seeds that the folder lacks; return what the test run said."""
    wish = {
        "from": chosen.first,
        "seeds": chosen.seeds,
        "folder": str(folder.resolve()),
        "trace": chosen.trace,
        "break": chosen.mutation,
    }
    command = [sys.executable, "-m", "pytest", TEST, "-q", "--show-capture=no", "--tb=line"]
    command += ["-n", str(chosen.processes)] if chosen.processes > 1 and chosen.seeds > 1 else []
    done = subprocess.run(
        command,
        env=os.environ | {WANTED: json.dumps(wish)},
        cwd=ROOT,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout


def _read(folder: Path, seed: int) -> dict[str, Any] | None:
    path = folder / f"{seed}.json"
    found: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return found


def _tell(rows: list[dict[str, Any]], *, with_traces: bool) -> None:
    for row in rows:
        if row["broken"] or with_traces:
            lines = row["trace"] if with_traces else row["trace"][-40:]
            sys.stdout.write("\n".join([f"\nseed {row['seed']} ({row['digest']})", *lines, ""]))
    broken = [row["seed"] for row in rows if row["broken"]]
    totals = ", ".join(f"{round(sum(row[name] for row in rows)):,} {name}" for name in COUNTED)
    sys.stdout.write(f"\n{len(rows):,} seeds: {totals}\nseeds that broke a promise: {broken or 'none'}\n")


if __name__ == "__main__":
    main()
