"""The logger ``pytest_sesfake`` has a line for each thing that happens, and costs nothing while nobody wants it."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Click, Complaint, Delay, Delivery, Open, SesFake
from pytest_sesfake.reading import run_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message

TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Give the lines that were written since the last look."""
    caplog.set_level(logging.INFO, logger="pytest_sesfake")

    def lines() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.name == "pytest_sesfake"]
        caplog.clear()
        return found

    return lines


def test_a_message_and_each_event_have_a_line(send: Callable[..., Message], lines: Callable[[], list[str]]) -> None:
    message = send("Ada <ada@example.com>", subject="Welcome")

    assert lines() == [
        f'Sent {message.id} to ada@example.com: "Welcome" (SendEmail)',
        "Event Delivery for ada@example.com",
    ]


def test_of_many_recipients_a_few_are_named(send: Callable[..., Message], lines: Callable[[], list[str]]) -> None:
    message = send(*(f"reader{number}@example.com" for number in range(5)), subject="")

    assert lines()[0] == (
        f"Sent {message.id} to reader0@example.com, reader1@example.com, reader2@example.com and 2 more: "
        "no subject (SendEmail)"
    )


@pytest.mark.parametrize(
    "outcome, line",
    [
        (Bounce(), "Event Bounce for ada@example.com: Permanent/General"),
        (Delay(60), "Event DeliveryDelay for ada@example.com: TransientCommunicationFailure"),
        ((Delivery(), Complaint()), "Event Complaint for ada@example.com: abuse"),
        ((Delivery(), Open()), "Event Open for ada@example.com"),
        ((Delivery(), Click("https://example.com/a")), "Event Click for ada@example.com: https://example.com/a"),
    ],
    ids=["bounce", "delay", "complaint", "open", "click"],
)
def test_an_event_says_what_its_type_leaves_open(
    sesfake: SesFake, outcome: Any, line: str, lines: Callable[[], list[str]]
) -> None:
    sesfake.send("ada@example.com", outcome=outcome)

    assert lines()[-1] == line


def test_events_that_happen_later_have_their_line_when_the_clock_moves(
    sesfake: SesFake, lines: Callable[[], list[str]]
) -> None:
    sesfake.send("ada@example.com", outcome=Delivery(after=60))
    lines()
    sesfake.clock.advance(minutes=2)

    assert lines() == ["Event Delivery for ada@example.com"]


def test_a_refused_call_has_a_line_with_the_error_of_ses(
    sesfake: SesFake, send: Callable[..., Message], lines: Callable[[], list[str]]
) -> None:
    sesfake.on(operation="SendEmail").fail("MessageRejected", "Address blacklisted.")
    with contextlib.suppress(sesfake.client().exceptions.MessageRejected):
        send("ada@example.com")
    sesfake.client().get_account()

    assert lines() == ["Refused SendEmail: MessageRejected: Address blacklisted."]


def test_a_publication_and_each_response_have_a_line(
    sesfake: SesFake, send: Callable[..., Message], lines: Callable[[], list[str]]
) -> None:
    def on_event(_event: dict[str, Any], _context: object) -> None:
        pass

    def broken(_event: dict[str, Any], _context: object) -> None:
        raise ValueError("no such user")

    sesfake.configuration_set("news", topic=TOPIC, events=["Bounce"])
    sesfake.subscribe(on_event, topic=TOPIC, target_type="lambda")
    sesfake.subscribe(broken, topic=TOPIC, target_type="lambda")
    sesfake.on(recipient="ada@example.com").bounce()
    lines()
    send("ada@example.com", ConfigurationSetName="news")
    assert lines()[1:] == [
        "Event Bounce for ada@example.com: Permanent/General",
        f"Notification Bounce to {TOPIC}: published",
    ]
    sesfake.notify(check=False)

    accepted, failed = lines()
    assert accepted.startswith("Notification Bounce to <on_event tests/reading/test_run_log.py:")
    assert accepted.endswith(">: accepted")
    assert failed.endswith(">: failed, ValueError: no such user")


def test_a_url_is_named_without_its_login_and_its_query(
    sesfake: SesFake, lines: Callable[[], list[str]], httpserver: Any
) -> None:
    httpserver.expect_request("/hook").respond_with_data("", status=503)
    address = f"127.0.0.1:{httpserver.port}/hook"
    sesfake.subscribe(f"http://me:hunter2@{address}?token=hunter2", confirm=False)
    sesfake.send("ada@example.com", outcome=Bounce())
    sesfake.notify(check=False)

    assert f"Notification Bounce to http://{address}: answered 503" in lines()


