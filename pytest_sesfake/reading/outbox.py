"""`sesfake.outbox`: the log of the messages that SES sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.reading.logs import Log
from pytest_sesfake.reading.matching import MESSAGE
from pytest_sesfake.reading.search import Kind
from pytest_sesfake.reading.showing import several, show
from pytest_sesfake.ses.mail.addresses import normal_form, parse_address
from pytest_sesfake.ses.messages import Message
from pytest_sesfake.ses.outcomes.selectors import address_fits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from typing import Literal

    from typing_extensions import Unpack, override

    from pytest_sesfake.reading.matching import MessageMatchers
    from pytest_sesfake.ses.simulation import Simulation


def describe(message: Message) -> str:
    """Describe a message in one line, for failure texts."""
    call = f"{message.api} {message.operation}" if message.operation else message.api
    region = "" if message.region == message.region_state.simulation.region else f" {message.region}"
    fields = [("to", message.to), ("cc", message.cc), ("bcc", message.bcc)]
    people = "".join(f" {name}={several(addresses)}" for name, addresses in fields if addresses or name == "to")
    sent = f"{message.sent_at:%H:%M:%S}"
    return f"{call}{region} {sent} from={parse_address(message.source).bare}{people} subject={show(message.subject)}"


def brief(message: Message, wanted: Sequence[object]) -> str:
    """Describe a message in a few words, for lists in failure texts. It shows a wanted recipient first."""
    if not message.recipients:
        return show(message.subject, 30)
    recipients = sorted(message.recipients, key=lambda own: not any(address_fits(one, own) for one in wanted))
    more = f" and {len(recipients) - 1} more" if len(recipients) > 1 else ""
    return f"{parse_address(recipients[0]).bare}{_role(message, recipients[0])}{more} {show(message.subject, 30)}"


def _role(message: Message, recipient: str) -> str:
    for name, addresses in (("", message.to), (" (Cc)", message.cc)):
        if normal_form(recipient) in map(normal_form, addresses):
            return name
    return " (Bcc)"


class Outbox(Log[Message]):
    """The messages that SES sent, oldest first, one for each Send event. ``message.status`` has their outcomes."""

    __slots__ = ()
    kind = Kind(
        item=Message,
        noun="message",
        differs=MESSAGE,
        describe=describe,
        brief=brief,
        indexed={"recipient": lambda message: message.recipients, "to": lambda message: message.to},
    )

    def _kept(self, simulation: Simulation) -> list[Message]:
        return simulation.messages

    if TYPE_CHECKING:

        @override
        def one(self, **matchers: Unpack[MessageMatchers]) -> Message: ...
        @override
        def all(self, **matchers: Unpack[MessageMatchers]) -> list[Message]: ...
        @override
        def first(self, **matchers: Unpack[MessageMatchers]) -> Message: ...
        @override
        def last(self, **matchers: Unpack[MessageMatchers]) -> Message: ...
        @override
        def none(self, **matchers: Unpack[MessageMatchers]) -> Literal[True]: ...
        @override
        def count(self, item: object = ..., /, **matchers: Unpack[MessageMatchers]) -> int: ...
        @override
        def wait(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[MessageMatchers]
        ) -> list[Message]: ...
        @override
        async def wait_async(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[MessageMatchers]
        ) -> list[Message]: ...
