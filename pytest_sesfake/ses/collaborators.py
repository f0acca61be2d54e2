"""What a simulation needs from other rooms. It is handed in, because `ses/` imports none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.outcomes import simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.event_forms import EventForms
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome


def _no_parameters(_: Call) -> dict[str, Any]:
    return {}


def _no_answer(_: str) -> bool | None:
    return None


def _nowhere(_: Event) -> tuple[Any, ...]:
    return ()


@dataclass(slots=True, kw_only=True)
class Collaborators:
    """The functions and the class that other rooms give to a simulation. The defaults do nothing.

    * ``ask(message, address)`` returns the outcome from the mailbox simulator, or else from a plugin.
    * ``exists(arn)`` tells whether a neighbour (another AWS fake in this process, such as moto) has a resource;
      ``None`` means that no neighbour knows.
    * ``routes(event)`` returns the places to which an event is published. It is a pure function.
    * ``forms`` makes the forms in which applications receive an event. Only fakes need it.
    * ``params_of(call)`` returns the parameters of a call that sent messages, with the keys that AWS uses.
    * ``operations`` are the names of the operations that a call can have. Empty means that any name is possible.
    """

    ask: Callable[[Message, str], Outcome | None] = simulator.ask
    exists: Callable[[str], bool | None] = _no_answer
    routes: Callable[[Event], tuple[Any, ...]] = _nowhere
    forms: EventForms = None  # type: ignore[assignment]  # tests of `ses/` alone make no forms
    params_of: Callable[[Call], dict[str, Any]] = _no_parameters
    operations: frozenset[str] = frozenset()
