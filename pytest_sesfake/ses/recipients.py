"""The recipients of a message, an event or a call, as tests read them."""

from __future__ import annotations


class Recipients(tuple[str, ...]):
    """A tuple of addresses that is also equal to a list with the same addresses."""

    __slots__ = ()
    __hash__ = tuple.__hash__

    def __eq__(self, other: object) -> bool:
        return super().__eq__(tuple(other) if isinstance(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other


class Addressed:
    """Base class for objects with recipients. Internal code reads ``envelope``, the plain tuple."""

    __slots__ = ()

    envelope: tuple[str, ...]

    @property
    def recipients(self) -> Recipients:
        """The recipients, without display names. For a message these are all in the envelope, including Bcc."""
        return Recipients(self.envelope)
