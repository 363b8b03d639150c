"""Payroll AU 1.0: what no module of its own answers."""

from flask import Blueprint, Response

from tandem_sandbox.http import errors, resource

blueprint = Blueprint("payroll_au", __name__, url_prefix=resource.ROOT)
LATER = (
    "leaveapplications", "payslip", "timesheets",
)  # fmt: skip


@blueprint.route("/<resource_name>", methods=["GET", "POST"])
@blueprint.route("/<resource_name>/<path:rest>", methods=["GET", "POST"])
def elsewhere(resource_name: str, rest: str = "") -> Response:
    """Say honestly that Xero has this and the sandbox not yet, or that nobody has it."""
    del rest
    if resource_name in LATER:
        text = "The sandbox does not have this resource yet."
        return errors.answer(text, status=501, content_type=errors.TEXT)
    return resource.not_found()
