"""What every seed begins from: two customers, each connected to an organisation of its own, and everybody imported.

Laid once in a test process, by the real product; each seed is put on it anew, database and simulator both.
"""

import pickle
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx2
from django.conf import settings
from tests.simulation.chance import repeatable

from tandem.config.installation import Installation
from tandem.kernel import clock
from tandem.testing.cast import Cast, Player, assemble
from tandem.testing.scenes import Rows, Storage
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, SESSION_KEY, TakesTime, at_xero
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.schedule import actions
from tandem_sandbox.testing import Sandbox

BEGINS = datetime(2026, 11, 23, 1, tzinfo=UTC)
PEOPLE = 3
#: With two calls at once a run has one place, so that nothing is read in threads (tandem.xero.sync.fanout).
AT_ONCE = 2
SLOWEST = 20


@dataclass(frozen=True)
class Ground:
    """Everything as it lies before anything happens."""

    rows: Rows
    xero: bytes
    cast: bytes
    at: datetime


def installation() -> Installation:
    """Return how the product is set up while it is simulated."""
    given: Installation = settings.TANDEM
    return replace(given, xero=replace(given.xero, calls_in_flight=AT_ONCE, read_timeout_seconds=SLOWEST))


def simulator() -> Sandbox:
    """Return a simulated Xero on the product's clock; when it is slow, time passes for both."""
    return Sandbox(employees=PEOPLE, clock=clock.now, sleep=clock.sleep)


def lay(storage: Storage) -> Ground:
    """Make the ground and leave the database as empty as it was."""
    right = settings.TANDEM
    with repeatable("ground"), clock.frozen_at(BEGINS) as stopped:
        settings.TANDEM = installation()
        sandbox = simulator()
        try:
            with transport.through(TakesTime(httpx2.WSGITransport(app=sandbox.app))):
                cast = assemble()
                for player, user, organisation in ((cast.alice, ROSA, BAKERY), (cast.charlie, AMIR, BOOKS)):
                    consent(sandbox, player, user=user, organisation=organisation, purpose=ConsentPurpose.CONNECT)
                    _import_everybody(player)
                stopped.advance(minutes=5)
                actions.run_due()
        finally:
            settings.TANDEM = right
        rows = storage.read()
        storage.write({}, over=rows)
        return Ground(rows, sandbox.snapshot(), pickle.dumps(cast), clock.now())


def consent(sandbox: Sandbox, player: Player, *, user: str, organisation: str, purpose: ConsentPurpose) -> bool:
    """Go through a consent as a person does; say whether it came to something."""
    address = facade.start_consent(player.actor, purpose=purpose, session_key=SESSION_KEY)
    params = at_xero(sandbox, address, user=user, organisations=[organisation])
    return facade.finish_consent(session_key=SESSION_KEY, user_id=player.user.id, params=params).is_success


def _import_everybody(player: Player) -> None:
    run_id = facade.preview_run(player.actor, kind=facade.RunKind.IMPORT, reach=facade.Reach.EVERYTHING)
    actions.run_due()
    facade.approve_run(player.actor, run_id)
    actions.run_due()


def put_down(ground: Ground, storage: Storage) -> tuple[Cast, Sandbox]:
    """Put the ground into an empty database, and a simulator on it; the clock must stand at its time."""
    storage.write(ground.rows, over={})
    sandbox = simulator()
    sandbox.put_back(ground.xero)
    cast: Cast = pickle.loads(ground.cast)
    return cast, sandbox
