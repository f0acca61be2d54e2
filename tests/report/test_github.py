"""GitHub Actions gets an annotation for each failed test, and the mail of failed tests, if the ini file asks for it."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import SesFake
from pytest_sesfake.report import records, step_summary, workflow_commands
from pytest_sesfake.report.excerpt import LogPosition, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

FAILS = """
    import pytest
    from mailer import send

    def test_fails(sesfake):
        sesfake.on(recipient="bob@example.com").bounce()
        send("ada@example.com", subject="Welcome", text="Your code is 1234.")
        send("bob@example.com", subject="Welcome, Bob")
        assert sesfake.outbox.one(subject="Goodbye")

    def test_passes(sesfake):
        send("eve@example.com", subject="Not shown")
"""
ERROR = re.compile(r"^::error file=([^,:]*),line=(\d+),title=([^,]*?)::(.*)$")


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make this a run of GitHub Actions, and give the file of its summary."""
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return path


@pytest.fixture
def asked(pytester: pytest.Pytester) -> None:
    """Ask for it in the ini file."""
    pytester.makeini("[pytest]\nsesfake_github = true\n")


def errors(result: pytest.RunResult) -> list[tuple[str, ...]]:
    """The annotations of a run: file, line, title and message."""
    return [found.groups() for line in result.outlines if (found := ERROR.match(line))]


def shown(path: Path) -> str:
    """The text of a summary as its reader sees it."""
    return html.unescape(re.sub(r"<[^>]*>", " ", path.read_text(encoding="utf-8")))


# -- the annotations --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("summary", "asked")
def test_a_failed_test_is_annotated_at_the_line_that_failed(run: Run) -> None:
    ((file, line, title, message),) = errors(run(FAILS))

    assert (file, line, title) == ("test_it.py", "8", "test_it.py%3A%3Atest_fails")
    assert message.startswith("AssertionError: ")
    assert "%0Asesfake: 2 messages sent%0A#1 sesv2 SendEmail" in message


@pytest.mark.usefixtures("summary", "asked")
def test_the_line_is_the_one_of_the_test_and_not_of_the_application_below_it(run: Run) -> None:
    source = "from mailer import send\n\ndef test_it(sesfake):\n    sesfake.outage().__enter__()\n    send()\n"
    ((file, line, _, message),) = errors(run(source))

    assert (file, line) == ("test_it.py", "5")
    assert "ServiceUnavailable" in message


@pytest.mark.usefixtures("summary", "asked")
def test_an_unused_script_is_annotated_at_its_line(run: Run) -> None:
    source = "def test_it(sesfake):\n    assert sesfake\n    sesfake.on(recipient='ada@example.com').bounce()\n"
    ((_, line, _, message),) = errors(run(source))

    assert line == "3"
    assert "was never used" in message


@pytest.mark.usefixtures("summary", "asked")
def test_a_test_without_a_fake_is_annotated_too(run: Run) -> None:
    source = "import pytest\n\n@pytest.fixture\ndef broken():\n    1 / 0\n\ndef test_it(broken):\n    pass\n"

    assert errors(run(source)) == [
        ("test_it.py", "5", "test_it.py%3A%3Atest_it", "ZeroDivisionError: division by zero")
    ]


@pytest.mark.usefixtures("asked")
def test_the_file_is_named_from_the_root_of_the_repository(
    run: Run, summary: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path.parent))
    ((file, *_),) = errors(run("def test_it(): assert 1 == 2"))

    assert file == f"{pytester.path.name}/test_it.py"
    assert not summary.exists()  # there is no mail


def test_a_command_stays_one_line_whatever_a_mail_says() -> None:
    line = workflow_commands.error("a,b:c%.py", 3, "one\r\n::error::two", "100% of\r\n::set-env name=A::b, c: d\x1b[0m")

    assert line == (
        "::error file=a%2Cb%3Ac%25.py,line=3,title=one%0D%0A%3A%3Aerror%3A%3Atwo"
        "::100%25 of%0D%0A::set-env name=A::b, c: d\\x1b[0m"
    )


