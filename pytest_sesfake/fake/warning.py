"""The warning of this package."""

from __future__ import annotations


class SesFakeWarning(UserWarning):
    """A test set up more than it used: a step that was never reached, an event that is due later, and the like."""

    __module__ = "pytest_sesfake"  # where users import it from; tracebacks show this name
