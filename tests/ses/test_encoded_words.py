"""Encoded words and charsets, checked against the standard library's ``email`` package."""

from __future__ import annotations

import base64
from email.header import Header, decode_header, make_header
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_sesfake.ses.mail.encoded_words import decode, encode, from_base64, newlines, to_text

LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
CHARSETS = st.sampled_from(["utf-8", "iso-8859-1", "windows-1252", "shift_jis", "iso-2022-jp", "gb18030", "koi8-r"])


def by_email(value: str) -> str:
    return str(make_header(decode_header(value)))


@given(st.text(LETTERS, max_size=200), st.none() | CHARSETS)
def test_what_is_encoded_is_decoded_to_the_same_text(text: str, charset: str | None) -> None:
    assert decode(encode(text, charset).replace("\r\n ", " ")) == text


@given(st.text(LETTERS, max_size=200).map(str.strip).filter(lambda text: "=?" not in text))
def test_email_decodes_what_we_encode(text: str) -> None:
    assert by_email(encode(text).replace("\r\n ", " ")) == text


@given(st.text(LETTERS, min_size=1, max_size=200), st.sampled_from(["utf-8", "iso-8859-1", "koi8-r"]))
def test_we_decode_what_email_encodes(text: str, charset: str) -> None:
    encoded = Header(text, charset if text.encode(charset, "replace").decode(charset) == text else "utf-8").encode()

    assert decode(encoded.replace("\n ", " ")) == by_email(encoded)


@given(st.text(LETTERS, max_size=300))
def test_no_encoded_word_is_longer_than_the_standard_allows(text: str) -> None:
    assert all(line.isascii() for line in encode(text).split("\r\n "))
    assert text.isascii() or all(len(line) <= 75 for line in encode(text).split("\r\n "))


def test_mostly_ascii_text_is_encoded_readably_and_other_text_briefly() -> None:
    assert encode("Grüße an Ada") == "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an_Ada?="
    assert encode("用戶驗證") == "=?UTF-8?B?55So5oi26amX6K2J?="
    assert encode("Grüße", "ISO-8859-1") == "=?ISO-8859-1?Q?Gr=FC=DFe?="


@pytest.mark.parametrize("charset", ["klingon", "UTF-8\r\nBcc: eve@example.com", "UTF-16", "idna", "base64", ""])
def test_a_charset_that_cannot_be_used_gives_way_to_utf_8(charset: str) -> None:
    assert encode("Grüße", charset) == encode("Grüße", "UTF-8")


@pytest.mark.parametrize("charset", ["ISO-8859-1", "us-ascii"])
def test_a_charset_that_lacks_a_character_gives_way_to_utf_8(charset: str) -> None:
    assert encode("5 €", charset) == "=?UTF-8?Q?5_=E2=82=AC?="


def test_a_charset_that_confuses_a_character_with_another_gives_way_to_utf_8() -> None:
    assert encode("5 ¥", "shift_jis") == encode("5 ¥")  # it would come back as a backslash


@pytest.mark.parametrize(
    "value, text",
    [
        ("no word at all", "no word at all"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("x =?utf-8?q?a?=", "x a"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),  # one character in two words
        ("=?utf-8*de?q?=C3=BC?=", "ü"),
        ("=?utf-8?b?w7w?=", "ü"),  # padding left out
        ("=?utf-8?b?w7w!?=", "ü"),
        ("=?klingon?q?=FC?=", "ü"),
        ("=?us-ascii?q?=FC?=", "ü"),
        ("=?utf-8?q?=FC?=", "�"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a", "=?utf-8?q?a"),
        ('"=?utf-8?q?J=C3=BCrgen?=" <j@example.com>', '"Jürgen" <j@example.com>'),
        ("=?utf-8?q?ü?=", "ü"),
    ],
)
def test_encoded_words_are_decoded_as_mail_readers_do(value: str, text: str) -> None:
    assert decode(value) == text


@given(
    st.binary(max_size=300), st.text(max_size=40) | st.sampled_from(sorted({*aliases, *aliases.values(), "undefined"}))
)
def test_decoding_never_raises_whatever_charset_was_declared(data: bytes, charset: str) -> None:
    assert isinstance(to_text(data, charset), str)


@given(st.text(st.sampled_from("=?utf-8qbQB_ \tüAz09+/"), max_size=80))
def test_decoding_never_raises_whatever_looks_like_an_encoded_word(value: str) -> None:
    assert isinstance(decode(value), str)


@given(st.binary(max_size=200), st.integers(0, 300), st.binary(max_size=5))
def test_base64_is_read_as_far_as_it_goes(data: bytes, cut: int, dirt: bytes) -> None:
    encoded = base64.b64encode(data)

    assert from_base64(base64.encodebytes(data)) == data
    assert data.startswith(from_base64(encoded[:cut]))
    assert isinstance(from_base64(encoded[:cut] + dirt + encoded[cut:]), bytes)


def test_text_of_an_undeclared_charset_is_utf_8_or_else_latin_1() -> None:
    assert to_text("Grüße".encode(), None) == "Grüße"
    assert to_text("Grüße".encode("latin-1"), None) == "Grüße"
    assert to_text("Grüße".encode("latin-1"), "us-ascii") == "Grüße"
    assert to_text("Grüße".encode("latin-1"), "iso-8859-1") == "Grüße"


def test_every_kind_of_line_end_becomes_a_newline() -> None:
    assert newlines("a\r\nb\rc\nd") == "a\nb\nc\nd"
