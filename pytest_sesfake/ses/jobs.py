"""Import and export jobs: addresses that SES reads from a file, and figures that SES writes to a file.

An import runs right after the response to the call that created it. An export changes nothing else, so it runs only
when the application asks for its state. Until then the application can cancel it.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateExportJob.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pytest_sesfake.ses import contacts
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.contacts import Contact
from pytest_sesfake.ses.io_requests import IORequest
from pytest_sesfake.ses.mail.addresses import fault, parse_address
from pytest_sesfake.ses.refusals import Invalid, Refusal
from pytest_sesfake.ses.suppression import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_sesfake.ses.contacts import ContactList
    from pytest_sesfake.ses.io_requests import BackgroundJob
    from pytest_sesfake.ses.simulation import RegionState

State = Literal["created", "processing", "completed", "failed", "cancelled"]
Action = Literal["put", "delete"]
Kind = Literal["metrics", "messages"]

MOST_RUNNING = 20
"""The largest number of unfinished exports of an account in a region."""
MOST_RECORDS = {("suppression", "put"): 100_000, ("suppression", "delete"): 10_000, ("contacts", "put"): 1_000_000}
"""The largest number of records in an import, by its target and its action."""


class ImportRecord(NamedTuple):
    """One record of an import file: an address and its data. An unreadable record has only a ``fault``."""

    line: str
    address: str = ""
    reason: str | None = None
    unsubscribed: bool = False
    attributes: str | None = None
    preferences: tuple[tuple[str, bool], ...] = ()
    fault: str | None = None


class Broken(Exception):  # noqa: N818 - SES reports an unreadable file in the job; it is no error in this package
    """The whole file is unreadable. The text says why."""


@dataclass(slots=True)
class Job:
    """Common fields of imports and exports: id, the call parameters (``asked``) and the state."""

    id: str
    created: float
    asked: Any
    state: State = "created"
    completed: float | None = None
    processed: int = 0
    error: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the job has ended."""
        return self.completed is not None

    def end(self, state: State, at: float, error: str | None = None) -> None:
        """End the job in a state, at a time in seconds."""
        self.state, self.completed, self.error = state, at, error


@dataclass(slots=True, kw_only=True)
class Import(Job):
    """An import of addresses into a contact list, or without ``contact_list`` into the suppression list.

    ``source`` is the URL of the file, and ``read`` parses it. ``failed`` are the records that were not imported, each
    with the reason.
    """

    source: str
    read: Callable[[bytes], Iterable[ImportRecord]]
    action: Action
    contact_list: str | None = None
    failed: list[tuple[str, str]] | None = None

    @property
    def fails(self) -> Sequence[tuple[str, str]]:
        """The records that were not imported, each with the reason."""
        return self.failed or ()


@dataclass(slots=True, kw_only=True)
class Export(Job):
    """An export of figures. ``write`` returns the content of the file and the number of processed records."""

    kind: Kind
    write: Callable[[], tuple[bytes, int]]
    result: bytes | None = None


class Jobs:
    """The jobs of an account in a region."""

    def __init__(self) -> None:
        self.imports: Collection[Import] = Collection("import job")
        self.exports: Collection[Export] = Collection("export job")


def new_id(region_state: RegionState) -> str:
    """Return an id for a job."""
    return region_state.simulation.ids.uuid(f"job {region_state.simulation.draw()}")


# Imports.


def start(region_state: RegionState, job: Import) -> None:
    """Add an import and schedule it to run after the response to the current call."""
    region_state.jobs.imports.add(job.id, job)
    region_state.simulation.work.append(run(region_state, job))


def run(region_state: RegionState, job: Import) -> BackgroundJob:
    """Read the file and apply its records. A failed record does not stop the others."""
    job.state = "processing"
    data = yield IORequest("read", job.source)
    now = region_state.simulation.clock.time()
    if data is None:
        job.end("failed", now, f"The object {job.source} could not be read.")
        return
    destination = None if job.contact_list is None else region_state.contact_lists.find(job.contact_list)
    if job.contact_list is not None and destination is None:
        job.end("failed", now, f"ContactList <{job.contact_list}> doesn't exist")
        return
    try:
        records = list(job.read(data))
    except Broken as error:
        job.end("failed", now, str(error))
        return
    most = MOST_RECORDS.get(("suppression" if destination is None else "contacts", job.action))
    if most is not None and len(records) > most:
        job.end("failed", now, f"The object has more than {most} records.")
        return
    job.failed = []
    for record in records:
        job.processed += 1
        try:
            _apply(region_state, job, record, destination)
        except Refusal as refusal:
            job.failed.append((record.line, str(refusal)))
    job.end("completed", now)


def _apply(region_state: RegionState, job: Import, record: ImportRecord, destination: ContactList | None) -> None:
    if record.fault is not None:
        raise Invalid(record.fault)
    if destination is not None:
        contacts.check_address(record.address)
        if job.action == "delete":
            if destination.contacts.discard(record.address) is None:
                raise Invalid(f"{record.address} doesn't exist in List.")
            return
        contacts.check_preferences(destination, (topic for topic, _ in record.preferences))
        _replace(destination, record, region_state.simulation.clock.time())
        return
    text = fault(record.address)
    if text is not None:
        raise Invalid(text)
    if job.action == "delete":
        if region_state.suppression.discard(record.address) is None:
            raise Invalid(
                f"Email address {parse_address(record.address).normal} does not exist on your suppression list."
            )
    elif record.reason not in REASONS:
        raise Invalid(f"The reason has to be one of {', '.join(REASONS)}.")
    else:
        region_state.suppression.put(record.address, record.reason, region_state.simulation.clock.time())


def _replace(destination: ContactList, record: ImportRecord, now: float) -> None:
    """Replace the contact completely. Data that is not in the record is lost; only the creation time stays."""
    known = destination.contacts.find(record.address)
    made = Contact(
        record.address,
        now if known is None else known.created,
        now,
        dict(record.preferences),
        record.unsubscribed,
        record.attributes,
    )
    destination.contacts.replace(record.address, made)


# Exports.


def is_full(region_state: RegionState) -> bool:
    """Tell whether the limit of unfinished exports is reached."""
    return sum(not job.is_over for job in region_state.jobs.exports) >= MOST_RUNNING


def finish(region_state: RegionState) -> None:
    """Run the exports that are not finished yet."""
    for job in region_state.jobs.exports:
        if not job.is_over:
            job.result, job.processed = job.write()
            job.end("completed", region_state.simulation.clock.time())
