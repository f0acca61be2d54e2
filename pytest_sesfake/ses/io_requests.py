"""I/O requests: I/O that the simulation needs in the middle of its work. The caller does it without the lock.

Work that needs I/O is a generator that yields requests. Its driver does each request and sends in the answer, or
throws in the error. It holds the lock for each step of the work, and releases it during a request.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Literal, NamedTuple, TypeAlias


class IORequest(NamedTuple):
    """One piece of I/O for the caller.

    * ``"read"``: read the object at the URL ``target``. The answer is its bytes, or ``None`` if it does not exist.
    * ``"store"``: store ``body`` as the object at the URL ``target``.
    * ``"publish"``: publish ``body`` to the SNS topic ``target``.
    * ``"ask"``: call the Lambda function ``target`` with ``body``. The answer is its return value.
    """

    kind: Literal["read", "store", "publish", "ask"]
    target: str
    body: Any = None


BackgroundJob: TypeAlias = Generator[IORequest, Any, None]
"""Work in the background. It starts after the call that caused it was answered."""
