"""airbyte-cdk's declarative source: people as a sub-resource of two lists, five at once, its records written as lines."""

import json
import os
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from bench.peers.cost import PAGE_SIZE, STATUSES, Meter, Task, task, tell

AT_ONCE = 5


def main() -> None:
    """Read everybody in full."""
    work = task()
    manifest, catalog, said = (work.folder / name for name in ("manifest.yaml", "catalog.json", "said.jsonl"))
    manifest.write_text(json.dumps(_manifest(work)), encoding="utf-8")
    catalog.write_text(json.dumps({"streams": [_configured(name) for name in _people_streams()]}), encoding="utf-8")
    (work.folder / "config.json").write_text("{}", encoding="utf-8")
    meter = Meter()
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT), 1)
    arguments = ["read", "--config", str(work.folder / "config.json"), "--catalog", str(catalog)]
    launch(YamlDeclarativeSource(path_to_yaml=str(manifest)), arguments)
    tell(meter.read(people=_records(said)), work.folder)


def _records(said: Path) -> int:
    with said.open(encoding="utf-8") as lines:
        return sum(json.loads(line)["type"] == "RECORD" for line in lines)


def _people_streams() -> list[str]:
    return [f"people_{number}" for number in range(len(STATUSES))]


def _configured(name: str) -> dict[str, Any]:
    stream = {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    return {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}


def _manifest(work: Task) -> dict[str, Any]:
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": _people_streams()[:1]},
        "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": AT_ONCE},
        "streams": [_people(work, number, where) for number, where in enumerate(STATUSES)],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }


def _people(work: Task, number: int, where: str) -> dict[str, Any]:
    pages = {
        "type": "DefaultPaginator",
        "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "page"},
        "pagination_strategy": {
            "type": "PageIncrement",
            "page_size": PAGE_SIZE,
            "start_from_page": 1,
            "inject_on_first_request": True,
        },
    }
    listed = _stream(work, f"list_{number}", "Employees", {"where": where} if where else {}, paginator=pages)
    parent = {
        "type": "ParentStreamConfig",
        "stream": listed,
        "parent_key": "EmployeeID",
        "partition_field": "employee_id",
    }
    router = {"type": "SubstreamPartitionRouter", "parent_stream_configs": [parent]}
    path = "Employees/{{ stream_partition['employee_id'] }}"
    return _stream(work, f"people_{number}", path, {}, partition_router=router)


def _stream(work: Task, name: str, path: str, asked: dict[str, str], **more: object) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {work.token}", "Xero-Tenant-Id": work.tenant_id, "Accept": "application/json"}
    requester = {
        "type": "HttpRequester",
        "url_base": f"{work.base_url}/payroll.xro/1.0/",
        "path": path,
        "http_method": "GET",
        "request_headers": headers,
        "request_parameters": asked,
    }
    selector = {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": ["Employees"]}}
    retriever = {"type": "SimpleRetriever", "requester": requester, "record_selector": selector, **more}
    schema = {
        "type": "InlineSchemaLoader",
        "schema": {"type": "object", "additionalProperties": True, "properties": {}},
    }
    return {
        "type": "DeclarativeStream",
        "name": name,
        "primary_key": ["EmployeeID"],
        "retriever": retriever,
        "schema_loader": schema,
    }


if __name__ == "__main__":
    main()
