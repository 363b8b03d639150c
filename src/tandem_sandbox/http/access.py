"""What every API call must pass, in this order; the order itself is a guess, so no test may rest on it (9a item 10)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from flask import Response, current_app, request

from tandem_sandbox.faults import Fault
from tandem_sandbox.http import errors
from tandem_sandbox.limits import Standing
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world.idempotency import LONGEST_KEY, Answer, Remembered
from tandem_sandbox.world.state import (
    CONNECTING_ROLES,
    AccessToken,
    Grant,
    Organisation,
    User,
    World,
    run_time_id,
)

CONTEXT_KEY = "tandem_sandbox.context"


@dataclass
class Context:
    """What the gate found out about a request, and what its faults want of the handlers.

    `skew` moves this call's clock; `page_shift` moves its pages. A write that is to land `late` is only admitted
    and then kept; when it lands, `admitted` holds that admission and `at` the moment.
    """

    correlation_id: str
    tenant: str | None
    token: AccessToken | None
    grant: Grant | None
    left_behind: bool = False
    injected: Fault | None = None
    replayed: bool = False
    skew: timedelta = timedelta(0)
    page_shift: int = 0
    late: bool = False
    admitted: "Visit | None" = None
    arrived: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Visit:
    """A call that passed every check."""

    simulator: Simulator
    organisation: Organisation
    user: User
    grant: Grant
    token: AccessToken
    now: datetime

    @property
    def world(self) -> World:
        return self.simulator.world


Handler = Callable[[Visit], Response]


def simulator() -> Simulator:
    """Return the simulator of this application."""
    found = current_app.extensions["tandem_sandbox"]
    assert isinstance(found, Simulator)  # noqa: S101  tells the type checker
    return found


def context() -> Context:
    """Return what the gate found out about this request."""
    found = request.environ[CONTEXT_KEY]
    assert isinstance(found, Context)  # noqa: S101  tells the type checker
    return found


def moment() -> datetime:
    """Return the time of this call, as the simulated Xero's clock has it."""
    about = context()
    return about.at or simulator().clock.now() + about.skew


def identify(sim: Simulator) -> tuple[Grant, AccessToken] | Response:
    """Check the bearer token."""
    about = context()
    if about.token is None or about.grant is None:
        return errors.problem(sim.world, sim.switches, status=401, detail="AuthenticationUnsuccessful")
    if (about.arrived or moment()) >= about.token.expires_at:
        expired = f"{about.token.expires_at:%m/%d/%Y %H:%M:%S}"
        return errors.problem(sim.world, sim.switches, status=401, detail=f"TokenExpired: token expired at {expired}")
    if not about.grant.alive and sim.switches["dead_grant_access_token"] == "refused":  # noqa: S105  a switch
        return errors.problem(sim.world, sim.switches, status=401, detail="AuthenticationUnsuccessful")
    return about.grant, about.token


def tenant_call(scope: str, handler: Handler, *, payroll: bool) -> Response:
    """Check a call, count it, and hand it on."""
    sim, about = simulator(), context()
    with sim.world.lock:
        if about.admitted:
            return _once(about.admitted, handler)
        visit = _admit(sim, scope, payroll=payroll)
        if isinstance(visit, Response):
            return visit
        standing = sim.limits.charge(
            visit.grant.client_id,
            visit.organisation.id,
            now=visit.now,
            rejected_count=bool(sim.switches["rejected_calls_count"]),
            lowered_day=visit.organisation.day_limit,
        )
        if standing.problem:
            response = _too_many(sim, standing)
        elif visit.organisation.offline:
            response = errors.answer(errors.ORGANISATION_OFFLINE, status=503, content_type=errors.TEXT)
        elif about.late:
            about.admitted = visit
            response = errors.answer("", status=202)
        else:
            response = _once(visit, _injected(about.injected) if about.injected else handler)
        _limit_headers(sim, standing, response)
        return response


