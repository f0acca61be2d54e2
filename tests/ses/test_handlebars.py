"""The engine against Handlebars.js, whose results these are: what it reads otherwise is spelt so that it does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_sesfake.ses.rendering import Unrenderable, fault, render

DATA: dict[str, Any] = {
    "no": False,
    "yes": True,
    "name": "Ada",
    "elsewhere": "Bath",
    "list": [1, 2],
    "none": [],
    "empty": {},
    "town": {"name": "London"},
    "lines": [{"name": "Tea", "tags": ["a", "b"]}, {"name": "Milk", "tags": []}],
}
PARTIAL = '{{#*inline "p"}}P\nQ\n{{/inline}}'


@pytest.mark.parametrize(
    "source, expected",
    [
        ("{{#if no}}1{{else with town}}{{name}}{{else}}3{{/if}}", "London"),
        ("{{#if no}}1{{else each list}}{{this}}{{else}}3{{/if}}", "12"),
        ("{{#if no}}1{{else each none}}{{this}}{{else}}3{{/if}}", "3"),
        ("{{#if no}}1{{else each lines as |line|}}{{line.name}} {{/if}}", "Tea Milk "),
        ("{{#with missing}}1{{else with town}}{{name}}{{/with}}", "London"),
        ("{{#each none}}1{{else if no}}2{{else unless yes}}3{{else}}4{{/each}}", "4"),
        ("{{#if no}}1{{else  if  no}}2{{else if none}}3{{else if yes}}4{{else}}5{{/if}}", "4"),
        (
            "{{#if no}}1{{else if no}}{{#if yes}}2{{/if}}{{else}}{{#if no}}3{{else with town}}{{name}}{{/if}}{{/if}}",
            "London",
        ),
        ("{{#if no}} 1 {{~else with town~}} {{name}} {{~/if~}} !", "London!"),
        ("a\n{{#if no}}\n1\n  {{else with town}}\n{{name}}\n{{/if}}\nz", "a\nLondon\nz"),
        ("a\r\n{{#if no}}\r\n1\r\n{{else each list}}\r\n{{this}}\r\n{{else}}\r\n3\r\n{{/if}}\r\nz", "a\r\n1\r\n2\r\nz"),
        (PARTIAL + "{{#if no}}\n{{else if yes}}\n  {{> p}}\n{{/if}}\n", "  P\n  Q\n"),
    ],
)
def test_a_block_can_go_on_with_any_other_block(source: str, expected: str) -> None:
    assert render(source, DATA) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("{{#if yes}} {{name}}{{/if}}", " Ada"),
        ("Dear\n{{#if yes}} {{name}}{{/if}}\n", "Dear\n Ada\n"),
        ("{{#each list}} {{this}} {{/each}}", " 1  2 "),
        ("{{!-- {{x}} --}}\t{{! y }} {{name}}", "\t Ada"),
        (r"{{#if yes}} \{{name}}{{/if}}", " {{name}}"),
        ("{{elsewhere}}\nz", "Bath\nz"),
    ],
)
def test_blanks_between_tags_are_text(source: str, expected: str) -> None:
    assert render(source, DATA) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("{{#if yes~}}\n  yes\n{{~/if}}\nz", "yesz"),
        ("a\n  {{#if yes~}}\n  yes\n  {{/if}}\nz", "a\nyes\nz"),
        ("a\n  {{~#if yes}}\n  yes\n{{/if~}}\n  z", "a  yes\nz"),
        ("{{#each list~}}\n  {{this}},\n{{~/each}}\nz", "1,2,z"),
        ("{{name~}}\n  {{! a remark }}\n  z", "Ada  z"),
        ("{{#if yes~}}\n{{#if yes}}\n  yes\n{{/if}}\n{{~/if}}\n", "  yes\n"),
        (PARTIAL + "{{#if yes}}\n  {{> p}}\n{{/if}}\n", "\n  P\n  Q\n"),
    ],
)
def test_a_line_of_a_tag_goes_with_it_whatever_else_is_stripped(source: str, expected: str) -> None:
    assert render(source, DATA) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("{{list.length}}", "2"),
        ("{{#if none.length}}yes{{else}}no{{/if}}", "no"),
        ("{{#each lines}}{{tags.length}}{{#each this.tags}}{{this}}{{@index}}{{/each}}{{/each}}", "2a0b10"),
        ("{{#with list}}{{length}}{{/with}}", "2"),
        ("{{lookup list 1}}{{list}}", "21,2"),
        ("{{lines.1.name}} {{lines.0.tags.[1]}} {{#with lines.0.tags}}{{this}}{{/with}}", "Milk b a,b"),
        ('{{lookup town "name"}}', "London"),
        ("{{#with list}}{{lookup . 1}}{{lookup . length}}{{/with}}", "2"),
        (
            "{{lookup list 'length'}}[{{lookup none 0}}{{lookup empty 'x'}}{{lookup town 'x'}}]{{lookup no 'x'}}",
            "2[]false",
        ),
        ('{{#*inline "p"}}{{x}}{{this.[1]}}{{/inline}}{{> p list x=3}}', "32"),
    ],
)
def test_a_list_has_places_and_a_length(source: str, expected: str) -> None:
    assert render(source, DATA) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{#if yes}}1{{else}}2{{else}}3{{/if}}",
        "{{#if yes}}1{{else}}2{{else if no}}3{{/if}}",
        "{{ #if yes}}1{{/if}}",
        "{{#if yes}}1{{ /if}}",
        "{{ > p}}",
        "{{ ! a remark }}",
    ],
)
def test_what_only_the_engine_lets_pass_is_no_template(source: str) -> None:
    assert fault(source)


PIECES = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{{{",
            "}}}",
            "{{{{",
            "}}}}",
            "~",
            "#",
            "/",
            "^",
            ">",
            "!",
            "!--",
            "--",
            "&",
            "*",
            "\\",
            "\n",
            " ",
        ),
        *("if yes", "else", "else if no", "else with town", "each list", "with town", "name", "..", "@index", "as |x|"),
        *("{{#if yes}}", "{{/if}}", "{{#each lines}}", "{{/each}}", '{{#* inline "p"}}', "{{/inline}}", "{{> p}}"),
        *("(", ")", "[", "]", "'", '"', "=", "1", ".", "lookup", "{{!-- ", " --}}", "{{else}}", "{{^}}"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_fault_found_before_rendering_is_the_error_of_rendering(source: str) -> None:
    wrong = fault(source)
    failed = None

    try:
        render(source, DATA)
    except Unrenderable as failure:
        failed = failure.text

    assert wrong in (None, failed)
