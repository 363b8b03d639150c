"""Addresses of the REST API, below /api/."""

from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from tandem.api.problems import no_such_address
from tandem.api.v1.router import api

urlpatterns = [
    path("v1/", api.urls),
    re_path(r"^(?P<rest>.*)$", csrf_exempt(no_such_address), name="api-elsewhere"),
]
