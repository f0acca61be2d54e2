"""A resource that a call missed: where it is, or what it is probably called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

    Hints = Callable[[Callable[[], object]], list[str]]

TEMPLATED = {
    "FromEmailAddress": "me@example.org",
    "Destination": {"ToAddresses": ["ada@example.com"]},
    "Content": {"Template": {"TemplateName": "weekly", "TemplateData": "{}"}},
}


def send(sesfake: SesFake, region: str, **more: Any) -> None:
    with pytest.raises(ClientError):
        sesfake.client(region=region).send_email(**{**TEMPLATED, **more})


def test_a_template_of_another_region_is_named(sesfake: SesFake, hints: Hints) -> None:
    sesfake.template("weekly", subject="Hi", text="Hello", region="us-east-1")
    send(sesfake, "eu-west-1")

    (refused, text) = hints(lambda: sesfake.outbox.one(to="ada@example.com"))
    assert "Template weekly does not exist" in refused
    assert text == "template 'weekly' exists in us-east-1, but the call went to eu-west-1"


def test_a_similar_template_is_named(sesfake: SesFake, hints: Hints) -> None:
    sesfake.template("weekly-v1", subject="Hi", text="Hello", region="us-east-1")
    send(sesfake, "us-east-1")

    assert hints(lambda: sesfake.outbox.one(to="ada@example.com"))[-1] == (
        "us-east-1 has no template 'weekly'. Did you mean 'weekly-v1'?"
    )


def test_a_configuration_set_of_another_region_is_named(sesfake: SesFake, hints: Hints) -> None:
    sesfake.configuration_set("news", region="us-east-1")
    simple = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}}
    send(sesfake, "eu-west-1", Content=simple, ConfigurationSetName="news")

    assert hints(lambda: sesfake.outbox.one(to="ada@example.com"))[-1] == (
        "configuration set 'news' exists in us-east-1, but the call went to eu-west-1"
    )


def test_a_resource_that_exists_nowhere_has_no_hint(sesfake: SesFake, hints: Hints) -> None:
    send(sesfake, "eu-west-1")

    (refused,) = hints(lambda: sesfake.outbox.one(to="ada@example.com"))
    assert "does not exist" in refused
