"""The botocore that the operations were written for: older models lack some of them, and members of others."""

from __future__ import annotations

import botocore

NEWEST = (1, 44, 8)
IS_NEWEST = tuple(map(int, botocore.__version__.split(".")[:3])) >= NEWEST