def test_a_long_message_is_cut_and_a_secret_is_masked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "an invented key " * 3
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    text = "x" * (workflow_commands.MOST_MESSAGE - 20) + secret

    assert workflow_commands.error("a.py", 1, "title", text).endswith("x[redacted]")
    assert len(workflow_commands.error("a.py", 1, "title", "x" * 100_000)) < workflow_commands.MOST_MESSAGE + 100


# -- the summary ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("asked")
def test_the_summary_has_the_mail_of_failed_tests(run: Run, summary: Path) -> None:
    run(FAILS)
    text = shown(summary)

    assert text.startswith("## Mail of failed tests\n")
    assert "test_it.py::test_fails" in text
    assert re.search(r"1 +Welcome +me@example\.org +ada@example\.com +Delivered ", text)
    assert re.search(r"2 +Welcome, Bob +me@example\.org +bob@example\.com +Bounced ", text)
    assert "Your code is 1234." in text
    assert "AssertionError" in text
    assert "Not shown" not in text


@pytest.mark.usefixtures("asked")
def test_what_the_step_wrote_before_stays(run: Run, summary: Path) -> None:
    summary.write_text("# Coverage\n", encoding="utf-8")
    run(FAILS)

    assert shown(summary).startswith("# Coverage\n## Mail of failed tests\n")


@pytest.mark.usefixtures("asked")
def test_a_refused_call_is_in_it(run: Run, summary: Path) -> None:
    run("import pytest\nfrom mailer import send\n\n@pytest.mark.sesfake(sandbox=True)\ndef test_it(sesfake): send()\n")

    assert "It sent no mail." in shown(summary)
    assert re.search(r"1 call refused:\s+SendEmail MessageRejected: Email address is not verified\.", shown(summary))


@pytest.mark.usefixtures("asked")
def test_received_mail_and_mail_of_ses_are_in_it(run: Run, summary: Path) -> None:
    run(
        """
        def test_it(sesfake):
            sesfake.client("ses").verify_email_identity(EmailAddress="me@example.com")
            sesfake.receive("Subject: Hi\\n\\nHello", sender="ada@example.com", to="me@example.com")
            assert sesfake.outbox
        """
    )

    assert "written by SES: verification" in shown(summary)
    assert "received, " in shown(summary)


@pytest.mark.usefixtures("asked")
def test_with_xdist_only_the_controller_writes(pytester: pytest.Pytester, run: Run, summary: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    result = run(FAILS, "-n", "1")

    assert len(errors(result)) == 1
    assert errors(result)[0][:2] == ("test_it.py", "8")
    assert shown(summary).count("## Mail of failed tests") == 1
    assert "Your code is 1234." in shown(summary)


@pytest.mark.usefixtures("asked")
def test_a_test_that_passes_when_it_runs_again_has_not_failed(run: Run, summary: Path) -> None:
    pytest.importorskip("pytest_rerunfailures", reason="pytest-rerunfailures is not installed")
    source = "import sys\nruns = []\ndef test_it(sesfake):\n    sesfake.send('ada@example.com')\n"
    result = run(source + "    runs.append(1)\n    assert len(runs) == 2\n", "--reruns", "1")

    result.assert_outcomes(passed=1)
    assert errors(result) == []
    assert not summary.exists()


@pytest.mark.usefixtures("asked")
def test_a_summary_that_cannot_be_written_ends_no_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, summary: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    result = run(FAILS)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["sesfake: the summary of the step could not be written: *"])
    assert not summary.exists()


@pytest.mark.parametrize("missing", ["the ini key", "GitHub"])
def test_nothing_happens_unless_both_are_there(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, summary: Path, missing: str
) -> None:
    if missing == "GitHub":
        pytester.makeini("[pytest]\nsesfake_github = true\n")
        monkeypatch.delenv("GITHUB_ACTIONS")
    result = run(FAILS)

    result.assert_outcomes(passed=1, failed=1)
    assert errors(result) == []
    assert not summary.exists()


