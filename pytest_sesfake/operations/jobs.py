"""Import and export jobs.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateImportJob.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateExportJob.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_sesfake.operations import export_files
from pytest_sesfake.operations.import_files import reader
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.statistics import check_manager
from pytest_sesfake.operations.table import v2
from pytest_sesfake.ses import insights, jobs
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import BadToken, page
from pytest_sesfake.ses.jobs import Export, Import

if TYPE_CHECKING:
    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.jobs import Kind
    from pytest_sesfake.ses.simulation import RegionState

_MOST_LISTED = 100
_KINDS: dict[Kind, str] = {"metrics": "METRICS_DATA", "messages": "MESSAGE_INSIGHTS"}
_SOURCES: dict[Kind, str] = {"metrics": "MetricsDataSource", "messages": "MessageInsightsDataSource"}
_TARGETS = {"SUPPRESSION_LIST": "SuppressionListDestination", "CONTACT_LIST": "ContactListDestination"}


# Imports


@v2("CreateImportJob", does="modelled", texts="chosen")
def create_import_job(region_state: RegionState, *, ImportDestination: Json, ImportDataSource: Json) -> Json:
    """Import a file of addresses into a list, or delete them from it. The job is complete when the call returns."""
    given = [ImportDestination[name] for name in _TARGETS.values() if ImportDestination.get(name) is not None]
    if len(given) != 1:
        text = "Exactly one of SuppressionListDestination and ContactListDestination must be specified."
        raise say("BadRequestException", text)
    _check_production(region_state)
    destination: Json = given[0]
    contact_list = destination.get("ContactListName")
    if contact_list is not None and contact_list not in region_state.contact_lists:
        raise say("NotFoundException", f"ContactList <{contact_list}> doesn't exist")
    put = "PUT" in (destination.get("SuppressionListImportAction"), destination.get("ContactListImportAction"))
    job = Import(
        id=jobs.new_id(region_state),
        created=region_state.simulation.clock.time(),
        asked={"ImportDestination": ImportDestination, "ImportDataSource": ImportDataSource},
        source=ImportDataSource["S3Url"],
        read=reader(ImportDataSource["DataFormat"], "contacts" if contact_list else "put" if put else "delete"),
        action="put" if put else "delete",
        contact_list=contact_list,
    )
    jobs.start(region_state, job)
    return {"JobId": job.id}


@v2("GetImportJob", does="modelled", texts="chosen")
def get_import_job(region_state: RegionState, *, JobId: str) -> Json:
    """Describe an import job."""
    _check_production(region_state)
    job = region_state.jobs.imports.get(JobId)
    failure = {"ErrorMessage": job.error, "FailedRecordsS3Url": _failures(region_state, job)}
    return {
        **_summarize(job),
        "ImportDataSource": job.asked["ImportDataSource"],
        "FailureInfo": failure if any(failure.values()) else None,
        "CompletedTimestamp": None if job.completed is None else moment(job.completed),
    }


@v2("ListImportJobs", does="modelled", texts=("reported", "chosen"))
def list_import_jobs(
    region_state: RegionState,
    *,
    ImportDestinationType: str | None = None,
    NextToken: str | None = None,
    PageSize: int | None = None,
) -> Json:
    """List the import jobs, oldest first."""
    _check_production(region_state)
    if PageSize is not None and not 1 <= PageSize <= _MOST_LISTED:
        demand = "greater than or equal to 1" if PageSize < 1 else f"less than or equal to {_MOST_LISTED}"
        raise say(
            "BadRequestException",
            f"1 validation error detected: Value '{PageSize}' at 'pageSize' failed to satisfy constraint: "
            f"Member must have value {demand}",
        )
    target = None if ImportDestinationType is None else _TARGETS[ImportDestinationType]
    found = (
        (job.id, job)
        for job in region_state.jobs.imports
        if target is None or job.asked["ImportDestination"].get(target) is not None
    )
    try:
        kind = f"import job {region_state.region} {target}"
        shown, following = page(found, PageSize, NextToken, kind=kind, most=_MOST_LISTED)
    except BadToken:
        raise say("BadRequestException", "Invalid Next Token") from None
    return {"ImportJobs": list(map(_summarize, shown)), "NextToken": following}


def _check_production(region_state: RegionState) -> None:
    if not region_state.account.production:
        raise say("BadRequestException", "Your account must have production access to import addresses.")


def _summarize(job: Import) -> Json:
    return {
        "JobId": job.id,
        "ImportDestination": job.asked["ImportDestination"],
        "JobStatus": job.state.upper(),
        "CreatedTimestamp": moment(job.created),
        "ProcessedRecordsCount": job.processed,
        "FailedRecordsCount": len(job.fails),
    }


def _failures(region_state: RegionState, job: Import) -> str | None:
    """Store the records that failed, and return the URL of their file; ``None`` if no record failed."""
    if not job.fails:
        return None
    lines = [json.dumps({"record": record, "error": error}, ensure_ascii=False) for record, error in job.fails]
    return _stored(region_state, f"failed-records-{job.id}.json", "".join(f"{line}\n" for line in lines).encode())


# Exports


@v2("CreateExportJob", does="computed", texts=("reported", "chosen"))
def create_export_job(region_state: RegionState, *, ExportDataSource: Json, ExportDestination: Json) -> Json:
    """Start a job that exports metrics or messages.

    It completes at the next GetExportJob or ListExportJobs. Until then it can be cancelled.
    """
    given = [kind for kind, name in _SOURCES.items() if ExportDataSource.get(name) is not None]
    if len(given) != 1:
        raise say("BadRequestException", "One data source must be provided")
    kind = given[0]
    if ExportDestination.get("S3Url") is not None:
        raise say("BadRequestException", "Providing a custom S3 URL is not supported")
    check_manager(region_state, "BadRequestException")
    source: Json = ExportDataSource[_SOURCES[kind]]
    _check_span(source, whole_days=kind == "metrics")
    if jobs.is_full(region_state):
        text = f"There are too many <{_KINDS[kind]}> export jobs running - either cancel one of the jobs or wait for"
        raise say("LimitExceededException", f"{text} it to complete before resubmitting.")
    write = export_files.metrics if kind == "metrics" else export_files.messages
    job = Export(
        id=jobs.new_id(region_state),
        created=region_state.simulation.clock.time(),
        asked={"ExportDataSource": ExportDataSource, "ExportDestination": ExportDestination},
        kind=kind,
        write=lambda: write(region_state, source, ExportDestination["DataFormat"]),
    )
    region_state.jobs.exports.add(job.id, job)
    return {"JobId": job.id}


@v2("GetExportJob", does="computed", texts="reported")
def get_export_job(region_state: RegionState, *, JobId: str) -> Json:
    """Complete and describe an export job. Each call returns a new URL of its file, valid for five minutes."""
    job = _export(region_state, JobId)
    jobs.finish(region_state)
    destination = dict(job.asked["ExportDestination"])
    if job.result is not None:
        destination["S3Url"] = _stored(region_state, _file_name(job, destination["DataFormat"].lower()), job.result)
    return {
        **_brief(job),
        "ExportDestination": destination,
        "ExportDataSource": job.asked["ExportDataSource"],
        "Statistics": None if job.result is None else {"ProcessedRecordsCount": job.processed},
    }


@v2("ListExportJobs", does="computed", texts="reported")
def list_export_jobs(
    region_state: RegionState,
    *,
    NextToken: str | None = None,
    PageSize: int | None = None,
    ExportSourceType: str | None = None,
    JobStatus: str | None = None,
) -> Json:
    """List the export jobs, newest first."""
    if PageSize is not None and not 1 <= PageSize <= _MOST_LISTED:
        raise say("BadRequestException", f"PageSize must be between 1 and {_MOST_LISTED}")
    jobs.finish(region_state)
    found = [
        (job.id, job)
        for job in reversed(list(region_state.jobs.exports))
        if ExportSourceType in (None, _KINDS[job.kind]) and JobStatus in (None, job.state.upper())
    ]
    try:
        kind = f"export job {region_state.region} {ExportSourceType} {JobStatus}"
        shown, following = page(found, PageSize, NextToken, kind=kind, most=_MOST_LISTED)
    except BadToken:
        raise say("BadRequestException", "Failed to deserialize token. ") from None
    return {"ExportJobs": list(map(_brief, shown)), "NextToken": following}


@v2("CancelExportJob", does="modelled", texts="reported")
def cancel_export_job(region_state: RegionState, *, JobId: str) -> None:
    """Cancel an export job that has not completed."""
    job = _export(region_state, JobId)
    if job.is_over:
        raise say("BadRequestException", f"Cannot cancel an export job that has a <{job.state.upper()}> status.")
    job.end("cancelled", region_state.simulation.clock.time())


def _export(region_state: RegionState, name: str) -> Export:
    job = region_state.jobs.exports.find(name)
    if job is None:
        raise say("BadRequestException", "Invalid JobId")
    return job


def _check_span(source: Json, *, whole_days: bool) -> None:
    start, end = source["StartDate"].timestamp(), source["EndDate"].timestamp()
    if start >= end:
        raise say("BadRequestException", "Invalid date range")
    if whole_days and (start % insights.DAY or end % insights.DAY):
        text = "To get daily aggregated data you must not specify partial-day timestamps."
        raise say("BadRequestException", f"{text} Please make your interval go from midnight to midnight UTC.")


def _brief(job: Export) -> Json:
    return {
        "JobId": job.id,
        "ExportSourceType": _KINDS[job.kind],
        "JobStatus": job.state.upper(),
        "CreatedTimestamp": moment(job.created),
        "CompletedTimestamp": None if job.completed is None else moment(job.completed),
    }


def _file_name(job: Export, ending: str) -> str:
    done = f"{moment(job.completed or job.created):%Y%m%d_%H%M%S}"
    if job.kind == "metrics":
        return f"ses-metrics-{done}-{job.id}.{ending}"
    return f"{done}_{job.id.replace('-', '')[:10]}.{ending}"


def _stored(region_state: RegionState, name: str, data: bytes) -> str:
    """Store a file, and return a signed URL for it that is valid for five minutes."""
    simulation = region_state.simulation
    url = f"https://ses-files-{region_state.account_id}.s3.{region_state.region}.amazonaws.com/{name}"
    simulation.objects[url] = data
    now = f"{moment(simulation.clock.time()):%Y%m%dT%H%M%SZ}"
    signature = simulation.ids.hex(f"signature {url} {now}", 64)
    return (
        f"{url}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={now}&X-Amz-Expires=300&X-Amz-SignedHeaders=host"
        f"&X-Amz-Signature={signature}"
    )