def test_nothing_in_a_mail_can_break_a_line_or_reach_the_terminal(
    send: Callable[..., Message], lines: Callable[[], list[str]]
) -> None:
    send("ada@example.com", subject="Hi\x1b[2J\u2028Sent to nobody")

    assert '"Hi\\x1b[2J\\u2028Sent to nobody"' in lines()[0]


def test_secrets_are_masked(sesfake: SesFake, lines: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "an invented key " * 3
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    sesfake.send("ada@example.com", subject=f"The key is {secret}")

    assert '"The key is [redacted]"' in lines()[0]


def test_the_lock_is_released_before_a_line_is_written(sesfake: SesFake, lines: Callable[[], list[str]]) -> None:
    taken: list[bool] = []

    def take() -> None:
        taken.append(sesfake.outbox.simulation.lock.acquire(timeout=5))
        sesfake.outbox.simulation.lock.release()

    class Handler(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            thread = threading.Thread(target=take)
            thread.start()
            thread.join()

    handler = Handler()
    run_log.LOGGER.addHandler(handler)
    try:
        sesfake.client().send_email(
            FromEmailAddress="me@example.com",
            Destination={"ToAddresses": ["ada@example.com"]},
            Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}},
        )
    finally:
        run_log.LOGGER.removeHandler(handler)

    assert taken == [True] * len(lines()) == [True, True]


def test_while_nobody_wants_the_lines_a_batch_only_asks_for_the_level(
    sesfake: SesFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    class Logger:
        def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name of logging
            asked.append(level)
            return False

    monkeypatch.setattr(run_log, "LOGGER", Logger())
    sesfake.client().get_account()

    assert asked == [logging.INFO]


def test_a_fake_that_starts_over_has_no_lines_left(sesfake: SesFake, lines: Callable[[], list[str]]) -> None:
    sesfake.send("ada@example.com")
    lines()
    sesfake.reset()
    message = sesfake.send("bob@example.com")

    assert lines()[0].startswith(f"Sent {message.id} to bob@example.com")


SHARED = """
import logging, pytest

@pytest.fixture(scope="module")
def shared():
    from pytest_sesfake import SesFake
    with SesFake() as fake:
        yield fake

def test_one(shared):
    shared.send("ada@example.com")

def test_two(shared, caplog):
    caplog.set_level(logging.INFO, logger="pytest_sesfake")
    shared.send("bob@example.com")
    assert [line.rpartition(":")[0].split()[-1] for line in caplog.messages if line.startswith("Sent")] == [
        "bob@example.com"
    ]
"""


def test_a_test_gets_no_lines_of_the_test_before_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SHARED)

    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=2)


def test_the_terminal_shows_the_mail_of_a_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(sesfake):\n    sesfake.send('ada@example.com', subject='Welcome')\n")
    result = pytester.runpytest("-p", "no:randomly", "--log-cli-level=INFO")

    result.stdout.fnmatch_lines(
        ['INFO * Sent *-000000 to ada@example.com: "Welcome" (*', "INFO * Event Delivery for ada@example.com*"]
    )


PAGE = Path(__file__).parents[2] / "docs/howto/logging.md"
LINES = re.compile(r"^(?:Sent|Event|Refused|Notification) .*$", re.MULTILINE)
TIME_OF_AN_ID = re.compile(r"(?<=Sent )[0-9a-f]{16}")


def test_the_page_shows_the_lines_as_they_are(pytester: pytest.Pytester) -> None:
    page = PAGE.read_text(encoding="utf-8")
    code, shown = re.findall(r"```(?:python|text)\n(.*?)```", page, re.DOTALL)[:2]
    pytester.makepyfile(test_newsletter=code)
    result = pytester.runpytest("-p", "no:randomly", "--log-cli-level=INFO", "-o", "log_cli_format=%(message)s")

    result.assert_outcomes(passed=1)
    written = "\n".join(LINES.findall(result.stdout.str())) + "\n"
    assert TIME_OF_AN_ID.sub("time", written) == TIME_OF_AN_ID.sub("time", shown)
