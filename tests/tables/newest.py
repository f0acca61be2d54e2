"""The botocore that the operations were written for: older models lack some of them, and members of others."""

from __future__ import annotations

import re
from pathlib import Path
from traceback import extract_tb

import botocore
import pytest
from botocore import xform_name
from botocore.exceptions import ParamValidationError

from pytest_sesfake.operations import table
from pytest_sesfake.wire import model

NEWEST = (1, 44, 8)
IS_NEWEST = tuple(map(int, botocore.__version__.split(".")[:3])) >= NEWEST

only_newest = pytest.mark.skipif(not IS_NEWEST, reason="this botocore is older than what the test is about")
"""Skips a case that needs something of the newest models that ``needs_model`` cannot name."""

_NO_METHOD = re.compile(r"'(?:SES|SESV2)' object has no attribute '(\w+)'")


def lacks(path: str) -> bool:
    """Tell whether the installed models have no such operation, or its request no such member.

    ``path`` is the name of an operation of either API, or goes on to a member: ``SendEmail.Content.Simple``.
    """
    name, *members = path.split(".")
    operations = (model.api(api).operations.get(name) for api in ("ses", "sesv2"))
    shapes = [operation.input for operation in operations if operation is not None]
    for member in members:
        inner = (shape.item if shape is not None and shape.kind == "list" else shape for shape in shapes)
        shapes = [shape.members[member].shape for shape in inner if shape is not None and member in shape.members]
    return not shapes


def refuse_unknown(path: str) -> None:
    """Take the place of ``model.leave_out``: a member of a result that the newest models lack is misspelt."""
    raise TypeError(f"the model has no {path}")


def needs(error: Exception) -> str | None:
    """Return what an older model lacks where a client failed for it, and ``None`` for every other error."""
    if IS_NEWEST:
        return None
    text = str(error)
    if isinstance(error, ParamValidationError) and "Unknown parameter in" in text:
        return text
    if isinstance(error, AttributeError) and (found := _NO_METHOD.match(text)):
        names = [name for _, name in table.load() if xform_name(name) == found[1]]
        return next(filter(lacks, names), None)
    if isinstance(error, KeyError):  # a client that does not check its parameters looks them up when it writes them
        place = Path(extract_tb(error.__traceback__)[-1].filename)
        return f"the parameter {text}" if place.parts[-2:] == ("botocore", "serialize.py") else None
    return None
