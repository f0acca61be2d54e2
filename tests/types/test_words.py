"""The words that type checkers accept are the words that the fake accepts when a test runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from pytest_sesfake import Bounce, Complaint, Delay, SesFake, SoftBounce, Suppression
from pytest_sesfake.delivery.notifications import NotificationType
from pytest_sesfake.delivery.targets import TargetType
from pytest_sesfake.fake.settings import Severity, SmtpAuth, Verification
from pytest_sesfake.fake.setup import SubscriptionStatus, VerificationStatus
from pytest_sesfake.fake.simulate import OutageKind
from pytest_sesfake.reading.matching import types_of_events
from pytest_sesfake.ses.calls import Api
from pytest_sesfake.ses.event_forms import Forge, Form, SignatureVersion, Via
from pytest_sesfake.ses.events import EventType
from pytest_sesfake.ses.outcomes.bounces import BOUNCES, BounceSubtype, BounceType, SoftBounceSubtype
from pytest_sesfake.ses.outcomes.outcomes import Feedback, SuppressionScope
from pytest_sesfake.ses.outcomes.retries import REASONS, DelayReason
from pytest_sesfake.ses.received_mail import DmarcPolicy, MailVerdict
from pytest_sesfake.ses.suppression import SuppressionReason
from pytest_sesfake.transports.client import Service

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG: Any = "misspelt"
TOPIC = "arn:aws:sns:us-east-1:123456789012:mail"

USES: dict[str, tuple[Any, Callable[[SesFake, Any], object]]] = {
    "verification=": (Verification, lambda _, word: SesFake(verification=word)),
    "smtp_auth=": (SmtpAuth, lambda _, word: SesFake(smtp_auth=word)),
    "unused_scripts=": (Severity, lambda _, word: SesFake(unused_scripts=word)),
    "unfinished=": (Severity, lambda _, word: SesFake(unfinished=word)),
    "suppression=": (SuppressionReason, lambda _, word: SesFake(suppression=[word])),
    "sesfake.suppression": (SuppressionReason, lambda sesfake, word: setattr(sesfake, "suppression", [word])),
    "suppress(reason=)": (SuppressionReason, lambda sesfake, word: sesfake.suppress("ada@example.com", word)),
    "configuration_set(suppression=)": (
        SuppressionReason,
        lambda sesfake, word: sesfake.configuration_set("shop", suppression=[word]),
    ),
    "configuration_set(events=)": (
        EventType,
        lambda sesfake, word: sesfake.configuration_set("shop", events=[word], topic=TOPIC),
    ),
    "contact_list(topics=)": (
        SubscriptionStatus,
        lambda sesfake, word: sesfake.contact_list("news", topics={"daily": word}),
    ),
    "contact_list(contacts=)": (
        SubscriptionStatus,
        lambda sesfake, word: sesfake.contact_list("news", contacts={"ada@example.com": word}),
    ),
    "verify(status=)": (VerificationStatus, lambda sesfake, word: sesfake.verify("example.com", status=word)),
    "outage(kind)": (OutageKind, lambda sesfake, word: sesfake.outage(word)),
    "outage(api=)": (Api, lambda sesfake, word: sesfake.outage(api=word)),
    "on(api=)": (Api, lambda sesfake, word: sesfake.on(api=word, optional=True).accept()),
    "outbox.none(api=)": (Api, lambda sesfake, word: sesfake.outbox.count(api=word)),
    "calls.none(api=)": (Api, lambda sesfake, word: sesfake.calls.count(api=word)),
    "events.count(type)": (EventType, lambda sesfake, word: sesfake.events.count(word)),
    "notifications.count(type)": (NotificationType, lambda sesfake, word: sesfake.notifications.count(word)),
    "expect(events=)": (EventType, lambda sesfake, word: sesfake.expect(events={word: 1})),
    "client(service)": (Service, lambda sesfake, word: sesfake.client(word)),
    "subscribe(form=)": (Form, lambda sesfake, word: sesfake.subscribe(_told, form=word)),
    "subscribe(target_type=)": (TargetType, lambda sesfake, word: sesfake.subscribe(_target(word), target_type=word)),
    "subscribe(signature=)": (SignatureVersion, lambda sesfake, word: sesfake.subscribe(_told, signature=word)),
    "event.sns(forge)": (Forge, lambda sesfake, word: sesfake.send("ada@example.com").events[-1].sns(word)),
    "event.sns(form=)": (Form, lambda sesfake, word: sesfake.send("ada@example.com").events[-1].sns(form=word)),
    "event.sns(signature=)": (
        SignatureVersion,
        lambda sesfake, word: sesfake.send("ada@example.com").events[-1].sns(signature=word),
    ),
    "event.lambda_event(via)": (
        Via,
        lambda sesfake, word: sesfake.send("ada@example.com").events[-1].lambda_event(word),
    ),
    "receive(spam=)": (MailVerdict, lambda sesfake, word: sesfake.receive(to="ada@example.com", spam=word)),
    "receive(virus=)": (MailVerdict, lambda sesfake, word: sesfake.receive(to="ada@example.com", virus=word)),
    "receive(spf=)": (MailVerdict, lambda sesfake, word: sesfake.receive(to="ada@example.com", spf=word)),
    "receive(dkim=)": (MailVerdict, lambda sesfake, word: sesfake.receive(to="ada@example.com", dkim=word)),
    "receive(dmarc=)": (MailVerdict, lambda sesfake, word: sesfake.receive(to="ada@example.com", dmarc=word)),
    "receive(dmarc_policy=)": (
        DmarcPolicy,
        lambda sesfake, word: sesfake.receive(to="ada@example.com", dmarc_policy=word),
    ),
    "Bounce(type)": (BounceType, lambda _, word: Bounce(word)),
    "Bounce(subtype)": (BounceSubtype, lambda _, word: Bounce(_type_of(word), word)),
    "SoftBounce(subtype)": (SoftBounceSubtype, lambda _, word: SoftBounce(word)),
    "SoftBounce(reason=)": (DelayReason, lambda _, word: SoftBounce(reason=word)),
    "Delay(reason=)": (DelayReason, lambda _, word: Delay(60, word)),
    "Complaint(feedback)": (Feedback, lambda _, word: Complaint(word)),
    "Suppression(scope)": (SuppressionScope, lambda _, word: Suppression(word)),
}


def _told(request: object) -> None:
    """A target of notifications."""


def _target(kind: str) -> Any:
    return "http://127.0.0.1/" if kind == "http" else _told


def _type_of(subtype: str) -> Any:
    return next((kind for kind, known in BOUNCES if known == subtype), "Permanent")


def words_of(alias: Any) -> list[Any]:
    """Return the words of a Literal, or of a union of some."""
    return [word for part in get_args(alias) for word in (words_of(part) if get_args(part) else [part])]


@pytest.mark.parametrize("use", USES)
def test_every_word_of_the_type_is_accepted_and_another_one_is_not(sesfake: SesFake, use: str) -> None:
    alias, apply = USES[use]
    words = words_of(alias)
    assert len(words) > 1

    for word in words:
        apply(sesfake, word)
    with pytest.raises(ValueError, match=WRONG):
        apply(sesfake, WRONG)


@pytest.mark.parametrize(
    "alias,known",
    [
        (BounceType, {kind for kind, _ in BOUNCES}),
        (BounceSubtype, {subtype for _, subtype in BOUNCES}),
        (SoftBounceSubtype, {sub for kind, sub in BOUNCES if kind == "Transient"} - {"CustomTimeoutExceeded"}),
        (DelayReason, {*REASONS}),
        (EventType, {*types_of_events()}),
    ],
)
def test_no_word_that_the_fake_knows_is_missing_in_its_type(alias: Any, known: set[str]) -> None:
    assert {*words_of(alias)} == known
