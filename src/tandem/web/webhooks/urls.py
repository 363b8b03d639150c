"""Addresses of webhooks, below /a/<account>/."""

from django.urls import path

from tandem.web.webhooks import views

urlpatterns = [
    path("webhooks/", views.webhook_list, name="webhook-list"),
    path("webhooks/new/", views.webhook_new, name="webhook-new"),
    path("webhooks/<uuid:endpoint_id>/", views.webhook_detail, name="webhook-detail"),
    path("webhooks/<uuid:endpoint_id>/test/", views.webhook_test, name="webhook-test"),
    path("webhooks/<uuid:endpoint_id>/on/", views.webhook_on, name="webhook-on"),
    path("webhooks/<uuid:endpoint_id>/off/", views.webhook_off, name="webhook-off"),
    path("webhooks/<uuid:endpoint_id>/remove/", views.webhook_remove, name="webhook-remove"),
    path("webhooks/<uuid:endpoint_id>/<uuid:delivery_id>/replay/", views.webhook_replay, name="webhook-replay"),
]
