from django.apps import AppConfig


class XeroConfig(AppConfig):
    name = "tandem.xero"
    label = "xero"
