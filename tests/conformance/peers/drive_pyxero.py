"""Runs among the peers: pyxero signs in, reads and saves what it knows of payroll and settings, and refreshes. Prints JSON.

Arguments: the simulator's address, the client id, the secret, the callback.
"""

import json
import sys
from datetime import date
from typing import Any

import requests
from redirect import redirect  # type: ignore[import-not-found]  # a neighbour of this script
from xero import Xero
from xero.auth import OAuth2Credentials
from xero.exceptions import XeroException

SCOPES = [
    *("openid", "profile", "email", "offline_access", "accounting.settings", "payroll.employees"),
    *("payroll.settings.read", "payroll.payruns.read", "payroll.payslip.read", "payroll.timesheets.read"),
]
HOME = {"AddressLine1": "1 Mill Road", "City": "Hobart", "Region": "TAS", "PostalCode": "7000"}
NIA = {"FirstName": "Nia", "LastName": "Okoro", "DateOfBirth": date(1991, 2, 3), "HomeAddress": HOME}
LISTS = ("employees", "superfunds", "payitems", "payruns", "payrollcalendars", "leaveapplications", "timesheets")


def signed_in(simulator: str, client_id: str, secret: str, callback: str) -> OAuth2Credentials:
    """Go to the address that pyxero makes, allow, and let it read the address of the callback."""
    credentials = OAuth2Credentials(client_id, secret, callback_uri=callback, scope=SCOPES)
    asked = {"authorize_url": credentials.generate_url(), "user": "rosa.byrne@example.com"}
    answer = requests.post(f"{simulator}/_sandbox/consent", json=asked, timeout=30)
    credentials.verify(answer.json()["redirect_to"])
    credentials.set_default_tenant()
    return credentials


def counted(read: Any) -> object:
    """Return how many records came, or the name of the refusal."""
    try:
        return len(read())
    except XeroException as error:
        return type(error).__name__


def saved(xero: Any) -> dict[str, object]:
    """Save an employee, archive one tracking category, and put another in its place."""
    (nia,) = xero.payrollAPI.employees.save(NIA)
    location = xero.trackingcategories.all()[1]["TrackingCategoryID"]
    (archived,) = xero.trackingcategories.save({"TrackingCategoryID": location, "Status": "ARCHIVED"})
    (project,) = xero.trackingcategories.put({"Name": "Project"})
    return {
        "saved": f"{nia['FirstName']}, born {nia['DateOfBirth']:%Y-%m-%d}, of {nia['HomeAddress']['City']}",
        "archived": archived["Status"],
        "put": project["Name"],
    }


def main(simulator: str, client_id: str, secret: str, callback: str) -> dict[str, object]:
    """Drive pyxero and return what came of it."""
    redirect(simulator)
    credentials = signed_in(simulator, client_id, secret, callback)
    xero = Xero(credentials)
    settings = {name: counted(getattr(xero, name).all) for name in ("organisations", "users", "trackingcategories")}
    payroll = {name: counted(getattr(xero.payrollAPI, name).all) for name in LISTS}
    (rosa,) = xero.payrollAPI.employees.filter(FirstName="Rosa")
    (full,) = xero.payrollAPI.employees.get(rosa["EmployeeID"])
    before = credentials.token["refresh_token"]
    credentials.refresh()
    return {
        **settings,
        **payroll,
        "born": f"{full['DateOfBirth']:%Y-%m-%d}",
        "accounts": len(full["BankAccounts"]),
        **saved(xero),
        "refreshed": credentials.token["refresh_token"] != before,
        "employees afterwards": counted(Xero(credentials).payrollAPI.employees.all),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201  read by the test
