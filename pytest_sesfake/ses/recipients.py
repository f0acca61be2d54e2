"""Whom a message, an event or a call is for, as it is read."""

from __future__ import annotations


class Recipients(tuple[str, ...]):
    """Addresses in their order: a tuple, which is equal to a list of the same as well."""

    __slots__ = ()
    __hash__ = tuple.__hash__

    def __eq__(self, other: object) -> bool:
        return super().__eq__(tuple(other) if isinstance(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other


class Addressed:
    """What has recipients: ``envelope`` is the plain tuple of them, which code that sends reads."""

    __slots__ = ()

    envelope: tuple[str, ...]

    @property
    def recipients(self) -> Recipients:
        """Everybody whom it concerns, of a message all of the envelope, Bcc too: addresses without display names."""
        return Recipients(self.envelope)
