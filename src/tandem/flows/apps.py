"""Plugs what spans several rooms into the room that keeps the clock."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "tandem.flows"
    label = "flows"

    def ready(self) -> None:
        """Let the 00:15 job do what spans several rooms."""
        from tandem.flows.people import do_nightly_work
        from tandem.xero import facade

        facade.run_at_night(do_nightly_work)
