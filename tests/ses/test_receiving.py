"""What a mail that comes in meets: filters, the rules of the active set, and their actions in order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_sesfake.ses import identities, receiving
from pytest_sesfake.ses.receipt_filters import IpFilter
from pytest_sesfake.ses.receipt_rules import (
    Action,
    AddHeader,
    Ask,
    BounceAction,
    Connect,
    HandToWorkMail,
    PublishAction,
    Rule,
    RuleSet,
    StopAction,
    Store,
)
from pytest_sesfake.ses.received_mail import Incoming, Verdicts
from pytest_sesfake.ses.receiving import TooMuch
from pytest_sesfake.ses.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.io_requests import IORequest
    from pytest_sesfake.ses.receiving import Reception
    from pytest_sesfake.ses.simulation import RegionState

TOPIC = "arn:aws:sns:us-east-1:123456789012:inbox"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:inbox"
MAIL = b"From: Eve <eve@example.net>\r\nTo: ada@example.com\r\nSubject: Hi\r\n\r\nHello\r\n"
NOBODY = (550, "5.1.1 Requested action not taken: mailbox unavailable")


def new_world(*, any_sender: bool = True) -> RegionState:
    simulation = Simulation(
        account_id="123456789012",
        region="us-east-1",
        seed="seed",
        any_sender=any_sender,
        instant_verification=False,
    )
    simulation.clock.freeze()
    return simulation.at("123456789012", "us-east-1")


@pytest.fixture
def region_state() -> RegionState:
    return new_world()


def activate(region_state: RegionState, *rules: Rule) -> None:
    region_state.receipts.sets.replace("inbox", RuleSet("inbox", 0.0, list(rules)))
    region_state.receipts.active = "inbox"


def does(*actions: Action, name: str = "r", recipients: tuple[str, ...] | None = None, **more: Any) -> Rule:
    return Rule(name, enabled=True, recipients=recipients, actions=actions, **more)


def mail(data: bytes = MAIL, *to: str, sender: str = "eve@example.net", tls: bool = True, **more: Any) -> Incoming:
    verdicts = Verdicts(**more)
    return Incoming(data, sender, to or ("ada@example.com",), "192.0.2.1", "mx.example.net", tls, verdicts)


class Outside:
    """Does the I/O requests of a mail; ``answers`` has what it answers by target, an exception to fail."""

    def __init__(self, **answers: object) -> None:
        self.io_requests: list[IORequest] = []
        self.answers = answers

    def receive(self, region_state: RegionState, incoming: Incoming) -> Reception:
        steps = receiving.run(region_state, incoming)
        answer: Any = None
        while True:
            try:
                with region_state.simulation.lock:
                    io_request = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
            except StopIteration as end:
                reception: Reception = end.value
                return reception
            self.io_requests.append(io_request)
            answer = self.answers.get(io_request.kind)

    @property
    def done(self) -> list[tuple[str, str]]:
        return [(io_request.kind, io_request.target) for io_request in self.io_requests]


def receive(region_state: RegionState, incoming: Incoming | None = None) -> Reception:
    return Outside().receive(region_state, incoming or mail())


def types(reception: Reception) -> list[str]:
    return [done.notice.action.type for done in reception.done]


# Whether it is taken


def test_without_an_active_rule_set_every_recipient_is_refused(region_state: RegionState) -> None:
    reception = receive(region_state)

    assert (reception.reply, reception.text) == NOBODY
    assert (reception.accepted, reception.id, reception.done) == (False, "", [])
    assert region_state.receipts.received == {}


@pytest.mark.parametrize("rule", [Rule("off"), does(recipients=("bob@example.com",))])
def test_a_rule_that_is_off_or_for_others_takes_nothing(region_state: RegionState, rule: Rule) -> None:
    activate(region_state, rule)

    assert (receive(region_state).reply, receive(region_state).text) == NOBODY


def test_a_mail_that_is_taken_gets_an_id_of_ses_s_shape(region_state: RegionState) -> None:
    activate(region_state, does())

    first, second = receive(region_state), receive(region_state)

    assert (first.reply, first.text) == (250, f"OK {first.id}")
    assert re.fullmatch(r"[0-9a-v]{38}[08go]1", first.id)
    assert first.id != second.id
    assert list(region_state.receipts.received) == [first.id, second.id]


def test_the_same_seed_gives_the_same_ids() -> None:
    ids = []
    for _ in range(2):
        region_state = new_world()
        activate(region_state, does())
        ids.append(receive(region_state).id)

    assert ids[0] == ids[1]


def test_only_recipients_of_a_rule_are_accepted(region_state: RegionState) -> None:
    activate(region_state, does(PublishAction(topic=TOPIC), recipients=("ada@example.com", "bob@example.com")))

    reception = receive(
        region_state, mail(MAIL, "eve@example.com", "ADA@example.com", "bob@example.com", "bob@EXAMPLE.com")
    )

    assert reception.accepted
    assert reception.recipients == ("ADA@example.com", "bob@example.com", "bob@EXAMPLE.com")


def test_mail_is_for_verified_domains_and_those_below_them() -> None:
    region_state = new_world(any_sender=False)
    identities.verify(region_state, "example.com")
    identities.verify(region_state, "ada@example.org")
    identities.create(region_state, "example.net")
    activate(region_state, does())
    to = ("ada@example.com", "ada@sub.EXAMPLE.com", "ada@example.org", "ada@example.net")

    assert receive(region_state, mail(MAIL, *to)).recipients == to[:2]


def test_a_rule_that_requires_tls_takes_nothing_without_it(region_state: RegionState) -> None:
    activate(region_state, does(), does(name="safe", recipients=("ada@example.com",), tls_required=True))

    refused = receive(region_state, mail(tls=False))
    assert (refused.reply, refused.text) == (530, "5.7.0 Must issue a STARTTLS command first")
    assert receive(region_state, mail()).accepted
    assert receive(region_state, mail(MAIL, "bob@example.com", tls=False)).accepted


def test_a_mail_of_more_than_40_mb_is_too_long(region_state: RegionState, monkeypatch: pytest.MonkeyPatch) -> None:
    activate(region_state, does())
    assert receiving.MOST_BYTES == 40 * 1024 * 1024
    monkeypatch.setattr(receiving, "MOST_BYTES", len(MAIL))

    assert receive(region_state).accepted
    assert receive(region_state, mail(MAIL + b"!")).reply == 552


# Filters


def test_a_filter_blocks_a_host_and_its_mail_leaves_no_trace(region_state: RegionState) -> None:
    activate(region_state, does(PublishAction(topic=TOPIC)))
    region_state.receipts.filters.add("net", IpFilter("net", blocks=True, cidr="192.0.2.0/24"))

    assert receive(region_state).reply == 554
    assert region_state.receipts.received == {}


# What the rules do


def test_rules_and_their_actions_come_in_order(region_state: RegionState) -> None:
    outside = Outside()
    activate(
        region_state,
        does(Store(bucket="mail", prefix="in/"), PublishAction(topic=TOPIC), name="first"),
        Rule("off", actions=(HandToWorkMail(organization="org"),)),
        does(HandToWorkMail(organization="org"), name="others", recipients=("bob@example.com",)),
        does(Ask(function=FUNCTION), Connect(instance="i", role="r"), name="last", recipients=("example.com",)),
    )

    reception = outside.receive(region_state, mail())

    assert outside.done == [("store", f"s3://mail/in/{reception.id}"), ("publish", TOPIC), ("ask", FUNCTION)]
    assert types(reception) == ["S3", "SNS", "Lambda", "Connect"]
    assert [done.notice.rule.name for done in reception.done] == ["first", "first", "last", "last"]
    assert all(done.error is None for done in reception.done)


@pytest.mark.parametrize(
    "action",
    [
        Store(bucket="mail", topic=TOPIC),
        Ask(function=FUNCTION, topic=TOPIC),
        BounceAction(code="550", message="No", sender="daemon@example.com", topic=TOPIC),
        HandToWorkMail(organization="org", topic=TOPIC),
        StopAction(scope="RuleSet", topic=TOPIC),
    ],
)
def test_an_action_tells_its_topic_when_it_was_taken(region_state: RegionState, action: Action) -> None:
    outside = Outside()
    activate(region_state, does(action))

    reception = outside.receive(region_state, mail())

    assert outside.done[-1] == ("publish", TOPIC)
    assert [notice.action for notice in reception.notices] == [action]


def test_a_stop_ends_the_rule_set(region_state: RegionState) -> None:
    activate(region_state, does(StopAction(scope="RuleSet"), name="first"), does(PublishAction(topic=TOPIC)))

    assert types(receive(region_state)) == ["Stop"]


@pytest.mark.parametrize(
    "answer, done",
    [
        ({"disposition": "STOP_RULE_SET"}, ["Lambda"]),
        ({"disposition": "STOP_RULE"}, ["Lambda", "WorkMail"]),
        ({"disposition": "CONTINUE"}, ["Lambda", "SNS", "WorkMail"]),
        ({"disposition": None}, ["Lambda", "SNS", "WorkMail"]),
        ("STOP_RULE_SET", ["Lambda", "SNS", "WorkMail"]),
        (None, ["Lambda", "SNS", "WorkMail"]),
    ],
)
def test_a_function_that_is_waited_for_can_stop_a_rule_or_all(
    region_state: RegionState, answer: object, done: list[str]
) -> None:
    asked = Ask(function=FUNCTION, invocation="RequestResponse")
    activate(
        region_state, does(asked, PublishAction(topic=TOPIC)), does(HandToWorkMail(organization="org"), name="next")
    )

    assert types(Outside(ask=answer).receive(region_state, mail())) == done


@pytest.mark.parametrize("invocation", [None, "Event"])
def test_a_function_that_nobody_waits_for_stops_nothing(region_state: RegionState, invocation: str | None) -> None:
    activate(region_state, does(Ask(function=FUNCTION, invocation=invocation), PublishAction(topic=TOPIC)))
    outside = Outside(ask={"disposition": "STOP_RULE_SET"})

    assert types(outside.receive(region_state, mail())) == ["Lambda", "SNS"]


@pytest.mark.parametrize("kind", ["store", "publish", "ask"])
def test_an_error_of_a_target_is_recorded_and_stops_no_other_action(region_state: RegionState, kind: str) -> None:
    failure = RuntimeError("not now")
    activate(
        region_state,
        does(Store(bucket="mail"), PublishAction(topic=TOPIC), Ask(function=FUNCTION, invocation="RequestResponse")),
        does(StopAction(scope="RuleSet"), name="next"),
    )

    reception = Outside(**{kind: failure}).receive(region_state, mail())

    assert types(reception) == ["S3", "SNS", "Lambda", "Stop"]
    failed = {"store": "S3", "publish": "SNS", "ask": "Lambda"}[kind]
    assert {done.notice.action.type: done.error for done in reception.done if done.error} == {failed: failure}
    assert [notice.action.type for notice in reception.notices] == ([] if kind == "publish" else ["SNS"])


def test_a_failed_action_publishes_nothing(region_state: RegionState) -> None:
    activate(region_state, does(Store(bucket="mail", topic=TOPIC)))

    assert Outside(store=RuntimeError("no")).receive(region_state, mail()).notices == []


# The mail that is handed on


def test_ses_puts_its_fields_on_top_and_leaves_the_mail_alone(region_state: RegionState) -> None:
    activate(region_state, does(Store(bucket="mail"), scans=True))
    outside = Outside()

    reception = outside.receive(region_state, mail())

    data: bytes = outside.io_requests[0].body
    assert data.endswith(b"\r\n" + MAIL)
    lines = data.removesuffix(MAIL).decode().split("\r\n")
    assert lines[:3] == [
        "Return-Path: <eve@example.net>",
        "Received: from mx.example.net (mx.example.net [192.0.2.1])",
        f" by inbound-smtp.us-east-1.amazonaws.com with SMTP id {reception.id}",
    ]
    assert lines[3] == " for ada@example.com;"
    assert re.fullmatch(r" \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000 \(UTC\)", lines[4])
    spf = (
        "pass (spfCheck: domain of example.net designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1; "
        "envelope-from=eve@example.net; helo=mx.example.net;"
    )
    assert lines[5:12] == [
        "X-SES-Spam-Verdict: PASS",
        "X-SES-Virus-Verdict: PASS",
        f"Received-SPF: {spf}",
        "Authentication-Results: amazonses.com;",
        f" spf={spf}",
        " dkim=pass header.i=@example.net;",
        " dmarc=pass header.from=example.net;",
    ]
    assert lines[12].startswith("X-SES-RECEIPT: AEFBQUFB")


@pytest.mark.parametrize("scans, spam, virus", [(True, "GRAY", "FAIL"), (False, "DISABLED", "DISABLED")])
def test_only_a_rule_that_scans_sees_what_a_scan_finds(
    region_state: RegionState, scans: bool, spam: str, virus: str
) -> None:
    activate(region_state, does(Store(bucket="mail"), scans=scans))

    (done,) = receive(region_state, mail(spam="GRAY", virus="FAIL", dkim="GRAY", dmarc="FAIL")).done

    assert done.notice.verdicts == {"spam": spam, "virus": virus, "spf": "PASS", "dkim": "GRAY", "dmarc": "FAIL"}
    data = done.notice.data.decode()
    assert f"\r\nX-SES-Spam-Verdict: {spam}\r\nX-SES-Virus-Verdict: {virus}\r\n" in data
    assert "dkim=" not in data
    assert "\r\n dmarc=fail header.from=example.net;\r\n" in data


def test_a_field_that_a_rule_adds_is_in_the_mail_from_then_on(region_state: RegionState) -> None:
    activate(
        region_state,
        does(Store(bucket="a"), AddHeader(name="X-Kind", value="één"), Store(bucket="b")),
        does(AddHeader(name="X-More", value="2"), Store(bucket="c"), name="next"),
    )
    outside = Outside()

    outside.receive(region_state, mail())

    heads = [io_request.body.decode().partition("\r\n\r\n")[0].split("\r\n") for io_request in outside.io_requests]
    assert [head[-1] for head in heads] == ["Subject: Hi", "X-Kind: =?UTF-8?B?w6nDqW4=?=", "X-More: 2"]
    assert all(io_request.body.endswith(b"\r\n\r\nHello\r\n") for io_request in outside.io_requests)


# Bounces


def bounce(**more: Any) -> BounceAction:
    return BounceAction(code="550", message="Nobody here", sender="daemon@example.com", **more)


@pytest.mark.parametrize("status, expected", [("5.1.1", "5.1.1"), (None, "5.0.0")])
def test_a_bounce_answers_the_sender_for_the_recipients_of_the_rule(
    region_state: RegionState, status: str | None, expected: str
) -> None:
    activate(
        region_state, does(bounce(status=status), recipients=("ada@example.com", "bob@example.com")), does(name="all")
    )

    receive(region_state, mail(MAIL, "ada@example.com", "bob@example.com", "cy@example.com"))

    (bounced,) = region_state.simulation.system_mail
    assert (bounced.kind, bounced.to, bounced.sender) == ("bounce", ["eve@example.net"], "daemon@example.com")
    assert bounced.text == "Nobody here"
    data = bounced.raw.decode()
    assert re.findall("Final-Recipient: rfc822; (.*)\r", data) == ["ada@example.com", "bob@example.com"]
    assert data.count(f"Status: {expected}\r\n") == 2
    assert data.count(f"Diagnostic-Code: smtp; 550 {expected} Nobody here\r\n") == 2
    assert MAIL.decode() in data


def test_a_mail_without_a_sender_is_answered_by_nobody(region_state: RegionState) -> None:
    activate(region_state, does(bounce()))

    (done,) = receive(region_state, mail(sender="")).done

    assert (done.system_mail, done.error, region_state.simulation.system_mail) == (None, None, [])


def with_files(count: int) -> bytes:
    part = b'--x\r\nContent-Disposition: attachment; filename="f"\r\n\r\nfile\r\n'
    return b"From: eve@example.net\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + part * count + b"--x--\r\n"


@pytest.mark.parametrize(
    "action, make, most",
    [
        (PublishAction(topic=TOPIC), lambda size: b"From: a@b.c\r\n\r\n" + b"x" * size, 150 * 1024),
        (Connect(instance="i", role="r"), with_files, 10),
    ],
    ids=["SNS", "Connect"],
)
def test_a_mail_that_is_too_much_for_an_action_is_bounced(
    region_state: RegionState, action: Action, make: Callable[[int], bytes], most: int
) -> None:
    activate(region_state, does(action))
    fitting = receive(region_state, mail(make(most - 5_000 if most > 10 else most)))
    assert ([done.error for done in fitting.done], region_state.simulation.system_mail) == ([None], [])

    reception = receive(region_state, mail(make(most + 1)))

    (done,) = reception.done
    assert isinstance(done.error, TooMuch)
    assert reception.notices == []
    assert region_state.simulation.system_mail == [done.system_mail]
    assert region_state.simulation.system_mail[0].sender == "MAILER-DAEMON@amazonses.com"
    assert b"Status: 5.3.4\r\n" in region_state.simulation.system_mail[0].raw


# Broken mail

PIECES = st.sampled_from(
    [
        *(b"From: ", b"To: a@b.c", b"\r\n", b"\n", b"\r", b" ", b":", b"=?x?q?=", b"--x", b"\xff\xfe", b"\x00", b"<>"),
        *(b"Content-Type: multipart/mixed; boundary=x", b"\r\n\r\n", b'"'),
    ]
)
BROKEN = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=15).map(b"".join))


@given(BROKEN)
def test_no_mail_is_so_broken_that_it_cannot_be_received(data: bytes) -> None:
    region_state = new_world()
    activate(
        region_state,
        does(
            AddHeader(name="X-Kind", value="v"),
            Store(bucket="mail"),
            PublishAction(topic=TOPIC),
            Connect(instance="i", role="r"),
            bounce(),
            StopAction(scope="RuleSet"),
        ),
    )

    reception = receive(region_state, mail(data))

    assert [done.error for done in reception.done] == [None] * 6
    assert region_state.simulation.system_mail[0].raw
