"""HTML as text, as its reader sees it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_sesfake.ses.mail.html_text import to_prose


@pytest.mark.parametrize(
    "html, prose",
    [
        ("Hello", "Hello"),
        ("<p>Hello <b>Ada</b>,</p><p>your   order\n is here.</p>", "Hello Ada,\n\nyour order is here."),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<div><div>one</div></div><div>two</div>", "one\ntwo"),
        ("<ul><li>one</li><li>two</li></ul>after", "- one\n- two\nafter"),
        ("<table><tr><td>Tea</td><td>3</td></tr><tr><td>Milk</td><td>4</td></tr></table>", "Tea 3\nMilk 4"),
        ("Caf&eacute; &amp; bar &lt;now&gt; O&#x27;Brien", "Café & bar <now> O'Brien"),
        ("<head><title>Shop</title><style>p {}</style></head><body>Hello</body>", "Hello"),
        ("<head><style>p {}</style><body>Hello", "Hello"),
        ("<script>if (1 < 2) document.write('<p>')</script>Hello", "Hello"),
        ("<a href='https://example.com/confirm'>Confirm</a> now", "Confirm now"),
        ("<img src='logo.png' alt='Shop'> <img src='x.png'>", "Shop"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<!-- hidden -->Hello<![if !mso]> Ada<![endif]>", "Hello Ada"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("", ""),
    ],
)
def test_html_as_text(html: str, prose: str) -> None:
    assert to_prose(html) == prose


@given(st.text(alphabet="<>/!-[]&;#pbrscript \n", max_size=60))
def test_whatever_it_is_text_comes_out(html: str) -> None:
    prose = to_prose(html)
    assert prose == prose.strip("\n")
    assert "\n\n\n" not in prose
