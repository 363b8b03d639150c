"""What Accounting says of an organisation, its users and its currency (xero.md 2.4, 4.2)."""

from typing import Any

from tandem_sandbox.world.state import Organisation, User, World
from tandem_sandbox.world.super_funds import SAMPLE_ABN
from tandem_sandbox.world.switches import Switches
from tandem_sandbox.world.wire import ms_envelope

CURRENCY_NAMES = {"AUD": "Australian Dollar", "NZD": "New Zealand Dollar"}
ACTIONS = (
    "CreateApprovedInvoice", "CreateDraftInvoice", "CreateRepeatingInvoice", "CreateInvoicePayment",
    "CreateApprovedBill", "CreateDraftBill", "CreateRepeatingBill", "CreateApprovedPurchaseOrder",
    "CreateDraftPurchaseOrder", "CreateSentQuote", "CreateDraftQuote", "AttachFilesIntoInvoice", "UseMulticurrency",
)  # fmt: skip
BY_COUNTRY: dict[str, dict[str, Any]] = {
    "AU": {
        "BaseCurrency": "AUD",
        "RegistrationNumber": SAMPLE_ABN,
        "FinancialYearEndDay": 30,
        "FinancialYearEndMonth": 6,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY1",
    },
    "NZ": {
        "BaseCurrency": "NZD",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "PAYMENTS",
        "SalesTaxPeriod": "TWOMONTHS",
    },
}
PLACES = {
    "AU": {"City": "Newcastle", "Region": "NSW", "PostalCode": "2300", "Country": "Australia"},
    "NZ": {"City": "Napier", "PostalCode": "4110", "Country": "New Zealand"},
}


def described(org: Organisation) -> dict[str, Any]:
    """Return an organisation as Accounting writes it."""
    return {
        "Name": org.name,
        "LegalName": org.name,
        "PaysTax": True,
        "Version": org.country,
        "CountryCode": org.country,
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        **BY_COUNTRY[org.country],
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "IsDemoCompany": org.is_demo,
        "OrganisationStatus": "ACTIVE",
        "CreatedDateUTC": ms_envelope(org.created_at),
        "Timezone": org.timezone,
        "ShortCode": org.short_code,
        "OrganisationID": org.id,
        "Edition": "BUSINESS",
        "Class": "DEMO" if org.is_demo else "PREMIUM",
        **_ways_to_reach(org),
    }


def _ways_to_reach(org: Organisation) -> dict[str, Any]:
    street = {"AddressType": "STREET", "AddressLine1": "1 Harbour Lane", **PLACES[org.country], "AttentionTo": ""}
    return {
        "LineOfBusiness": "Retail trade",
        "Addresses": [street],
        "Phones": [{"PhoneType": "OFFICE", "PhoneNumber": "55500000", "PhoneAreaCode": "02", "PhoneCountryCode": ""}],
        "ExternalLinks": [{"LinkType": "Website", "Url": "https://www.example.com/"}],
        "PaymentTerms": {"Bills": {"Day": 14, "Type": "DAYSAFTERBILLDATE"}},
    }


def users(world: World, org: Organisation, *, switches: Switches) -> list[dict[str, Any]]:
    """List the users as Accounting writes them, `UpdatedDateUTC` an ISO moment; payroll access is not among it."""
    present = [_user(user, user.roles[org.id].role, switches) for user in world.users.values() if org.id in user.roles]
    if not switches["removed_users_listed"]:
        return present
    gone = {undo.user_id for undo in world.undo if undo.kind == "role" and undo.organisation_id == org.id}
    removed = [user for user in world.users.values() if user.id in gone and org.id not in user.roles]
    return present + [_user(user, "REMOVED", switches) for user in removed]


def _user(user: User, role: str, switches: Switches) -> dict[str, Any]:
    hidden = switches["organisation_role"] == "unknown" and role != "REMOVED"
    return {
        "UserID": user.id,
        "EmailAddress": user.email,
        "FirstName": user.first_name,
        "LastName": user.last_name,
        "UpdatedDateUTC": user.updated_at.isoformat(),
        "IsSubscriber": False,
        "OrganisationRole": "UNKNOWN" if hidden else role,
    }


def currencies(org: Organisation) -> list[dict[str, Any]]:
    """List the currencies of an organisation: its own."""
    code = str(BY_COUNTRY[org.country]["BaseCurrency"])
    return [{"Code": code, "Description": CURRENCY_NAMES[code]}]