def _admit(sim: Simulator, scope: str, *, payroll: bool) -> Visit | Response:
    identified = identify(sim)
    if isinstance(identified, Response):
        return identified
    grant, token = identified
    world, forbidden = sim.world, "AuthenticationUnsuccessful"
    organisation = world.organisations.get(context().tenant or _only_tenant(world, grant))
    connection = organisation and world.connection_for(
        user_id=grant.user_id, client_id=grant.client_id, organisation_id=organisation.id
    )
    user = world.users[grant.user_id]
    if organisation is None or connection is None or not organisation.open_for_apps:
        return errors.problem(world, sim.switches, status=403, detail=forbidden)
    role = user.roles.get(organisation.id)
    if role is None or role.role not in CONNECTING_ROLES:
        return errors.problem(world, sim.switches, status=403, detail=forbidden)
    if not _has_scope(token, scope):
        return _scope_missing(sim, scope)
    if payroll and not role.payroll_admin:
        return errors.problem(
            world,
            sim.switches,
            status=int(sim.switches["payroll_permission_lost_status"] or 403),
            detail=str(sim.switches["payroll_permission_lost_detail"]),
        )
    if payroll and organisation.country != "AU":
        return _payroll_missing(sim, switch="payroll_of_another_country_status")
    if payroll and not organisation.payroll_ready:
        return _payroll_missing(sim, switch="payroll_not_set_up_status")
    return Visit(sim, organisation, user, grant, token, moment())


def _only_tenant(world: World, grant: Grant) -> str:
    """Return the organisation of a custom connection, whose calls may leave the tenant header out."""
    if not grant.is_custom:
        return ""
    return next(
        (item.organisation_id for item in world.connections.where("owner", (grant.user_id, grant.client_id))), ""
    )


def _has_scope(token: AccessToken, scope: str) -> bool:
    if scope in token.scopes:
        return True
    return request.method in ("GET", "HEAD") and f"{scope}.read" in token.scopes


def _scope_missing(sim: Simulator, scope: str) -> Response:
    response = errors.problem(sim.world, sim.switches, status=401, detail="AuthorizationUnsuccessful")
    response.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    return response


def _payroll_missing(sim: Simulator, *, switch: str) -> Response:
    status = int(sim.switches[switch] or 403)
    if status == 404:
        return errors.answer("The resource you're looking for cannot be found", status=404, content_type=errors.TEXT)
    return errors.problem(sim.world, sim.switches, status=status, detail="AuthenticationUnsuccessful")


def _too_many(sim: Simulator, standing: Standing) -> Response:
    body, content_type = {
        "text": ("Too many requests", errors.TEXT),
        "empty": ("", errors.TEXT),
        "html": ("<html><body><h1>429 Too Many Requests</h1></body></html>", errors.HTML),
    }[str(sim.switches["limit_body"])]
    response = errors.answer(body, status=429, content_type=content_type)
    response.headers["X-Rate-Limit-Problem"] = str(standing.problem)
    if standing.problem in ("minute", "day") or sim.switches["limit_retry_after_always"]:
        response.headers["Retry-After"] = str(max(1, standing.retry_after or 1))
    return response


def _limit_headers(sim: Simulator, standing: Standing, response: Response) -> None:
    for header, left, switch in (
        ("X-DayLimit-Remaining", standing.day, "omit_day_limit_header"),
        ("X-MinLimit-Remaining", standing.minute, "omit_minute_limit_header"),
        ("X-AppMinLimit-Remaining", standing.app_minute, "omit_app_minute_limit_header"),
    ):
        if left is not None and not sim.switches[switch]:
            response.headers[header] = str(left)


def _injected(fault: Fault) -> Handler:
    return lambda visit: errors.injected(visit.world, visit.simulator.switches, fault)


def _once(visit: Visit, handler: Handler) -> Response:
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method not in ("POST", "PUT", "PATCH"):
        return handler(visit)
    if not key or len(key) > LONGEST_KEY:
        return errors.exception(
            "ValidationException", f"The Idempotency-Key must be 1 to {LONGEST_KEY} characters long.", number=10
        )
    scope = (visit.grant.client_id, visit.organisation.id, key)
    fingerprint = sha256(
        b"\n".join((request.method.encode(), request.full_path.encode(), request.get_data(cache=True)))
    ).hexdigest()
    known = visit.simulator.keys.find(scope, now=visit.now)
    if known and known.fingerprint != fingerprint:
        return errors.exception(
            "ValidationException", "The Idempotency-Key was already used with a different request.", number=10
        )
    if known:
        context().replayed = True
        return errors.answer(known.answer.body, status=known.answer.status, content_type=known.answer.content_type)
    response = handler(visit)
    given = Answer(response.status_code, response.get_data(as_text=True), response.headers["Content-Type"])
    visit.simulator.keys.keep(scope, Remembered(fingerprint, visit.now, given))
    return response


def instance(visit: Visit) -> str:
    """Make the id that support would ask for."""
    return run_time_id(visit.world, "instance")


def malformed(visit: Visit) -> Response:
    """Answer a body of the right JSON and the wrong shape: Payroll AU answers 500 (xero.md 3.2), or by switch 400."""
    if visit.simulator.switches["malformed_status"] == 400:
        return errors.exception("Error", "Bad request", number=0)
    return errors.broken(instance(visit))
