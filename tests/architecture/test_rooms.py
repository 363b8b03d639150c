"""The rooms stand in one order: ForeignKeys point down. `./tandem test` checks the imports with import-linter itself."""

from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("timeline", "tenancy", "people", "access", "notices", "webhooks", "xero")


def test_foreign_keys_point_down() -> None:
    rank = {room: height for height, room in enumerate(ROOMS)}
    relations = [
        (model._meta, field.name, field.related_model._meta.app_label)
        for model in apps.get_models()
        if model._meta.app_label in rank
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
    ]
    assert len(relations) > 10
    upward = [f"{meta.label}.{name}" for meta, name, target in relations if rank[meta.app_label] < rank.get(target, -1)]
    assert upward == []


@pytest.mark.parametrize("package", sorted(path.parent for path in (ROOT / "src/tandem").glob("*/__init__.py")))
def test_a_rooms_door_is_empty(package: Path) -> None:
    """An import in `__init__` would tie the pure modules to Django."""
    assert (package / "__init__.py").read_text(encoding="utf-8").strip() == ""
