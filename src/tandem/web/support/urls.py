"""Addresses of the vendor's support room."""

from django.urls import path

from tandem.web.support import views

urlpatterns = [
    path("support/", views.support_room, name="support-room"),
    path("support/<uuid:account_id>/", views.support_account, name="support-account"),
    path("support/<uuid:account_id>/send-way-out/", views.support_send_way_out, name="support-send-way-out"),
]
