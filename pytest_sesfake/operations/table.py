"""The table of operations.

A module of this package registers each of its functions with ``v1`` or ``v2``; ``load`` imports all of the modules.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., Any])

Json = dict[str, Any]
"""A structure of the model, in the spelling of AWS."""
Does = Literal["modelled", "computed", "stored"]
"""Whether the rest goes by what an operation does, or its answer is worked out, or all is only kept and given back."""
Source = Literal["recorded", "documented", "reported", "chosen"]
"""Where a text comes from: captures of SES, its documentation, people who met it there, or this fake."""


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """One operation: its function, the parameters that it accepts, and how closely it follows SES.

    ``texts`` names the sources of its error texts. ``keeps`` lists the parameters, or parts of them, that the fake only
    stores and returns. A function that ``sends`` messages applies scripted faults itself, because the selectors of a
    script match messages.
    """

    function: Callable[..., Json | None]
    accepts: frozenset[str]
    does: Does
    texts: tuple[Source, ...]
    keeps: tuple[str, ...]
    sends: bool


OPERATIONS: dict[tuple[str, str], OperationEntry] = {}
"""Every operation that has a meaning here, by API and name."""


def v1(
    name: str, *, does: Does, texts: Source | tuple[Source, ...] = (), keeps: tuple[str, ...] = (), sends: bool = False
) -> Callable[[F], F]:
    """Register the function as an operation of SES (v1); ``docs/fidelity.md`` shows the arguments."""
    return _enter("ses", name, does, texts, keeps, sends=sends)


def v2(
    name: str, *, does: Does, texts: Source | tuple[Source, ...] = (), keeps: tuple[str, ...] = (), sends: bool = False
) -> Callable[[F], F]:
    """Register the function as an operation of SESv2; ``docs/fidelity.md`` shows the arguments."""
    return _enter("sesv2", name, does, texts, keeps, sends=sends)


def _enter(
    api: str, name: str, does: Does, texts: Source | tuple[Source, ...], keeps: tuple[str, ...], *, sends: bool
) -> Callable[[F], F]:
    def enter(function: F) -> F:
        if (api, name) in OPERATIONS:
            raise TypeError(
                f"{api} {name} has two functions: {OPERATIONS[api, name].function.__name__} and {function.__name__}"
            )
        signature = inspect.signature(function)
        accepts = frozenset(
            parameter.name for parameter in signature.parameters.values() if parameter.kind is parameter.KEYWORD_ONLY
        )
        sources = (texts,) if isinstance(texts, str) else texts
        OPERATIONS[api, name] = OperationEntry(function, accepts, does, sources, keeps, sends)
        return function

    return enter


def load() -> dict[tuple[str, str], OperationEntry]:
    """Import every module of this package, so that the table is complete, and return the table."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__package__}.{module.name}")
    return OPERATIONS
