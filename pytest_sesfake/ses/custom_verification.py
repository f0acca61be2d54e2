"""Custom verification mails: the application's own text that asks the owner of an address to confirm it.

The text comes from a template. SES adds the link and a disclaimer at the end. After a click the browser of the owner
is redirected to the pages that the template names.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html#send-email-verify-address-custom
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_sesfake.ses import identities, tags, verification
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.refusals import Invalid, LimitReached, Taken

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.system_mail import SystemMail

MOST = 50
"""The largest number of these templates of an account in a region."""
MOST_BYTES = 10 * 1024 * 1024
"""The content of a template must be smaller than this number of bytes."""

_KIND = "custom verification template"
# The elements of html that the content may contain.
_ELEMENTS = frozenset(
    """
    a abbr acronym address area b basefont big blockquote body br button caption center cite code col colgroup dd del
    dfn dir div dl dt em fieldset font form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li map menu
    ol optgroup option p pre q s samp select small span strike strong sub sup table tbody td textarea tfoot th thead
    title tr tt u ul var
    """.split()  # noqa: SIM905 - as a list it is eighty lines
)


@dataclass(frozen=True, slots=True)
class VerificationTemplate:
    """A template: sender, subject and content of the mail, and the URLs for ``success`` and ``failure``."""

    name: str
    sender: str
    subject: str
    content: str
    success: str
    failure: str


# Templates.


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of a template."""
    return region_state.arn(f"custom-verification-email-template/{name}")


tags.taggable(
    "custom-verification-email-template",
    lambda region_state, name: arn(region_state, name) if name in region_state.verification_templates else None,
)


def may_send(region_state: RegionState, sender: str) -> bool:
    """Tell whether the account may send from an address."""
    return region_state.simulation.any_sender or identities.is_verified(region_state, sender)


def check_redirects(template: VerificationTemplate) -> None:
    """Check the two pages of a template. Raises `Invalid` if one is not an http or https URL."""
    for outcome, url in (("success", template.success), ("failure", template.failure)):
        if not _is_url(url):
            raise Invalid(f"The {outcome} redirection URL is invalid")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, text))


def content_fault(content: str) -> str | None:
    """Return the error in the content of a template, or ``None``."""
    if not content.strip():
        return "The template content must be specified."
    if len(content.encode("utf-8", "replace")) >= MOST_BYTES:
        return "The template content must be smaller than 10 MB."
    reader = _Elements()
    reader.feed(content)
    reader.close()
    wrong = next((name for name in reader.found if name not in _ELEMENTS), None)
    return wrong and f"The template content has an element that is not allowed: <{wrong}>."


class _Elements(HTMLParser):
    """Collects the names of the elements of a page. A comment counts as an element that is not allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.found.append(tag)

    def handle_comment(self, data: str) -> None:
        del data
        self.found.append("!--")


def create(region_state: RegionState, template: VerificationTemplate) -> None:
    """Store a new template. Raises `Taken` if its name is in use, `LimitReached` if there are too many."""
    if template.name in region_state.verification_templates:
        raise Taken(_KIND, template.name)
    if len(region_state.verification_templates) >= MOST:
        raise LimitReached(f"Maximum of {MOST} custom verification email templates allowed per account.")
    region_state.verification_templates.add(template.name, template)


def remove(region_state: RegionState, name: str) -> VerificationTemplate | None:
    """Remove a template and its tags. Return it, or ``None`` if it does not exist."""
    region_state.tags.forget(arn(region_state, name))
    return region_state.verification_templates.discard(name)


# Mails.


def send(region_state: RegionState, template: VerificationTemplate, address: str, *, api: str) -> SystemMail:
    """Send a verification mail from a template. This registers the address, and restarts an earlier verification."""
    verification.begin(region_state, address)
    link = escape(verification.write(region_state, verification.Link(address, template.success, template.failure)))
    end = f'<p><a href="{link}">{link}</a></p>\n<p>{verification.DISCLAIMER}</p>\n'
    head, body, rest = template.content.rpartition("</body>")
    html = f"{head}{end}{body}{rest}" if body else f"{template.content}\n{end}"
    parts = Parts(template.subject, None, html, (address,))
    return verification.post(region_state, parts, address, sender=template.sender, api=api)
