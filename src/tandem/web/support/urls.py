"""Addresses of the vendor's support room."""

from django.urls import path

from tandem.web.support import outreach, views

urlpatterns = [
    path("support/", views.support_room, name="support-room"),
    path("support/letters/", outreach.support_outreach, name="support-outreach"),
    path("support/letters/new/", outreach.support_outreach_new, name="support-outreach-new"),
    path("support/letters/<uuid:batch_id>/", outreach.support_outreach_batch, name="support-outreach-batch"),
    path("support/<uuid:account_id>/", views.support_account, name="support-account"),
    path("support/<uuid:account_id>/bundle/", views.support_bundle, name="support-bundle"),
]
