"""Who has an account, and whether mail may be sent to it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Account:
    """A customer's account; it is closed for mail once its address has bounced or complained."""

    email: str
    name: str
    closed_because: str | None = None

    @property
    def open(self) -> bool:
        """Whether mail may be sent."""
        return self.closed_because is None


@dataclass
class Accounts:
    """All accounts, by address."""

    by_email: dict[str, Account] = field(default_factory=dict)

    def add(self, email: str, name: str) -> Account:
        """Open an account."""
        account = self.by_email[email] = Account(email, name)
        return account

    def close(self, email: str, reason: str) -> None:
        """Close an account for mail."""
        self.by_email[email].closed_because = reason
