"""Suggests the right name if a test uses a name that the fake does not have, or an old public name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.reading.suggestions import find_nearest, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from inspect import Parameter


_ATTRIBUTES = {
    "answers": "sesfake.notifications",
    "bounce": "sesfake.on(recipient=...).bounce()",
    "bounces": 'sesfake.events.all("Bounce")',
    "complain": "sesfake.on(recipient=...).complain()",
    "complaint": "sesfake.on(recipient=...).complain()",
    "deliver": "sesfake.on(recipient=...).deliver()",
    "emails": "sesfake.outbox",
    "function": "sesfake.lambda_function(arn, handler)",
    "happen": "sesfake.apply(message, outcome, recipient=)",
    "inbox": "sesfake.receive(...)",
    "letters": "sesfake.system_mail",
    "mail": "sesfake.outbox",
    "messages": "sesfake.outbox",
    "place": "sesfake.put_object(url, data)",
    "region": "message.region, or the setting @pytest.mark.sesfake(region=...)",
    "sent": "sesfake.outbox",
    "stored": "sesfake.get_object(url)",
    "throttle": "sesfake.on(operation=...).throttle()",
}
_KEYWORDS = {
    "as_": "target_type",
    "at_once": "immediate",
    "patience": "max_delivery_seconds",
    "to": "recipient",
    "together": "grouped",
}


def attribute_error(owner: object, name: str) -> AttributeError:
    """Return the error for an attribute that the fake does not have. It suggests the nearest name, if there is one."""
    near = find_nearest(name, [each for each in dir(owner) if not each.startswith("_")])
    cures = {name: f"sesfake.{near}", **_ATTRIBUTES} if near else _ATTRIBUTES
    return AttributeError(f"{type(owner).__name__!r} object has no attribute {name!r}{suggest(name, (), cures=cures)}")


def check_keywords(verb: str, keywords: Iterable[str], parameters: Mapping[str, Parameter]) -> None:
    """Raise TypeError for an unknown keyword of a verb. The error has the nearest name, or the new one of an old name.

    ``parameters`` are those of the verb. A verb that takes any keyword checks them itself.
    """
    __tracebackhide__ = True
    for name in keywords:
        if name not in parameters:
            new = _KEYWORDS.get(name)
            if new not in parameters and any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
                return
            known = [each for each in parameters if each != "self"]
            cures = {name: new} if new is not None and new in known else None
            raise TypeError(
                f"{verb}() has no argument {name!r}{suggest(name, known, otherwise='Its arguments are', cures=cures)}"
            )
