"""Templates and their data: what is printed, what is missing, and what is no template at all."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from pytest_sesfake.ses.refusals import Invalid
from pytest_sesfake.ses.rendering import Unrenderable, fault, has_operations, merge, read, render

READER = """{
    "meta": {"number": "4711"},
    "reader": {"first": "Ada", "last": "Byron", "town": "London"},
    "topics": [{"name": "Engines"}, {"name": "Poems"}, {"name": "Numbers"}]
}"""


def missing(source: str, data: dict[str, Any]) -> str:
    """Return what a failed rendering says, after checking that it names the attribute, too."""
    with pytest.raises(Unrenderable) as caught:
        render(source, data)
    assert caught.value.text == f"Attribute '{caught.value.attribute}' is not present in the rendering data."
    return caught.value.text


# The examples of the guide's page on advanced personalisation, with data of our own.


def test_nested_attributes_are_printed() -> None:
    assert render("Hello {{reader.first}} {{ reader.last }}!", read(READER)) == "Hello Ada Byron!"


def test_a_list_is_gone_through() -> None:
    html = "<p>You read about:</p><ul>{{#each topics}}<li>{{name}}</li>{{/each}}</ul>"
    text = "You read about:\n{{#each topics}}- {{this.name}}\n{{/each}}"

    assert render(html, read(READER)) == "<p>You read about:</p><ul><li>Engines</li><li>Poems</li><li>Numbers</li></ul>"
    assert render(text, read(READER)) == "You read about:\n- Engines\n- Poems\n- Numbers\n"


@pytest.mark.parametrize(
    "data, expected",
    [
        ('{"topics": [{"name": "Poems"}]}', "You read about <b>Poems</b>."),
        ('{"topics": []}', "You read nothing."),
        ("{}", "You read nothing."),
    ],
)
def test_a_condition_chooses(data: str, expected: str) -> None:
    source = "{{#if topics}}You read about {{#each topics}}<b>{{name}}</b>{{/each}}.{{else}}You read nothing.{{/if}}"

    assert render(source, read(data)) == expected


@pytest.mark.parametrize("opening", ['{{#* inline "name"}}', '{{#*inline "name"}}', '{{~#* inline "name"}}'])
def test_an_inline_partial_is_filled_in(opening: str) -> None:
    source = opening + "{{first}}{{#if last}} {{last}}{{/if}}{{/inline~}}\nHello {{> name}}! Goodbye, {{> name}}."

    assert render(source, {"first": "Ada", "last": "Byron"}) == "Hello Ada Byron! Goodbye, Ada Byron."
    assert render(source, {"first": "Ada"}) == "Hello Ada! Goodbye, Ada."


# More of Handlebars.


@pytest.mark.parametrize(
    "source, data, expected",
    [
        ("{{#unless paid}}Pay!{{/unless}}", {"paid": False}, "Pay!"),
        ("{{#if a}}1{{else if b}}2{{else}}3{{/if}}", {"b": True}, "2"),
        ("{{#if a}}1{{^}}2{{/if}}", {"a": 0}, "2"),
        ("{{#with who}}{{name}}{{/with}}", {"who": {"name": "Ada"}}, "Ada"),
        ("{{#each who}}{{@key}}={{this}} {{/each}}", {"who": {"a": 1, "b": "x"}}, "a=1 b=x "),
        ("{{#each names}}{{@index}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}", {"names": ["a", "b"]}, "0a, 1b"),
        ("{{#each lines}}{{sum}} {{../currency}} {{/each}}", {"lines": [{"sum": 3}], "currency": "EUR"}, "3 EUR "),
        ("a {{~x~}} b", {"x": "-"}, "a-b"),
        ("{{! a remark }}{{!-- another }} one --}}x", {}, "x"),
        ("{{first-name}} {{first_name}} {{n1}}", {"first-name": "a", "first_name": "b", "n1": "c"}, "a b c"),
        ("{{items.[1]}}", {"items": ["a", "b"]}, "b"),
        ("x\n{{#if a}}\ny\n{{/if}}\nz", {"a": True}, "x\ny\nz"),
        (r"\{{x}} {{log x}}{{lookup who x}}", {"x": "k", "who": {"k": "v"}}, "{{x}} v"),
    ],
)
def test_handlebars_is_understood(source: str, data: dict[str, Any], expected: str) -> None:
    assert render(source, data) == expected


@pytest.mark.parametrize("tag", ["{{x}}", "{{{x}}}", "{{&x}}"])
def test_nothing_is_escaped(tag: str) -> None:
    assert render(tag, {"x": """<b title="&">'=`</b>"""}) == """<b title="&">'=`</b>"""


@pytest.mark.parametrize("tag", ["{{amazonSESUnsubscribeUrl}}", "{{ses:openTracker}}"])
def test_what_ses_puts_in_later_is_left_as_it_is(tag: str) -> None:
    assert render("{{#each names}}{{this}} " + tag + " {{/each}}{" + tag + "}", {"names": ["a"]}) == f"a {tag} {tag}"


# As JavaScript prints: checked against Node.js.
@pytest.mark.parametrize(
    "json, printed",
    [
        ("12", "12"),
        ("-7", "-7"),
        ("1.0", "1"),
        ("2.50", "2.5"),
        ("-0.0", "0"),
        ("0.1", "0.1"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"),
        ("1.5e-9", "1.5e-9"),
        ("5e-324", "5e-324"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("1.2345678901234567e+25", "1.2345678901234566e+25"),
        ("9007199254740993", "9007199254740992"),
        ("12345678901234567890", "12345678901234567000"),
        ("1e999", "Infinity"),
        ("1" + 400 * "0", "Infinity"),
        ("-1e999", "-Infinity"),
        ("true", "true"),
        ("false", "false"),
        ('[1.0, "b", false]', "1,b,false"),
        ('{"a": 1}', "[object Object]"),
    ],
)
def test_values_are_printed_as_handlebars_does(json: str, printed: str) -> None:
    assert render("{{x}}", read(f'{{"x": {json}}}')) == printed


@pytest.mark.parametrize("json", ['""', "0", "0.0", "false", "null", "[]"])
def test_some_values_are_as_good_as_no(json: str) -> None:
    assert render("{{#if x}}yes{{else}}no{{/if}}", read(f'{{"x": {json}}}')) == "no"


# What the data lacks.


def test_a_missing_attribute_is_named_after_a_second_import_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render("{{name}}", {"name": "Ada"}) == "Ada"
    for module in [name for name in sys.modules if name.partition(".")[0] == "dotpromptz_handlebars"]:
        monkeypatch.delitem(sys.modules, module)

    assert missing("{{other}}", {}) == "Attribute 'other' is not present in the rendering data."


@pytest.mark.parametrize(
    "source, data, attribute",
    [
        ("{{name}}", {}, "name"),
        ("{{reader.name}}", {"reader": {}}, "reader.name"),
        ("{{reader.name}}", {"reader": "Ada"}, "reader.name"),
        ("{{#each lines}}{{sum}}{{/each}}", {"lines": [{"sum": 1}, {}]}, "sum"),
        ("{{Name}}", {"name": "Ada"}, "Name"),
        ("{{name}}", {"name": None}, "name"),
        ("{{#IF name}}x{{/IF}}", {"name": "Ada"}, "IF"),
        ("{{first name}}", {"first name": "Ada", "name": "Ada"}, "first"),
    ],
)
def test_what_is_printed_must_be_there(source: str, data: dict[str, Any], attribute: str) -> None:
    assert missing(source, data) == f"Attribute '{attribute}' is not present in the rendering data."


@pytest.mark.parametrize("block", ["if x", "if x.y.z", "each x", "with x"])
def test_what_is_only_asked_for_may_be_missing(block: str) -> None:
    assert render(f"{{{{#{block}}}}}yes{{{{else}}}}no{{{{/{block.split(maxsplit=1)[0]}}}}}", {}) == "no"


def test_an_attribute_of_a_part_that_is_left_out_may_be_missing() -> None:
    assert render("{{#if vip}}{{discount}}{{/if}}Hello", {}) == "Hello"


def test_an_unknown_partial_is_a_failure_without_an_attribute() -> None:
    with pytest.raises(Unrenderable) as caught:
        render("{{> footer}}", {})

    assert (caught.value.text, caught.value.attribute) == ("The partial footer could not be found", None)


def test_a_template_without_end_fails() -> None:
    with pytest.raises(Unrenderable, match="depth"):
        render('{{#*inline "p"}}{{> p}}{{/inline}}{{> p}}', {})


# What is no template.


@pytest.mark.parametrize(
    "source", ["{{name", "{{{name}}", "{{}}", "{{#if x}}", "{{/if}}", "{{#if x}}{{/each}}", "{{else}}", "{{/ }}"]
)
def test_broken_grammar_is_found(source: str) -> None:
    assert fault(source)


@pytest.mark.parametrize("source", ["", "plain", "{ x }", "{{x}}}", "{{#if x}}{{/if}}", '{{#* inline "p"}}{{/inline}}'])
def test_right_grammar_is_right(source: str) -> None:
    assert fault(source) is None


@pytest.mark.parametrize("source", ["{{#if x}}{{/if}}", "{{~#each x}}{{/each}}", "{{> p}}", "{{^x}}{{/x}}"])
def test_blocks_and_partials_are_operations(source: str) -> None:
    assert has_operations(source)
    assert not has_operations("Hello {{reader.name}} {{{x}}} {{~y~}}, # > ^")


# Data.


@pytest.mark.parametrize("text", ["", "name", '{"a": NaN}', '{"a": -Infinity}', "{'a': 1}", '{"a": 1,}', "[" * 100_000])
def test_data_must_be_json(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(text)

    assert caught.value.text == "Unable to parse template data (invalid JSON)."


@pytest.mark.parametrize("text", ["[]", '"name"', "1", "null", "true"])
def test_data_must_be_an_object(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(text)

    assert caught.value.text == "The template data is invalid"


def test_data_is_merged_at_every_depth() -> None:
    default = {"name": "reader", "town": {"name": "Bath", "zip": {"a": 1}}, "topics": [1, 2], "flat": {"a": 1}}
    replacement = {"name": "Ada", "town": {"zip": {"b": 2}}, "topics": [3], "flat": "no", "more": {"x": 1}}

    assert merge(default, replacement) == {
        "name": "Ada",
        "town": {"name": "Bath", "zip": {"a": 1, "b": 2}},
        "topics": [3],
        "flat": "no",
        "more": {"x": 1},
    }
    assert default["town"] == {"name": "Bath", "zip": {"a": 1}}
