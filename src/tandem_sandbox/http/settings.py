"""Payroll AU 1.0: the payroll settings."""

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, tenant_call
from tandem_sandbox.world import tracking

blueprint = Blueprint("settings", __name__, url_prefix=resource.ROOT)


@blueprint.get("/settings")
def get_settings() -> Response:
    """Answer the payroll settings."""
    return tenant_call("payroll.settings", _settings, payroll=True)


def _settings(visit: Visit) -> Response:
    organisation = visit.organisation
    days: str | int = "364" if visit.simulator.switches["days_in_payroll_year"] == "text" else 364
    settings = {
        "Accounts": organisation.accounts,
        "TrackingCategories": tracking.payroll_categories(organisation),
        "DaysInPayrollYear": days,
        "EmployeesAreSTP2": organisation.stp2,
    }
    return envelope.single(visit, "Settings", settings)
