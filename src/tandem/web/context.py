"""What every page is given besides its own values."""

from django.conf import settings
from django.http import HttpRequest

from tandem.web.navigation import frame


def page(request: HttpRequest) -> dict[str, object]:
    """Return the account, the actor, the frame and whether this is the demo; all optional, so that error pages render."""
    return {
        "account": getattr(request, "account", None),
        "actor": getattr(request, "actor", None),
        "demo": settings.TANDEM.demo,
        **frame(request),
    }
