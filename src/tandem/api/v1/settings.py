"""What was chosen for imports and exports, in versions, and the way back to before a disconnect."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema

from tandem.api.auth import actor_of
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.xero import facade
from tandem.xero.facade import Preset

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


class PresetOut(Schema):
    """A recommended set: what it does, and the choices it would make other than they are."""

    name: Preset
    sentence: str
    changes: list[str]


class PresetIn(Schema):
    """Which set, and the version of the settings that its changes were looked at with."""

    name: Preset
    version: int


@router.get("/settings/presets", response=list[PresetOut], summary="Recommended settings")
def show_presets(request: HttpRequest, account_id: Path[UUID]) -> list[PresetOut]:  # noqa: ARG001
    """Return the recommended sets, and the names of the settings that each would change."""
    page = facade.list_presets(actor_of(request))
    return [
        PresetOut(name=one.preset, sentence=one.preset.sentence, changes=[change.field for change in one.differences])
        for one in page.presets
    ]


@router.post("/settings/presets", response=SettingsOut, summary="Apply recommended settings")
def apply_preset(request: HttpRequest, account_id: Path[UUID], payload: PresetIn) -> SettingsOut:  # noqa: ARG001
    """Put a set in force; refused when the settings are no longer of that version."""
    actor = actor_of(request)
    facade.apply_preset(actor, payload.name, seen_version=payload.version)
    return SettingsOut.of(actor)


@router.delete("/settings/presets", response=SettingsOut, summary="Take recommended settings back")
def put_back_preset(request: HttpRequest, account_id: Path[UUID]) -> SettingsOut:  # noqa: ARG001
    """Put back what was in force before a recommended set, as long as nobody changed anything since."""
    actor = actor_of(request)
    facade.put_back_preset(actor)
    return SettingsOut.of(actor)
