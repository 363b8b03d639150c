"""What was chosen for imports and exports, in versions, and the way back to before a disconnect."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema

from tandem.api.auth import actor_of
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.xero import facade

router = Router(tags=["settings"])


class SettingsOut(Schema):
    """The choices in force, their version, and the names of those that were others before the last disconnect."""

    version: int
    chosen: dict[str, bool | int | str | dict[str, str]]
    differ_from_before: list[str]

    @classmethod
    def of(cls, actor: Actor) -> "SettingsOut":
        """Read them for an actor."""
        actor.require(Permission.VIEW_INTEGRATION)
        record = facade.get_preferences(actor)
        differences = facade.compare_with_snapshot(actor)
        return cls.model_validate(
            {
                "version": record.version,
                "chosen": record.preferences.as_json(),
                "differ_from_before": [one.field for one in differences],
            }
        )


@router.get("/settings", response=SettingsOut, summary="The settings in force")
def show_settings(request: HttpRequest, account_id: Path[UUID]) -> SettingsOut:  # noqa: ARG001  the key is checked against it
    """Return what was chosen for imports and exports, and what differs from before the last disconnect."""
    return SettingsOut.of(actor_of(request))


@router.post("/settings/restore", response=SettingsOut, summary="Restore the settings from before")
def restore_settings(request: HttpRequest, account_id: Path[UUID]) -> SettingsOut:  # noqa: ARG001
    """Put back what was in force before the last disconnect; where nothing differs, nothing changes."""
    actor = actor_of(request)
    facade.restore_snapshot(actor)
    return SettingsOut.of(actor)
