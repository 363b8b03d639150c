"""Kill the worker as often as asked for: `python -m tests.crash.kill_nine --points 100`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

POINTS = "KILL_POINTS"
SEED = "KILL_SEED"


def main() -> None:
    """Run the test with as many points as asked for."""
    parser = argparse.ArgumentParser(description="Kill the worker at random points and judge from Xero's books.")
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    environment = os.environ | {POINTS: str(chosen.points), SEED: str(chosen.seed)}
    here = Path(__file__).resolve().parent
    command = [sys.executable, "-m", "pytest", str(here / "test_kill_nine.py"), "-q", "-s", "--show-capture=no"]
    raise SystemExit(subprocess.run(command, env=environment, cwd=here.parents[1], check=False).returncode)


if __name__ == "__main__":
    main()
