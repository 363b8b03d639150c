"""Put the simulator together as one WSGI application."""

import copy
import functools
import secrets
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from tandem_sandbox import control, control_faults, control_limits, control_log, simulator
from tandem_sandbox.http import (
    calendars,
    connections,
    employees,
    identity,
    leave,
    organisation,
    pay_items,
    pay_runs,
    settings,
    super_funds,
    timesheets,
    timesheets_v2,
    tracking,
    unanswered,
)
from tandem_sandbox.http.gate import Gate
from tandem_sandbox.store import StateFile
from tandem_sandbox.ui import (
    fault_pages,
    forms,
    leave_pages,
    log_pages,
    pages,
    pay_run_pages,
    people_pages,
    record_pages,
    user_pages,
    workshop_pages,
)
from tandem_sandbox.world.clock import Clock
from tandem_sandbox.world.seed import Extent

LARGEST_BODY = 5_000_000
IDENTITY = (identity, connections)
PAYROLL = (
    employees,
    calendars,
    leave,
    pay_items,
    pay_runs,
    settings,
    super_funds,
    timesheets,
    timesheets_v2,
    organisation,
    tracking,
)
CONTROL = (control, control_faults, control_limits, control_log)
OWN = (
    pages,
    user_pages,
    people_pages,
    record_pages,
    leave_pages,
    pay_run_pages,
    fault_pages,
    log_pages,
    workshop_pages,
)


def create_app(
    *,
    seed: int = 1,
    employees: int = 60,
    orgs: int = 2,
    clock: Clock | Callable[[], datetime] | None = None,
    sleep: Callable[[float], None] | None = None,
    redirect_uris: tuple[str, ...] = (),
    state_file: StateFile | None = None,
) -> Flask:
    """Make a simulator. `clock` is a Clock or a function that tells the time; `sleep` is what slowness calls."""
    sim = simulator.start(
        Extent(seed=seed, employees=employees, orgs=orgs),
        clock=clock if clock is None or isinstance(clock, Clock) else Clock(clock),
        sleep=sleep,
        redirect_uris=redirect_uris,
        state_file=state_file,
    )
    app = copy.copy(_routed())
    app.config = copy.copy(app.config)
    app.secret_key = secrets.token_bytes(32)
    app.extensions = {**app.extensions, "tandem_sandbox": sim}
    app.wsgi_app = Gate(app.wsgi_app, sim)  # type: ignore[method-assign] # the documented way to add middleware
    return app


@functools.cache
def _routed() -> Flask:
    """Make the application that every simulator of this process is a copy of: compiling the routes is what takes time."""
    app = Flask("tandem_sandbox", template_folder="ui/templates", static_folder="ui/static", static_url_path="/static")
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SESSION_COOKIE_NAME="tandem_sandbox_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        PROPAGATE_EXCEPTIONS=True,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    for module in (*IDENTITY, *PAYROLL, *CONTROL, *OWN):
        app.register_blueprint(module.blueprint)
    forms.register(app)
    unanswered.register(app)
    return app
