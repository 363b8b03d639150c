"""What a reader spends. Runs in the readers' own environment, where nothing of Tandem is installed."""

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

STATUSES = ("", 'Status=="TERMINATED"')
PAGE_SIZE = 100


@dataclass(frozen=True)
class Task:
    """Where to read, as whom, and the folder for what was read."""

    base_url: str
    token: str
    tenant_id: str
    folder: Path


@dataclass(frozen=True)
class Cost:
    """What reading took, once the program was loaded."""

    people: int
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


def task() -> Task:
    """Return what this process was started for."""
    base_url, token, tenant_id, folder = sys.argv[1:5]
    return Task(base_url, token, tenant_id, Path(folder))


class Meter:
    """Counts from when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()

    def read(self, *, people: int) -> Cost:
        """Return what was spent since."""
        return Cost(
            people=people,
            wall_seconds=time.perf_counter() - self._wall,
            cpu_seconds=_cpu_seconds() - self._cpu,
            peak_megabytes=max(_usage(resource.RUSAGE_SELF).ru_maxrss, _usage(resource.RUSAGE_CHILDREN).ru_maxrss)
            / 1024,
        )


def tell(cost: Cost, folder: Path) -> None:
    """Leave the cost where the benchmark looks for it."""
    (folder / "cost.json").write_text(json.dumps(asdict(cost)), encoding="utf-8")


def _cpu_seconds() -> float:
    return sum(_usage(who).ru_utime + _usage(who).ru_stime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _usage(who: int) -> resource.struct_rusage:
    return resource.getrusage(who)
