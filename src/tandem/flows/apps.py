"""Plugs what spans several rooms into the room that keeps the clock."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "tandem.flows"
    label = "flows"

    def ready(self) -> None:
        """Let the 00:15 job end the access of leavers too."""
        from tandem.flows.people import complete_due_terminations
        from tandem.xero import facade

        facade.run_at_night(complete_due_terminations)
