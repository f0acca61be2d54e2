"""What the model of an older botocore does not require may be left out of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.wire import constraints

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_sesfake import SesFake


def test_a_bulk_send_of_v1_needs_no_default_data(
    sesfake: SesFake, invoke: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_operation: object, _arguments: object) -> None:
        """Find nothing wrong, as the models do in which ``DefaultTemplateData`` is optional."""

    monkeypatch.setattr(constraints, "check", check)
    sesfake.template("news", subject="News for {{name}}", text="Hello.")

    invoke(
        "ses",
        "SendBulkTemplatedEmail",
        Source="me@example.org",
        Template="news",
        Destinations=[
            {"Destination": {"ToAddresses": ["ada@example.com"]}, "ReplacementTemplateData": '{"name": "Ada"}'}
        ],
    )

    assert sesfake.outbox.one().subject == "News for Ada"
