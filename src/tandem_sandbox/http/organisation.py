"""The little of Accounting 2.0 that a payroll connector asks: Organisation, Users, TrackingCategories."""

from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope
from tandem_sandbox.http.access import Visit, tenant_call
from tandem_sandbox.world import wire
from tandem_sandbox.world.state import derive_id
from tandem_sandbox.world.super_funds import SAMPLE_ABN

blueprint = Blueprint("accounting", __name__, url_prefix="/api.xro/2.0")

COUNTRIES: dict[str, dict[str, Any]] = {
    "AU": {
        "Version": "AU",
        "CountryCode": "AU",
        "BaseCurrency": "AUD",
        "RegistrationNumber": SAMPLE_ABN,
        "FinancialYearEndDay": 30,
        "FinancialYearEndMonth": 6,
        "SalesTaxPeriod": "QUARTERLY1",
    },
    "NZ": {
        "Version": "NZ",
        "CountryCode": "NZ",
        "BaseCurrency": "NZD",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxPeriod": "TWOMONTHS",
    },
}


@blueprint.get("/organisation")
@blueprint.get("/organisations")
def get_organisation() -> Response:
    """Answer the organisation of the tenant header."""
    return tenant_call("accounting.settings", _organisation, payroll=False)


@blueprint.get("/users")
def list_users() -> Response:
    """Answer the organisation's users; the payroll administrator flag is not among it (xero.md 2.4)."""
    return tenant_call("accounting.settings", _users, payroll=False)


@blueprint.get("/trackingcategories")
def list_tracking_categories() -> Response:
    """Answer the tracking categories; the employee groups are options of one of them."""
    return tenant_call("accounting.settings", _tracking, payroll=False)


def _organisation(visit: Visit) -> Response:
    org = visit.organisation
    record: dict[str, Any] = {
        "Name": org.name,
        "LegalName": org.name,
        "PaysTax": True,
        "OrganisationType": "COMPANY",
        **COUNTRIES[org.country],
        "IsDemoCompany": org.is_demo,
        "OrganisationStatus": "ACTIVE",
        "SalesTaxBasis": "ACCRUALS",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": wire.ms_envelope(org.created_at),
        "OrganisationEntityType": "COMPANY",
        "Timezone": org.timezone,
        "ShortCode": org.short_code,
        "OrganisationID": org.id,
        "Edition": "BUSINESS",
        "Class": "DEMO" if org.is_demo else "PREMIUM",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
    return envelope.collection(visit, "Organisations", [wire.dumps(record)])


def _users(visit: Visit) -> Response:
    written = [
        wire.dumps(
            {
                "UserID": user.id,
                "EmailAddress": user.email,
                "FirstName": user.first_name,
                "LastName": user.last_name,
                "UpdatedDateUTC": wire.ms_moment(user.updated_at),
                "IsSubscriber": False,
                "OrganisationRole": user.roles[visit.organisation.id].role,
            }
        )
        for user in visit.world.users.values()
        if visit.organisation.id in user.roles
    ]
    return envelope.collection(visit, "Users", written)


def _tracking(visit: Visit) -> Response:
    org, world = visit.organisation, visit.world
    options = [
        {
            "TrackingOptionID": derive_id(world.seed, org.id, "option", name),
            "Name": name,
            "Status": "ACTIVE",
        }
        for name in org.groups
    ]
    category = {
        "Name": "Team",
        "Status": "ACTIVE",
        "TrackingCategoryID": derive_id(world.seed, org.id, "EmployeeGroups"),
        "Options": options,
    }
    return envelope.collection(visit, "TrackingCategories", [wire.dumps(category)])
