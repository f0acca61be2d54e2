"""Writes what happens in a fake to the logger ``pytest_sesfake``, one line each, as it happens.

The lines are for people who follow a run (``--log-cli-level=INFO``) or read the log of a test. They are written after
the lock of the simulation is released, because the handlers of an application may wait or call the fake.
"""

from __future__ import annotations

import logging
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_sesfake.reading import event_log
from pytest_sesfake.reading.showing import MOST_ADDRESSES, WIDTH, redact, shorten, show
from pytest_sesfake.ses.mail.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_sesfake.delivery.notifications import Notification, TargetResponse
    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import Simulation

LOGGER = logging.getLogger("pytest_sesfake")


class RunLog:
    """Writes the log lines of one simulation. ``published`` returns its notifications, oldest first.

    If nobody wants the lines, each batch costs one check of the logger's level.
    """

    def __init__(self, simulation: Simulation, published: Callable[[], Sequence[Notification]]) -> None:
        self._simulation = simulation
        self._published = published
        self._events = 0  # how many entries of each log have their line
        self._calls = 0
        self._notifications = 0

    def write(self) -> None:
        """Write a line for each message, event, refused call and publication since the last time."""
        if LOGGER.isEnabledFor(logging.INFO):
            self._write(self._read())

    def skip(self) -> None:
        """Write what is left. If nobody wants the lines, forget them: the next test must not get those of this one."""
        self.write()
        self._read()

    def write_response(self, response: TargetResponse) -> None:
        """Write how a target responded to a notification."""
        if LOGGER.isEnabledFor(logging.INFO):
            self.write()
            self._write([(0.0, _response, response)])

    def _read(self) -> list[tuple[float, Callable[[Any], str], Any]]:
        """Return what is new, in the order of its times, with the function that describes it."""
        simulation = self._simulation
        with simulation.lock:
            published = self._published()
            events = simulation.events[self._events :]
            calls = simulation.calls[self._calls :]
            notifications = published[self._notifications :]
            self._events += len(events)
            self._calls += len(calls)
            self._notifications += len(notifications)
        news: list[tuple[float, Callable[[Any], str], Any]] = []
        news += ((event.at, _sent if event.type == "Send" else _event, event) for event in events)
        news += ((call.time, _refused, call) for call in calls if call.error is not None)
        news += ((each.at, _publication, each) for each in notifications if not each.is_told_here_only)
        return sorted(news, key=itemgetter(0))

    def _write(self, news: Sequence[tuple[float, Callable[[Any], str], Any]]) -> None:
        for _, describe, item in news:
            LOGGER.info("%s", _one_line(describe(item)))


def _sent(event: Event) -> str:
    message: Message = event.message
    subject = message.subject
    about = f'"{shorten(redact(subject), WIDTH)}"' if subject else "no subject"
    return f"Sent {message.id} to {_people(message.recipients)}: {about} ({message.operation or message.api})"


def _event(event: Any) -> str:
    detail = event_log.detail(event)
    return f"Event {event.type} for {_people(event.recipients)}{f': {detail}' if detail else ''}"


def _refused(call: Call) -> str:
    text = f": {shorten(redact(call.text), 3 * WIDTH)}" if call.text else ""
    return f"Refused {call.operation or call.api}: {call.error}{text}"


def _publication(notification: Notification) -> str:
    return f"Notification {notification.type} to {notification.topic}: published"


def _response(response: TargetResponse) -> str:
    return f"Notification {response.notification.type} to {_target(response.target)}: {_answer(response)}"


def _answer(response: TargetResponse) -> str:
    if response.error is not None:
        return f"failed, {type(response.error).__name__}: {shorten(redact(str(response.error)), 3 * WIDTH)}"
    if response.unprocessed:
        return "left in the queue"
    return "accepted" if response.status is None else f"answered {response.status}"


def _target(target: Any) -> str:
    """Return the name of a target; of a URL without the login and the query, which may hold secrets."""
    if not isinstance(target, str):
        return show(target)
    url = urlsplit(target)
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}" if url.netloc else redact(target)


def _people(recipients: Sequence[str]) -> str:
    shown = ", ".join(parse_address(recipient).bare for recipient in recipients[:MOST_ADDRESSES])
    more = len(recipients) - MOST_ADDRESSES
    return f"{shown} and {more} more" if more > 0 else shown


def _one_line(text: str) -> str:
    """Escape what is not printable: mail may hold line breaks and codes that a terminal obeys."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
