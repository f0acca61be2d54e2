"""The table of operations, filled where each function is defined."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., Any])

@dataclass(frozen=True, slots=True)
class Entry:
    """One operation: its function, the parameters it has a meaning for, and whether it sends messages.

    A function that sends meets the scripted faults itself, because their selectors look at its messages.
    """

    function: Callable[..., dict[str, Any] | None]
    accepts: frozenset[str]
    sends: bool


OPERATIONS: dict[tuple[str, str], Entry] = {}
"""Every operation that has a meaning here, by API and name."""


def v1(name: str, *, sends: bool = False) -> Callable[[F], F]:
    """Make the function the meaning of an operation of SES (v1)."""
    return _enter("ses", name, sends=sends)


def v2(name: str, *, sends: bool = False) -> Callable[[F], F]:
    """Make the function the meaning of an operation of SESv2."""
    return _enter("sesv2", name, sends=sends)


def _enter(api: str, name: str, *, sends: bool) -> Callable[[F], F]:
    def enter(function: F) -> F:
        if (api, name) in OPERATIONS:
            msg = f"{api} {name} has two functions: {OPERATIONS[api, name].function.__name__} and {function.__name__}"
            raise TypeError(msg)
        signature = inspect.signature(function)
        accepts = frozenset(
            parameter.name for parameter in signature.parameters.values() if parameter.kind is parameter.KEYWORD_ONLY
        )
        OPERATIONS[api, name] = Entry(function, accepts, sends)
        return function

    return enter


def load() -> dict[tuple[str, str], Entry]:
    """Import every module beside this one, so that the table is whole, and return it."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__package__}.{module.name}")
    return OPERATIONS
