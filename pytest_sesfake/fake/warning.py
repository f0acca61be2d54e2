"""The warning class of this package."""

from __future__ import annotations


class SesFakeWarning(UserWarning):
    """A test did not use all that it set up, for example a script, a step, a later event or a subscription."""

    __module__ = "pytest_sesfake"  # users import it from here, and pytest shows this name