PAGE = Path(__file__).parents[2] / "docs/howto/ci.md"
TIME = re.compile(r"\d\d:\d\d:\d\d")


@pytest.mark.usefixtures("asked")
def test_the_page_shows_an_annotation_as_it_is(pytester: pytest.Pytester, summary: Path) -> None:
    code, command = re.findall(r"```(?:python|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[:2]
    pytester.makepyfile(test_signup=code)
    result = pytester.runpytest("-p", "no:randomly")

    assert [TIME.sub("", line) for line in result.outlines if line.startswith("::")] == [TIME.sub("", command.rstrip())]
    assert "Your code is 1234." in shown(summary)


# -- what a mail may try ----------------------------------------------------------------------------------------------

HOSTILE = """</pre></details><script>alert(1)</script>

# Deploy succeeded

[log in](https://evil.example/) ![](https://evil.example/pixel.png) @everyone #1 `code` **bold** | cell | $x$
<img src=x onerror=alert(1)> &lt;b&gt; :tada:
```
::error::oops
"""


class Tags(HTMLParser):
    """Reads a page: every tag with its attributes, and the text of each ``pre``."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[tuple[str, tuple[tuple[str, str | None], ...]]] = set()
        self.blocks: list[str] = []
        self._is_within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, tuple(attrs)))
        self._is_within = tag == "pre"
        if self._is_within:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_within = self._is_within and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._is_within:
            self.blocks[-1] += data


@pytest.fixture
def record() -> Callable[[SesFake], dict[str, Any]]:
    """Make the record of a test."""
    return lambda fake: records.record(excerpt(fake.outbox.simulation, LogPosition(), fake.notifications.read()))


def test_nothing_in_a_mail_has_a_meaning_in_the_page(record: Callable[[SesFake], dict[str, Any]]) -> None:
    with SesFake() as fake:
        fake.send("ada@example.com", subject=f"Hi {HOSTILE[:40]}".replace("\n", " "), text=HOSTILE)
    page = step_summary.page([(f"test_it.py::test_it[{HOSTILE}]", HOSTILE, record(fake))])
    read = Tags()
    read.feed(page)

    assert {tag for tag, _ in read.tags} == {"details", "summary", "code", "pre", "table", "tr", "th", "td"}
    assert {attributes for _, attributes in read.tags} == {(), (("open", None),)}
    assert read.blocks == ["\n".join(HOSTILE.splitlines())] * 2
    head, block = page.split("\n\n", 1)
    assert head == "## Mail of failed tests"
    assert block.startswith("<details")
    assert "\n\n" not in block.rstrip("\n")  # a block of HTML ends at an empty line


def test_of_a_long_failure_the_end_is_shown_from_the_beginning_of_a_line(
    record: Callable[[SesFake], dict[str, Any]],
) -> None:
    with SesFake() as fake:
        page = step_summary.page([("test", "".join(f"line {number}\n" for number in range(1_000)), record(fake))])

    assert re.search(r"<pre>…&#10;line \d\d\d&#10;.*&#10;line 999</pre>", page)


def test_secrets_are_masked(record: Callable[[SesFake], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "an invented key " * 3
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    with SesFake() as fake:
        fake.send("ada@example.com", subject=secret, text="x" * (step_summary.MOST_TEXT - 20) + secret)

    assert "invented" not in step_summary.page([("test", f"assert {secret}", record(fake))])


def test_a_page_is_never_larger_than_github_shows(record: Callable[[SesFake], dict[str, Any]]) -> None:
    with SesFake() as fake:
        for number in range(30):
            fake.send("ada@example.com", subject=f"Number {number}", text="ü<" * 5_000)
    page = step_summary.page([(f"test_{number}", "ü" * 10_000, record(fake)) for number in range(20)])

    assert "10 more messages not shown." in page
    assert re.search(r"The mail of \d+ more failed tests is not shown\.", page)
    assert step_summary.MOST_BYTES / 2 < len(page.encode()) <= step_summary.MOST_BYTES
