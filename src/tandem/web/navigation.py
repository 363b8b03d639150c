"""Where a person may go from the frame of a page. An address that is missing is not shown."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission

# Name in base.html -> name of the address, and the permission that opens it.
IN_THE_ACCOUNT: Mapping[str, tuple[str, Permission]] = {
    "home": ("home", Permission.VIEW_SELF),
    "employees": ("employees", Permission.VIEW_EMPLOYEES),
    "search": ("employees", Permission.VIEW_EMPLOYEES),
    "xero": ("xero", Permission.VIEW_INTEGRATION),
    "integrations": ("integrations", Permission.MANAGE_INTEGRATION),
    "account_settings": ("account-details", Permission.MANAGE_INTEGRATION),
    "users": ("users", Permission.MANAGE_USERS),
    "help": ("help", Permission.VIEW_SELF),
}
FOR_EVERYBODY: Mapping[str, str] = {
    "switch_account": "front",
    "security": "mfa_index",
    "password": "account_change_password",
    "sign_out": "account_logout",
}


def frame(request: HttpRequest) -> dict[str, object]:
    """Return who is signed in and the addresses that the frame shows them; read only if the page draws the frame."""
    return {"who": SimpleLazyObject(lambda: _who(request)), "links": SimpleLazyObject(lambda: _links(request))}


def _who(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    return request.user.name or request.user.email


def _links(request: HttpRequest) -> dict[str, str]:
    if not request.user.is_authenticated:
        return {}
    links = {name: _address(address) for name, address in FOR_EVERYBODY.items()}
    actor: Actor | None = getattr(request, "actor", None)
    if actor:
        slug = request.account.slug  # type: ignore[attr-defined]  # set with the actor, by our middleware
        for name, (address, permission) in IN_THE_ACCOUNT.items():
            if actor.may(permission):
                links[name] = _address(address, account=slug)
    if request.user.is_support:
        links["support"] = _address("support-room")
    if settings.TANDEM.demo:
        links["mailbox"] = _address("mailbox")
        links["sandbox"] = settings.TANDEM.xero.authorise_origin + "/"
    return links


def _address(name: str, **parts: str) -> str:
    """Return an address, or nothing for a page that this installation does not have."""
    try:
        return reverse(name, kwargs=parts)
    except NoReverseMatch:
        return ""
