"""What SES can track of a reader: its pixel and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import SesFake
from pytest_sesfake.ses.tracking import MOST_LINKS, links, tags

if TYPE_CHECKING:
    from pytest_sesfake import Message


@pytest.fixture
def message() -> Message:
    html = """
        <p>See <a ses:tags="product:book;shelf:new;" href="https://example.com/book">the book</a>,
        <a ses:no-track href="https://example.com/secret">a secret</a>,
        <a href="https://example.com/plain">plain</a> <a href="mailto:me@example.com">or write</a></p>
    """
    return SesFake().send("ada@example.com", html=html, text="https://example.com/in-the-text")


def test_links_are_tracked_unless_they_say_otherwise(message: Message) -> None:
    assert links(message) == [
        "https://example.com/book",
        "https://example.com/plain",
        "https://example.com/in-the-text",
    ]


def test_a_link_may_carry_tags(message: Message) -> None:
    assert tags(message, "https://example.com/book") == {"product": ["book"], "shelf": ["new"]}
    assert tags(message, "https://example.com/plain") is None
    assert tags(message, "https://example.com/elsewhere") is None


def test_links_beyond_the_most_that_ses_tracks_are_left_alone() -> None:
    html = "".join(f'<a href="https://example.com/{number}">x</a>' for number in range(MOST_LINKS + 5))

    assert len(links(SesFake().send("ada@example.com", html=html))) == 250


def test_html_stays_as_the_application_wrote_it(message: Message) -> None:
    assert message.html is not None
    assert 'href="https://example.com/book">the book' in message.html
    assert "awstrack" not in message.raw.decode()
