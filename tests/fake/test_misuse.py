"""A name or a value that the fake does not take: the error names the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pytest_sesfake

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

ADA = "ada@example.com"


@pytest.mark.parametrize(
    "name,meant",
    [
        ("messages", "sesfake.outbox"),
        ("region", "message.region, or the setting @pytest.mark.sesfake(region=...)"),
        ("complaint", "sesfake.on(recipient=...).complain()"),
        ("letters", "sesfake.system_mail"),
        ("happen", "sesfake.apply(message, outcome, recipient=)"),
        ("place", "sesfake.put_object(url, data)"),
        ("stored", "sesfake.get_object(url)"),
        ("function", "sesfake.lambda_function(arn, handler)"),
        ("outbx", "sesfake.outbox"),
    ],
)
def test_an_unknown_attribute_names_the_right_one(sesfake: SesFake, name: str, meant: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(sesfake, name)
    assert str(caught.value) == f"'SesFake' object has no attribute {name!r}. Did you mean {meant}?"


def test_an_attribute_that_resembles_nothing_is_only_refused(sesfake: SesFake) -> None:
    with pytest.raises(AttributeError, match=r"^'SesFake' object has no attribute 'qqq'$"):
        sesfake.qqq  # type: ignore[attr-defined]  # noqa: B018 - the access itself is the test


@pytest.mark.parametrize(
    "name,meant",
    [("Answer", "TargetResponse"), ("NotifyFailed", "NotifyError"), ("RealSesBlocked", "RealSesBlockedError")],
)
def test_the_former_name_of_a_class_names_the_present_one(name: str, meant: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(pytest_sesfake, name)
    assert str(caught.value) == f"module 'pytest_sesfake' has no attribute {name!r}. Did you mean {meant!r}?"


NOT_DELIVERED = (
    f"an earlier step delivers the mail, and {pytest_sesfake.SoftBounce()!r} says that the mail was not delivered; "
    "write .then before the step for the next message to the address"
)
MISTAKES: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (lambda fake: fake.on(ADA), TypeError, f"on() takes keywords only. Did you mean on(recipient={ADA!r})?"),
    (lambda fake: fake.on(to=ADA), TypeError, "on() has no selector 'to'. Did you mean 'recipient'?"),
    (
        lambda fake: fake.suppress([ADA]),
        TypeError,
        f"suppress() takes one address at a time, as text, not {[ADA]!r}",
    ),
    (
        lambda fake: fake.clock.freeze("2026-01-01"),
        TypeError,
        "freeze() takes an aware datetime, such as datetime(2026, 1, 1, tzinfo=timezone.utc), not '2026-01-01'",
    ),
    (
        lambda fake: fake.send("x y"),
        ValueError,
        "send(): SES does not accept this mail: Missing final '@domain'",
    ),
    (
        lambda fake: fake.outbox.filter,
        AttributeError,
        "'Outbox' object has no attribute 'filter'. Did you mean all(...)?",
    ),
    (
        lambda fake: fake.on(recipient=ADA, optional=True).deliver().soft_bounce(),
        ValueError,
        NOT_DELIVERED,
    ),
    (
        lambda fake: fake.configuration_set("news", patience=600),
        TypeError,
        "configuration_set() has no argument 'patience'. Did you mean 'max_delivery_seconds'?",
    ),
    (
        lambda fake: fake.subscribe(print, as_="sqs"),
        TypeError,
        "subscribe() has no argument 'as_'. Did you mean 'target_type'?",
    ),
    (
        lambda fake: fake.subscribe(print, at_once=True),
        TypeError,
        "subscribe() has no argument 'at_once'. Did you mean 'immediate'?",
    ),
    (
        lambda fake: fake.on(recipient=ADA, optional=True).bounce(together=True),
        TypeError,
        "bounce() has no argument 'together'. Did you mean 'grouped'?",
    ),
    (
        lambda _: pytest_sesfake.SesFake(unused="error"),  # type: ignore[call-arg]
        TypeError,
        "Unknown setting 'unused' of sesfake. Did you mean 'unused_scripts'?",
    ),
]


@pytest.mark.parametrize("mistake,error,text", MISTAKES, ids=[text[:40] for _, _, text in MISTAKES])
def test_a_mistake_names_cause_and_cure(
    sesfake: SesFake, mistake: Callable[[Any], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        mistake(sesfake)
    assert str(caught.value) == text


def test_completion_offers_what_a_test_may_type_and_nothing_else(sesfake: SesFake) -> None:
    offered = {name for name in dir(sesfake) if not name.startswith("_")}
    assert offered.isdisjoint({"of", "complaints", "at_exit", "at_end_of_test", "leave", "shared"})
    assert offered >= {"on", "send", "apply", "outbox", "events", "calls", "system_mail", "notifications", "clock"}


def test_the_package_lists_its_public_names() -> None:
    assert dir(pytest_sesfake) == sorted(pytest_sesfake.__all__)


@pytest.mark.parametrize(
    "mistake, text",
    [
        (
            lambda fake: fake.on(operation="SendEmail").throttle(on_call=3),
            "throttle() has no argument 'on_call'. Its arguments are times, attempts.",
        ),
        (
            lambda fake: fake.on(recipient=ADA).bounce(subtpe="General"),
            "bounce() has no argument 'subtpe'. Did you mean 'subtype'?",
        ),
        (
            lambda fake: fake.template("welcome", subject="Hi", body="Hello"),
            "template() has no argument 'body'. Its arguments are name, subject, text, html, region.",
        ),
    ],
)
def test_an_unknown_argument_names_the_nearest_one_or_all(
    sesfake: SesFake, mistake: Callable[[Any], object], text: str
) -> None:
    with pytest.raises(TypeError) as caught:
        mistake(sesfake)
    assert str(caught.value) == text
