"""Jobs: addresses that come in from a file, and figures that go out into one.

An import runs as soon as the call that made it was answered. An export, which nothing but its own result comes of, is
done when somebody asks how far it is; until then it can be called off.

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
from pytest_sesfake.ses.mail.addresses import fault, normal
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
"""How many exports an account can have at once in a region."""
MOST_RECORDS = {("suppression", "put"): 100_000, ("suppression", "delete"): 10_000, ("contacts", "put"): 1_000_000}
"""How many records one import takes, by what it changes and how."""


class ImportRecord(NamedTuple):
    """One record of a file: an address and what is said of it. One that cannot be read has only a ``fault``."""

    line: str
    address: str = ""
    reason: str | None = None
    unsubscribed: bool = False
    attributes: str | None = None
    preferences: tuple[tuple[str, bool], ...] = ()
    fault: str | None = None


class Broken(Exception):  # noqa: N818 - a file that cannot be read at all is an answer, not an error of ours
    """A file of which nothing can be read; its text says why."""


@dataclass(slots=True)
class Job:
    """What both kinds of jobs have: who it is, ``asked`` as the call said it, and how far it is."""

    id: str
    created: float
    asked: Any
    state: State = "created"
    completed: float | None = None
    processed: int = 0
    error: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.completed is not None

    def end(self, state: State, at: float, error: str | None = None) -> None:
        """End it."""
        self.state, self.completed, self.error = state, at, error


@dataclass(slots=True, kw_only=True)
class Import(Job):
    """Addresses from the file at ``source``, which ``read`` reads: for a contact list, else for the suppression list.

    ``failed`` are the records that came to nothing, each with the reason.
    """

    source: str
    read: Callable[[bytes], Iterable[ImportRecord]]
    action: Action
    contact_list: str | None = None
    failed: list[tuple[str, str]] | None = None

    @property
    def fails(self) -> Sequence[tuple[str, str]]:
        """The records that came to nothing."""
        return self.failed or ()


@dataclass(slots=True, kw_only=True)
class Export(Job):
    """Figures of a kind for a file, which ``write`` makes together with the number of records that it looked at."""

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
    """Let an import run when the call was answered."""
    region_state.jobs.imports.add(job.id, job)
    region_state.simulation.work.append(run(region_state, job))


def run(region_state: RegionState, job: Import) -> BackgroundJob:
    """Read the file and apply it; a record that cannot be applied does not stop the others."""
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
            raise Invalid(f"Email address {normal(record.address)} does not exist on your suppression list.")
    elif record.reason not in REASONS:
        raise Invalid(f"The reason has to be one of {', '.join(REASONS)}.")
    else:
        region_state.suppression.put(record.address, record.reason, region_state.simulation.clock.time())


def _replace(destination: ContactList, record: ImportRecord, now: float) -> None:
    """Put a contact in the place of the one of its address: what the record does not say is gone."""
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
    """Tell whether no further export can be made, because too many are not over."""
    return sum(not job.is_over for job in region_state.jobs.exports) >= MOST_RUNNING


def finish(region_state: RegionState) -> None:
    """Do the exports that are not done yet."""
    for job in region_state.jobs.exports:
        if not job.is_over:
            job.result, job.processed = job.write()
            job.end("completed", region_state.simulation.clock.time())
