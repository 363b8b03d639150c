"""dlt's own REST source: two lists, and for each of their rows the person, five at once, stored as files of JSON lines."""

import os
from typing import Any

import dlt
from bench.peers.cost import STATUSES, Meter, Task, task, tell
from dlt.sources.rest_api import rest_api_source

AT_ONCE = "5"


def main() -> None:
    """Read everybody in full."""
    work = task()
    os.environ |= {
        "EXTRACT__WORKERS": AT_ONCE,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    }
    meter = Meter()
    pipeline = dlt.pipeline(
        pipeline_name="employees",
        pipelines_dir=str(work.folder / "state"),
        destination=dlt.destinations.filesystem(bucket_url=(work.folder / "out").as_uri()),
        dataset_name="xero",
    )
    pipeline.run(_source(work), loader_file_format="jsonl")
    counts: dict[str, int] = pipeline.last_trace.last_normalize_info.row_counts
    tell(meter.read(people=sum(counts.get(f"people_{number}", 0) for number in range(len(STATUSES)))), work.folder)


def _source(work: Task) -> Any:
    resources = [one for number, where in enumerate(STATUSES) for one in _list_and_people(number, where)]
    return rest_api_source(
        {
            "client": {
                "base_url": f"{work.base_url}/payroll.xro/1.0/",
                "headers": {
                    "Authorization": f"Bearer {work.token}",
                    "Xero-Tenant-Id": work.tenant_id,
                    "Accept": "application/json",
                },
            },
            "resources": resources,
        },
        max_table_nesting=0,
        parallelized=True,
    )


def _list_and_people(number: int, where: str) -> list[Any]:
    pages = {"type": "page_number", "base_page": 1, "total_path": None, "stop_after_empty_page": True}
    return [
        {
            "name": f"list_{number}",
            "endpoint": {
                "path": "Employees",
                "params": {"where": where} if where else {},
                "data_selector": "Employees",
                "paginator": pages,
            },
        },
        {
            "name": f"people_{number}",
            "endpoint": {
                "path": f"Employees/{{resources.list_{number}.EmployeeID}}",
                "data_selector": "Employees",
                "paginator": "single_page",
            },
        },
    ]


if __name__ == "__main__":
    main()
