"""Email templates of an account, and messages that SES renders from them.

https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses import rendering, tags
from pytest_sesfake.ses.mail.compose import Parts, mail_date
from pytest_sesfake.ses.messages import PartedMessage
from pytest_sesfake.ses.refusals import BrokenTemplate, Invalid, LimitReached, Missing, Taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_sesfake.ses.simulation import RegionState

MOST = 20_000
"""The largest number of templates of an account in a region."""
MOST_BYTES = 500 * 1024
"""The largest size of a template in bytes, all parts together."""

_KIND = "template"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_NAME_RULE = (
    "Template name can contain alphanumeric characters, underscores(_) and hyphens(-). It can contain up to 128 "
    "characters and it should start with an alphanumeric character."
)
_ARN = re.compile(r"arn:[^:]+:ses:[^:]+:[^:]+:template/(.+)")


@dataclass(frozen=True, slots=True)
class Template:
    """One template: subject, text and html. Each part is rendered separately. An inline template has no ``name``."""

    name: str | None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    created: float = 0.0

    @property
    def parts(self) -> dict[str, str]:
        """The parts that are not empty, by name: ``subject``, ``text``, ``html``."""
        parts = {"subject": self.subject, "text": self.text, "html": self.html}
        return {part: source for part, source in parts.items() if source}

    def fill(self, parts: Parts, data: Mapping[str, Any]) -> Parts:
        """Return message parts with the rendered template. Raises `Unrenderable` if the data lacks an attribute."""
        done = {part: rendering.render(source, data) for part, source in self.parts.items()}
        return replace(parts, subject=done.get("subject"), text=done.get("text"), html=done.get("html"))


class TemplatedMessage(PartedMessage):
    """A message that SES rendered from a template.

    ``given`` are the template parameters of the call, unchanged. It is empty for a bulk call.
    """

    __slots__ = ("given",)

    def __init__(
        self,
        region_state: RegionState,
        parts: Parts,
        *,
        given: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(region_state, parts, **fields)
        self.given = given or {}


# The templates of an account.


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of a template."""
    return region_state.arn(f"template/{name}")


tags.taggable(
    "template", lambda region_state, name: arn(region_state, name) if name in region_state.templates else None
)


def find(region_state: RegionState, name: str) -> Template:
    """Return the template with a name or an ARN.

    Raises `Missing` if it does not exist; an ARN of another account or region never matches. Raises `Invalid` for a
    malformed ARN.
    """
    if not name.startswith("arn:"):
        return region_state.templates.get(name)
    given = _ARN.fullmatch(name)
    if given is None:
        raise Invalid(f"Invalid template ARN <{name}>.")
    if name != arn(region_state, given[1]):
        raise Missing(_KIND, name)
    return region_state.templates.get(given[1])


def check(template: Template) -> None:
    """Check a template before it is stored. Raises a `Refusal` if SES does not accept it."""
    name = template.name or ""
    if not _NAME.fullmatch(name):
        raise Invalid(_NAME_RULE)
    if not template.subject:
        raise Invalid("The subject must be specified.")
    if not template.text and not template.html:
        raise Invalid("The text or the HTML must be specified.")
    check_grammar(template)
    size = sum(len(source.encode("utf-8", "replace")) for source in template.parts.values())
    if size > MOST_BYTES:
        raise LimitReached(f"Template size cannot exceed {MOST_BYTES // 1024} KB.")


def check_grammar(template: Template) -> None:
    """Check the Handlebars syntax of a template. Raises a `Refusal` if it is invalid."""
    for part, source in template.parts.items():
        fault = rendering.fault(source)
        if fault is not None:
            raise BrokenTemplate(template.name, f"The {part} is no valid template: {fault}")


def check_brought(template: Template) -> None:
    """Check an inline template. SES allows only attributes in it, no blocks and no partials."""
    if not template.parts:
        raise BrokenTemplate(None, "Template must have at least a subject, text, or html part.")
    check_grammar(template)
    if any(map(rendering.has_operations, template.parts.values())):
        raise Invalid("Template contains unsupported operations.")


def create(region_state: RegionState, template: Template) -> None:
    """Store a new template."""
    check(template)
    name = template.name or ""
    if name in region_state.templates:
        raise Taken(_KIND, name)
    if len(region_state.templates) >= MOST:
        raise LimitReached(f"Maximum of {MOST} templates allowed per account.")
    region_state.templates.add(name, replace(template, created=region_state.simulation.clock.time()))


def update(region_state: RegionState, template: Template) -> None:
    """Replace the template of the same name completely. No part of the old one remains."""
    known = region_state.templates.get(template.name or "")
    check(template)
    region_state.templates.replace(known.name or "", replace(template, created=known.created))


def remove(region_state: RegionState, name: str) -> Template | None:
    """Remove a template and its tags. Return it, or ``None`` if it did not exist."""
    region_state.tenants.check_unused(arn(region_state, name))
    region_state.tags.forget(arn(region_state, name))
    return region_state.templates.discard(name)


def preview(region_state: RegionState, template: Template, data: Mapping[str, Any]) -> str:
    """Return the rendered mail without the header fields that only a send adds. Raises `Unrenderable`."""
    parts = template.fill(Parts(), data)
    message = PartedMessage(region_state, parts, api="sesv2", operation=None, source="", recipients=())
    message.sent_time = region_state.simulation.clock.time()
    _, _, rest = message.submitted.decode("utf-8", "replace").partition("\r\n")  # drop the first field: an empty From
    return f"Date: {mail_date(message.sent_time)}\r\n{rest}"
