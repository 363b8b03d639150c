"""Which organisations a user connected to an app (xero.md 2.4)."""

from flask import Blueprint, Response, request

from tandem_sandbox.http import errors
from tandem_sandbox.http.access import context, identify, simulator
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world import grants, wire
from tandem_sandbox.world.state import Connection

blueprint = Blueprint("connections", __name__)


@blueprint.get("/connections")
def list_connections() -> Response:
    """List the connections of the token's user to the token's app, earlier consents included."""
    sim = simulator()
    with sim.world.lock:
        identified = identify(sim)
        if isinstance(identified, Response):
            return identified
        grant, _ = identified
        found = grants.visible_connections(
            sim.world,
            user_id=grant.user_id,
            client_id=grant.client_id,
            auth_event_id=request.args.get("authEventId"),
            switches=sim.switches,
        )
        return errors.answer(wire.dumps([_shown(sim, connection) for connection in found]), status=200)


@blueprint.delete("/connections/<connection_id>")
def delete_connection(connection_id: str) -> Response:
    """Drop one connection, if it is the token's own."""
    sim = simulator()
    with sim.world.lock:
        identified = identify(sim)
        if isinstance(identified, Response):
            return identified
        grant, _ = identified
        connection = sim.world.connections.get(connection_id)
        if connection is None or (connection.user_id, connection.client_id) != (grant.user_id, grant.client_id):
            return errors.answer("", status=404, content_type=errors.TEXT)
        if context().left_behind:
            connection.left_behind = True
        else:
            del sim.world.connections[connection.id]
        sim.world.touch()
    response = Response(status=204)
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(sim: Simulator, connection: Connection) -> dict[str, str]:
    shown = {
        "id": connection.id,
        "authEventId": connection.auth_event_id,
        "tenantId": connection.organisation_id,
        "tenantType": "ORGANISATION",
        "tenantName": sim.world.organisations[connection.organisation_id].name,
        "createdDateUtc": wire.seven_decimals(connection.created_at),
        "updatedDateUtc": wire.seven_decimals(connection.updated_at),
    }
    if sim.switches["connections_omit_auth_event_id"]:
        del shown["authEventId"]
    if sim.switches["connections_omit_tenant_name"]:
        del shown["tenantName"]
    return shown
