"""Forwards the verbs of a fake to its parts, so that each verb has its signature and documentation in one place."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_sesfake.fake.misuse import check_keywords

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate

    from typing_extensions import ParamSpec

    P = ParamSpec("P")

R = TypeVar("R")


def forward(part: str, method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """Return a method of the fake that calls a method of one of its parts.

    ``part`` is the name of the attribute that holds the part. The method keeps its signature, for type checkers and for
    `help()`. An old name of a keyword raises TypeError with the new name.
    """
    known = inspect.signature(method).parameters

    @functools.wraps(method)
    def call(self: Any, /, *args: P.args, **keywords: P.kwargs) -> R:
        __tracebackhide__ = True
        check_keywords(method.__name__, keywords, known)
        return method(getattr(self, part), *args, **keywords)

    return call
