"""The URL map. What belongs to a customer lives below /a/<account>/, so the account is always in the address."""

from django.urls import include, path

from tandem.web import entry, styleguide
from tandem.web.xero import guest
from tandem.web.xero.consent import xero_callback

account_patterns = [
    path("", include("tandem.web.home.urls")),
    path("", include("tandem.web.people.urls")),
    path("", include("tandem.web.access.urls")),
    path("", include("tandem.web.xero.urls")),
    path("", include("tandem.web.help.urls")),
    path("", include("tandem.web.mailbox.urls")),
    path("", include("tandem.web.notices.urls")),
    path("", include("tandem.web.webhooks.urls")),
]

urlpatterns = [
    path("", entry.front, name="front"),
    path("healthz", entry.healthz, name="healthz"),
    path("style-guide", styleguide.styleguide, name="style-guide"),
    path("sign-in/", include("allauth.account.urls")),
    path("sign-in/second-factor/", include("allauth.mfa.urls")),
    path("", include("tandem.web.support.urls")),
    path("xero/callback", xero_callback, name="xero-callback"),
    path("xero/guest/", guest.guest_page, name="guest-page"),
    path("xero/guest/<str:token>/", guest.guest_open, name="guest-open"),
    path("a/<slug:account>/", include(account_patterns)),
]
