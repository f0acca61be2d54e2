"""The web pages behind the links in mail: verification and unsubscription.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html
https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html#send-email-verify-address-custom
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from pytest_sesfake.ses import unsubscribing, verification

if TYPE_CHECKING:
    from pytest_sesfake.ses.contacts import ContactList
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import Simulation


class LinkResponse(NamedTuple):
    """The response to a browser: a page, or a redirect to ``location``."""

    status: int
    page: str
    location: str | None = None


def verify(simulation: Simulation, query: str) -> LinkResponse:
    """Answer a visit to a verification link. A custom verification mail redirects as its template says."""
    token = parse_qs(query).get("Signature", [""])[0]
    followed = (verification.follow(region_state, token) for region_state in simulation.region_states())
    link, is_verified = next((found for found in followed if found is not None), (None, False))
    if link is None:
        return _unknown()
    place = link.success if is_verified else link.failure
    if place is not None:
        return LinkResponse(302, "", place)
    return LinkResponse(200, _page("The address is verified" if is_verified else "The address is not verified", ""))


def unsubscribe(simulation: Simulation, method: str, path: str, form: str) -> LinkResponse:
    """Answer a visit to an unsubscribe link. GET shows the page and changes nothing.

    A POST comes from the unsubscribe button of a mail client (RFC 8058), or from the form of that page.
    """
    message = unsubscribing.find(simulation, path.removeprefix("/unsubscribe/"))
    chosen = None if message is None else unsubscribing.contact_list(message)
    if message is None or chosen is None:
        return _unknown()
    if method in ("GET", "HEAD"):
        return LinkResponse(200, _page("Your subscriptions", _form(message, chosen)))
    if method != "POST":
        return LinkResponse(405, _page("This is not possible", ""))
    given = parse_qs(form, keep_blank_values=True)
    if form.strip() == unsubscribing.ONE_CLICK or "One-Click" in given.get("List-Unsubscribe", ()):
        unsubscribing.leave(message)
    elif "all" in given:
        unsubscribing.leave_all(message)
    else:
        unsubscribing.choose(message, given.get("topic", ()))
    return LinkResponse(200, _page("Your preferences are saved", ""))


def _unknown() -> LinkResponse:
    return LinkResponse(404, _page("This link leads nowhere", ""))


def _form(message: Message, chosen: ContactList) -> str:
    contact = chosen.contacts.find(message.recipients[0])
    rows = []
    for topic in chosen.topics.values():
        wanted = topic.subscribed if contact is None else chosen.wants(contact, topic.name)
        checked = " checked" if wanted else ""
        box = f'<input type="checkbox" name="topic" value="{escape(topic.name)}"{checked}>'
        rows.append(f"<p><label>{box} {escape(topic.title)}</label> {escape(topic.description or '')}</p>")
    save = '<p><button name="save">Save</button></p>' if rows else ""
    leave = '<p><button name="all">Unsubscribe from everything</button></p>'
    return f'<form method="post">{"".join(rows)}{save}{leave}</form>'


def _page(title: str, body: str) -> str:
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>\n"
