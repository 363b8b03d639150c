"""The root of the URL map."""

from django.urls import include, path

urlpatterns = [path("api/", include("tandem.api.urls")), path("", include("tandem.web.urls"))]
handler403 = "tandem.web.errors.forbidden"
handler404 = "tandem.web.errors.not_found"
handler500 = "tandem.web.errors.server_error"
