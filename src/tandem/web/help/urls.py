"""Addresses of the help articles, below /a/<account>/."""

from django.urls import path

from tandem.web.help import views

urlpatterns = [path("help/reconnect/", views.reconnect, name="help-reconnect")]
