"""`sesfake.system_mail`: the log of the mail that SES itself writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.reading.logs import Log
from pytest_sesfake.reading.matching import SYSTEM_MAIL
from pytest_sesfake.reading.search import Kind
from pytest_sesfake.reading.showing import several, show
from pytest_sesfake.ses.system_mail import SystemMail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from typing import Literal

    from typing_extensions import Unpack, override

    from pytest_sesfake.reading.matching import SystemMailMatchers
    from pytest_sesfake.ses.simulation import Simulation


def describe(mail: SystemMail) -> str:
    """Describe a mail of SES in one line, for failure texts."""
    return f"{mail.kind} {mail.sent_at:%H:%M:%S} to={several(mail.to)} subject={show(mail.subject)}"


def brief(mail: SystemMail, wanted: Sequence[object] = ()) -> str:
    """Describe a mail of SES in a few words, for lists in failure texts. ``wanted`` is ignored."""
    del wanted  # a mail of SES has one recipient
    return f"{mail.kind} {', '.join(mail.to)}"


class SystemMailLog(Log[SystemMail]):
    """The mail that SES itself wrote, oldest first. Messages of the application are not in it."""

    __slots__ = ()
    kind = Kind(item=SystemMail, noun="system mail", differs=SYSTEM_MAIL, describe=describe, brief=brief)

    def _kept(self, simulation: Simulation) -> list[SystemMail]:
        return simulation.system_mail

    if TYPE_CHECKING:

        @override
        def one(self, **matchers: Unpack[SystemMailMatchers]) -> SystemMail: ...
        @override
        def all(self, **matchers: Unpack[SystemMailMatchers]) -> list[SystemMail]: ...
        @override
        def first(self, **matchers: Unpack[SystemMailMatchers]) -> SystemMail: ...
        @override
        def last(self, **matchers: Unpack[SystemMailMatchers]) -> SystemMail: ...
        @override
        def none(self, **matchers: Unpack[SystemMailMatchers]) -> Literal[True]: ...
        @override
        def count(self, item: object = ..., /, **matchers: Unpack[SystemMailMatchers]) -> int: ...
        @override
        def wait(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[SystemMailMatchers]
        ) -> list[SystemMail]: ...
        @override
        async def wait_async(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[SystemMailMatchers]
        ) -> list[SystemMail]: ...
