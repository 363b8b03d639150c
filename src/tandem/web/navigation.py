"""Where a person may go from the frame of a page. An address that is missing is not shown."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.notices.selectors import count_open

# Name in base.html -> name of the address, and the permission that opens it.
IN_THE_ACCOUNT: Mapping[str, tuple[str, Permission]] = {
    "home": ("home", Permission.VIEW_SELF),
    "employees": ("employee-list", Permission.VIEW_EMPLOYEES),
    "search": ("employee-list", Permission.VIEW_EMPLOYEES),
    "xero": ("xero-connection", Permission.VIEW_INTEGRATION),
    "integrations": ("integrations", Permission.MANAGE_INTEGRATION),
    "account_settings": ("account-details", Permission.MANAGE_INTEGRATION),
    "users": ("user-list", Permission.MANAGE_USERS),
    "webhooks": ("webhook-list", Permission.MANAGE_USERS),
    "api_keys": ("api-key-list", Permission.MANAGE_USERS),
    "help": ("help-reconnect", Permission.VIEW_SELF),
    "mailbox": ("mailbox", Permission.MANAGE_USERS),
    "notices": ("notice-list", Permission.VIEW_INTEGRATION),
}
FOR_EVERYBODY: Mapping[str, str] = {
    "switch_account": "front",
    "security": "mfa_index",
    "password": "account_change_password",
    "sign_out": "account_logout",
}
# First word of an address's name -> the section that the frame marks as the current one.
SECTIONS: Mapping[str, str] = {
    "home": "home",
    "employee": "employees",
    "approval": "employees",
    "own": "employees",
    "bank": "employees",
    "candidate": "employees",
    "leave": "employees",
    "xero": "xero",
    "run": "xero",
    "conflict": "xero",
    "match": "xero",
    "gap": "xero",
    "handover": "xero",
    "support": "support",
    "notice": "notices",
}


ACCOUNT_DETAILS = frozenset({"account-details", "integration-settings", "integration-presets", "branch-list"})


def frame(request: HttpRequest) -> dict[str, object]:
    """Return who is signed in, the section they are in and the addresses that the frame of a page shows them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    name = request.resolver_match.url_name or "" if request.resolver_match else ""
    section, links = SECTIONS.get(name.partition("-")[0], ""), _links(request)
    return {
        "who": user.name or user.email,
        "links": links,
        "nav": section,
        "crumbs": _crumbs(name, section, links),
        # Asked for by the frame alone, so that a part of a page costs nothing.
        "count_notices": lambda: _count_notices(request),
    }


def _count_notices(request: HttpRequest) -> int:
    actor: Actor | None = getattr(request, "actor", None)
    return count_open(actor) if actor else 0


def _crumbs(name: str, section: str, links: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the way to a page that lies below a menu at the top, in the words of the menus."""
    if name in ACCOUNT_DETAILS:
        above, here = links.get("account_settings", ""), "Account Details"
        return [_crumb("Settings"), _crumb("Account Settings", above), _crumb(here)]
    if section == "xero" and "integrations" in links:
        own = "" if name == "xero-connection" else links.get("xero", "")
        return [_crumb("Actions"), _crumb("Integrations", links["integrations"]), _crumb("Xero", own)]
    return []


def _crumb(label: str, url: str = "") -> dict[str, str]:
    return {"label": label, "url": url}


def _links(request: HttpRequest) -> dict[str, str]:
    links = {name: reverse(address) for name, address in FOR_EVERYBODY.items()}
    actor: Actor | None = getattr(request, "actor", None)
    if actor:
        slug = request.account.slug  # type: ignore[attr-defined]  # set with the actor, by our middleware
        for name, (address, permission) in IN_THE_ACCOUNT.items():
            if actor.may(permission):
                links[name] = reverse(address, kwargs={"account": slug})
    if getattr(request.user, "is_support", False):
        links["support"] = reverse("support-room")
    if settings.TANDEM.demo:
        links["sandbox"] = settings.TANDEM.xero.authorise_origin + "/"
    return links
