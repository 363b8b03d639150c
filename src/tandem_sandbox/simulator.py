"""One running simulator: the world, its clock, faults, limits, switches and log, tied together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tandem_sandbox.faults import Faults
from tandem_sandbox.journal import RequestLog
from tandem_sandbox.late import LateWrites
from tandem_sandbox.limits import Limits
from tandem_sandbox.signing import Signatory, process_key
from tandem_sandbox.store import StateFile
from tandem_sandbox.world import seed
from tandem_sandbox.world.clock import Clock
from tandem_sandbox.world.idempotency import KeyMemory
from tandem_sandbox.world.state import World
from tandem_sandbox.world.switches import Switches


@dataclass
class Simulator:
    """What every request handler works on."""

    world: World
    clock: Clock
    sleep: Callable[[float], None]
    signatory: Signatory
    state_file: StateFile | None = None
    faults: Faults = field(default_factory=lambda: Faults(1))
    limits: Limits = field(default_factory=Limits)
    log: RequestLog = field(default_factory=RequestLog)
    switches: Switches = field(default_factory=Switches)
    keys: KeyMemory = field(default_factory=KeyMemory)
    late: LateWrites = field(default_factory=LateWrites)

    def reset(self, extent: seed.Extent) -> None:
        """Start a fresh world; registered apps stay, tokens of the old world stay dead."""
        with self.world.lock:
            old = self.world
            fresh = seed.build_world(extent, generation=old.generation + 1)
            fresh.apps = old.apps
            fresh.changes = old.changes + 1
            self.world = fresh
        self.faults.clear()
        self.limits.reset()
        self.switches.reset()
        self.keys.clear()
        self.late.clear()
        self.log.clear()
        self.clock.reset()

    def save(self) -> None:
        """Write the state file if there is one and something changed."""
        if self.state_file:
            self.state_file.save(self.world, self.clock)


def start(
    extent: seed.Extent,
    *,
    clock: Clock | None = None,
    sleep: Callable[[float], None] | None = None,
    redirect_uris: tuple[str, ...] = (),
    state_file: StateFile | None = None,
) -> Simulator:
    """Make a simulator, from its state file where there is one."""
    clock = clock or Clock()
    kept = state_file.load(clock) if state_file else None
    world = kept.world if kept else seed.build_world(extent, redirect_uris=redirect_uris)
    for app in world.apps.values():
        app.redirect_uris.extend(uri for uri in redirect_uris if uri not in app.redirect_uris)
    keys = kept.keys if kept else [process_key()]
    if state_file:
        state_file.keys = keys
    return Simulator(
        world=world,
        clock=clock,
        sleep=sleep or time.sleep,
        signatory=Signatory(keys),
        state_file=state_file,
        faults=Faults(extent.seed),
    )
