"""Values in texts are short, and hold no secret."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.reading.showing import place, redact, several, shorten, show, show_both
from pytest_sesfake.wire.passwords import derive

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message, SesFake

    Send = Callable[..., Message]
    Failure = Callable[[Callable[[], object]], str]

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    "text, shown",
    [
        (f"the key {KEY_ID} is old", "the key [redacted] is old"),
        (f"ASIA{KEY_ID[4:]}:", "[redacted]:"),
        (f"login with {derive(SECRET, 'us-east-1')}.", "login with [redacted]."),
        (f"aws_secret_access_key={SECRET}", "aws_secret_access_key=[redacted]"),
        ("Signature=" + "0af1" * 16, "Signature=[redacted]"),
        ("https://x.com/unsubscribe?token=abc def", "https://x.com/unsubscribe?[redacted] def"),
        ("<https://x.com/Unsubscribe/abc>, <mailto:unsubscribe+abc@x.com>",
         "<https://x.com/Unsubscribe/[redacted]>, <mailto:unsubscribe+[redacted]>"),
        ("https://x.com/u?unsubscribe_token=abc", "https://x.com/u?unsubscribe_token=[redacted]"),
        # Nothing of that kind.
        ("To unsubscribe/leave, answer.", "To unsubscribe/leave, answer."),
        ("https://x.com/confirm?token=abc", "https://x.com/confirm?token=abc"),
        ("AKIA is a prefix", "AKIA is a prefix"),
        ("B" * 60, "B" * 60),
    ],
)  # fmt: skip
def test_secrets_in_texts_are_masked(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_secrets_of_the_environment_are_masked_wherever_they_stand(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, SECRET)

    assert redact(f"<{SECRET}>, {SECRET}") == "<[redacted]>, [redacted]"
    assert show({"note": SECRET}) == "{'note': '[redacted]'}"
    assert redact("the key") == "the key"


@pytest.mark.parametrize("value", ["testing", "", "secret"])
def test_a_word_that_serves_as_a_key_is_not_masked(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", value)

    assert redact("testing the secret") == "testing the secret"


def test_secrets_are_masked_by_the_names_they_go_by() -> None:
    params = {
        "EmailIdentity": "x.com",
        "SigningAttributes": [{"DomainSigningSelector": "a", "DomainSigningPrivateKey": "c2VjcmV0"}],
        "password": b"secret",
        "SessionToken": "abc",
        "NextToken": "abc",
    }

    assert show(params, None) == (
        "{'EmailIdentity': 'x.com', 'SigningAttributes': [{'DomainSigningSelector': 'a', "
        "'DomainSigningPrivateKey': '[redacted]'}], 'password': '[redacted]', 'SessionToken': '[redacted]', "
        "'NextToken': 'abc'}"
    )


def test_a_failed_look_shows_no_secret(sesfake: SesFake, send: Send, failure: Failure) -> None:
    link = "https://x.com/unsubscribe?token=0123456789"
    send("ada@example.com", subject=f"Key {KEY_ID}", text=link, html=link)

    said = failure(lambda: sesfake.outbox.one(subject=f"Key {KEY_ID[::-1]}", text="x", html=link + "x"))

    assert "Key [redacted]" in said
    assert "unsubscribe?[redacted]" in said
    assert KEY_ID not in said
    assert "0123456789" not in said
    assert KEY_ID not in repr(sesfake.outbox)


def test_a_difference_in_a_secret_shows_neither_value(sesfake: SesFake, failure: Failure) -> None:
    sesfake.on(operation="CreateEmailIdentity").fail("BadRequestException", "No.")
    client = sesfake.client()
    with pytest.raises(client.exceptions.BadRequestException):
        client.create_email_identity(
            EmailIdentity="x.com", DkimSigningAttributes={"DomainSigningPrivateKey": "c2VjcmV0"}
        )

    said = failure(lambda: sesfake.calls.one(params={"DkimSigningAttributes": {"DomainSigningPrivateKey": "b3RoZXI="}}))

    assert "params : DkimSigningAttributes.DomainSigningPrivateKey '[redacted]' != '[redacted]'" in said
    assert "c2VjcmV0" not in said
    assert "b3RoZXI=" not in said


def test_what_is_too_long_loses_its_end() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert shorten("abcdefg", None) == "abcdefg"
    assert show(list(range(100)), 10) == "[0, 1, 2,…"
    assert len(show(b"x" * 1_000_000, 10)) == 10
    assert show("x" * 100, None) == repr("x" * 100)


def test_two_strings_are_shown_from_shortly_before_they_part() -> None:
    assert show_both("abc", "abd", 6) == ("'abc'", "'abd'")
    assert show_both("a" * 20 + "b", "a" * 20 + "c", 9) == ("'…aaab'", "'…aaac'")
    assert show_both("b" + "a" * 20, "c" + "a" * 20, 9) == ("'baaaaaaa…'", "'caaaaaaa…'")
    assert show_both("a" * 20, "a" * 19, 9) == ("'…aaaa'", "'…aaa'")
    assert show_both("a" * 20, "b" * 20, None) == (repr("a" * 20), repr("b" * 20))


def test_functions_are_shown_by_name_and_line() -> None:
    line = test_functions_are_shown_by_name_and_line.__code__.co_firstlineno
    here = "tests/reading/test_showing.py"

    assert show(test_functions_are_shown_by_name_and_line) == (
        f"<test_functions_are_shown_by_name_and_line {here}:{line}>"
    )
    assert show(lambda: None).startswith(f"<lambda {here}:")
    assert show(partial(print)) == "functools.partial(<built-in function print>)"
    assert show(re.compile("x")) == "re.compile('x')"


def test_many_addresses_are_counted() -> None:
    assert several([]) == "[]"
    assert several(["Ada <ada@x.com>", "bob@x.com"]) == "['ada@x.com', 'bob@x.com']"
    assert several([f"u{number}@x.com" for number in range(5)]) == "['u0@x.com', 'u1@x.com', 'u2@x.com', and 2 more]"


def test_a_line_is_shown_from_the_working_directory_if_it_is_below(tmp_path: Path) -> None:
    outside = str(tmp_path / "mail.py")

    assert place((os.path.join(os.getcwd(), "app", "mail.py"), 41)) == str(Path("app/mail.py")) + ":41"  # noqa: PTH109, PTH118 - the parameter is a str
    assert place((outside, 7)) == f"{outside}:7"
