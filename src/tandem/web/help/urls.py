"""Addresses of the help articles, below /a/<account>/."""

from django.urls import path

from tandem.web.help.views import reconnect

urlpatterns = [path("help/reconnect/", reconnect, name="help-reconnect")]
