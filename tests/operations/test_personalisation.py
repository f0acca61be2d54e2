"""The examples of the guide's page on advanced personalisation, with data of our own, as mail that arrives.

https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Data = dict[str, Any]

READER: dict[str, Any] = {
    "meta": {"number": "4711"},
    "reader": {"first": "Ada", "last": "Byron", "town": "London", "since": 1833},
    "topics": [{"name": "Engines"}, {"name": "Poems & Plays"}],
}
NAME = (
    '{{#* inline "name"}}{{reader.first}}{{#if reader.last}} {{reader.last}}{{/if}}{{/inline~}}\n'  # to the line's end
)

# What is in a template, and what each part becomes.
NESTED = (
    {
        "subject": "For {{reader.first}}, number {{meta.number}}",
        "html": "<p>Dear {{reader.first}} {{ reader.last }} of <b>{{reader.town}}</b>,<br>since {{reader.since}}</p>",
        "text": "Dear {{reader.first}} {{ reader.last }} of {{reader.town}},\r\nsince {{reader.since}}\r\n",
    },
    {
        "subject": "For Ada, number 4711",
        "html": "<p>Dear Ada Byron of <b>London</b>,<br>since 1833</p>",
        "text": "Dear Ada Byron of London,\r\nsince 1833\r\n",
    },
)
LIST = (
    {
        "subject": "What {{reader.first}} reads",
        "html": "<p>You read about:</p><ul>{{#each topics}}<li>{{name}}</li>{{/each}}</ul>",
        "text": "You read about:\n\n{{#each topics}}- {{name}}\n{{/each}}",
    },
    {
        "subject": "What Ada reads",
        "html": "<p>You read about:</p><ul><li>Engines</li><li>Poems & Plays</li></ul>",
        "text": "You read about:\r\n\r\n- Engines\r\n- Poems & Plays\r\n",
    },
)
CONDITION = (
    {
        "subject": "{{#if reader.town}}News from {{reader.town}}{{else}}News{{/if}}",
        "html": "{{#if topics}}<ul>{{#each topics}}<li>{{name}}</li>{{/each}}</ul>{{else}}<p>Choose!</p>{{/if}}",
        "text": "{{#if topics}}\nTopics:\n{{#each topics}}\n- {{name}}\n{{/each}}\n{{else}}\nChoose!\n{{/if}}\n",
    },
    {
        "subject": "News from London",
        "html": "<ul><li>Engines</li><li>Poems & Plays</li></ul>",
        "text": "Topics:\r\n- Engines\r\n- Poems & Plays\r\n",
    },
)
OTHERWISE = (CONDITION[0], {"subject": "News", "html": "<p>Choose!</p>", "text": "Choose!\r\n"})
PARTIAL = (
    {
        "subject": NAME + "Hello {{> name}}",
        "html": NAME + "<p>Hello {{> name}}! <i>Goodbye, {{> name}}</i></p>",
        "text": NAME + "Hello {{> name}}!\nGoodbye, {{> name}}",
    },
    {
        "subject": "Hello Ada Byron",
        "html": "<p>Hello Ada Byron! <i>Goodbye, Ada Byron</i></p>",
        "text": "Hello Ada Byron!\r\nGoodbye, Ada Byron",
    },
)
NO_TOPICS: dict[str, Any] = {"reader": {"first": "Eve"}, "topics": []}
EXAMPLES = [
    pytest.param(*NESTED, READER, id="nested attributes"),
    pytest.param(*LIST, READER, id="a list"),
    pytest.param(*CONDITION, READER, id="a condition"),
    pytest.param(*OTHERWISE, NO_TOPICS, id="a condition that does not hold"),
    pytest.param(*PARTIAL, READER, id="inline partials"),
]

TO: Any = {"ToAddresses": ["ada@example.com"]}
FROM = "news@example.org"


def by_v1(v1: SESClient, data: str) -> None:
    v1.send_templated_email(Source=FROM, Destination=TO, Template="example", TemplateData=data)


def by_v1_in_bulk(v1: SESClient, data: str) -> None:
    v1.send_bulk_templated_email(
        Source=FROM,
        Template="example",
        DefaultTemplateData='{"meta": {"number": "0"}}',
        Destinations=[{"Destination": TO, "ReplacementTemplateData": data}],
    )


def by_v2(v2: SESV2Client, data: str) -> None:
    template: Any = {"TemplateName": "example", "TemplateData": data}
    v2.send_email(FromEmailAddress=FROM, Destination=TO, Content={"Template": template})


@pytest.mark.parametrize("send", [by_v1, by_v1_in_bulk, by_v2])
@pytest.mark.parametrize("template, expected, data", EXAMPLES)
def test_an_example_arrives_byte_for_byte(
    sesfake: SesFake, send: Callable[..., None], template: dict[str, str], expected: dict[str, str], data: Data
) -> None:
    sesfake.template("example", **template)

    send(sesfake.client("sesv2" if send is by_v2 else "ses"), json.dumps(data))

    raw = sesfake.outbox.one().raw.decode()
    boundary = re.search(r'boundary="(.*)"', raw)
    assert boundary
    head, _, body = raw.partition("\r\n\r\n")
    assert f"\r\nSubject: {expected['subject']}\r\n" in head
    assert body == "\r\n".join(
        (
            f"--{boundary[1]}",
            "Content-Type: text/plain; charset=UTF-8",
            "Content-Transfer-Encoding: 7bit",
            "",
            expected["text"],
            f"--{boundary[1]}",
            "Content-Type: text/html; charset=UTF-8",
            "Content-Transfer-Encoding: 7bit",
            "",
            expected["html"],
            f"--{boundary[1]}--",
            "",
        )
    )


@pytest.mark.parametrize("template, expected, data", EXAMPLES)
def test_an_example_looks_the_same_when_it_is_tried_out(
    sesfake: SesFake, template: dict[str, str], expected: dict[str, str], data: Data
) -> None:
    sesfake.template("example", **template)

    old = sesfake.client("ses").test_render_template(TemplateName="example", TemplateData=json.dumps(data))[
        "RenderedTemplate"
    ]
    new = sesfake.client().test_render_email_template(TemplateName="example", TemplateData=json.dumps(data))[
        "RenderedTemplate"
    ]

    for rendered in (old, new):
        shown = rendered.replace("\r\n", "\n")
        assert all(value.replace("\r\n", "\n") in shown for value in expected.values())
