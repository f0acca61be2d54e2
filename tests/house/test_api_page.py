"""`docs/reference/api.md` names every public member with its signature, and no other member.

A member stands in the first column of a table, in the section of its class: an attribute by its name, a method by its
signature without types. The failure has the row to write.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pytest_sesfake
from pytest_sesfake.fake.inbound import Fields
from pytest_sesfake.fake.script import CallScript, RecipientScript, Selectors
from pytest_sesfake.fake.settings import Given
from pytest_sesfake.reading import matching
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.ses.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable

MEMBERS = {
    "SesFake": pytest_sesfake.SesFake,
    "Steps for a recipient": RecipientScript,
    "Steps for a call": CallScript,
    "Clock": Clock,
    "Message": pytest_sesfake.Message,
    "Event": pytest_sesfake.Event,
    "Notification": pytest_sesfake.Notification,
    "TargetResponse": pytest_sesfake.TargetResponse,
    "Subscription": pytest_sesfake.Subscription,
    "HttpRequest": pytest_sesfake.HttpRequest,
    "Call": pytest_sesfake.Call,
}
KEYWORDS = {
    "Selectors": Selectors,
    "Incoming mail": Fields,
    "Matchers of messages": matching.MessageMatchers,
    "Matchers of calls": matching.CallMatchers,
    "Matchers of notifications": matching.NotificationMatchers,
    "Matchers of system mail": matching.SystemMailMatchers,
}
SECTIONS = {
    "SesFake": ("What happened", "What SES does", "Set-up", "Applications", "The account", "The fake itself"),
}
OUTCOMES = sorted(
    name
    for name in pytest_sesfake.__all__
    if inspect.isclass(found := getattr(pytest_sesfake, name)) and issubclass(found, pytest_sesfake.Outcome)
)
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


class Shown:
    """A default as the page shows it."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        if isinstance(self._value, str):
            return f'"{self._value}"'
        return "..." if self._value is ... else repr(self._value)


def signature(name: str, function: Any) -> str:
    """Return the call of a function as the page shows it: its parameters with their defaults, without types."""
    kept = [
        parameter.replace(
            annotation=parameter.empty,
            default=parameter.default if parameter.default is parameter.empty else Shown(parameter.default),
        )
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in {"self", "wrong"}  # `wrong` catches what is not given by name, only to explain that
    ]
    return f"{name}{inspect.Signature(kept)}"


def members(owner: type) -> dict[str, str]:
    """Return each public member of a class as the page shows it, with the first line of its docstring."""
    names = getattr(sys.modules[owner.__module__], "_FOR_TESTS", None) if "__dir__" in vars(owner) else None
    found: dict[str, str] = {}
    for name in sorted(names or (each for each in dir(owner) if not each.startswith("_"))):
        there = inspect.getattr_static(owner, name, None)
        documented = inspect.isfunction(there) or isinstance(there, property)
        shown = signature(name, there) if inspect.isfunction(there) else name
        found[shown] = (inspect.getdoc(there) or "").partition("\n")[0] if documented else "..."
    return found


def verbs() -> dict[str, str]:
    """Return the methods of a log. They are declared for type checkers, so they are read from the source."""
    source = Path(inspect.getfile(Outbox)).read_text(encoding="utf-8")
    declared = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    found: dict[str, str] = {}
    for node in declared:
        verb = getattr(Outbox, node.name, None)
        if verb is None or node.name.startswith("_"):
            continue
        for each in ast.walk(node.args):
            if isinstance(each, ast.arg):
                each.annotation = None
        node.args.args = [each for each in node.args.args if each.arg != "self"]
        node.args.posonlyargs = [each for each in node.args.posonlyargs if each.arg != "self"]
        found[f"{node.name}({ast.unparse(node.args)})"] = (verb.__doc__ or "").partition("\n")[0]
    return found


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/reference/api.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """Return the text of the page from a heading to the next one."""
    starts = [found for found in HEADING.finditer(page) if found[1].strip("` ") == title]
    assert len(starts) == 1, f"docs/reference/api.md needs one heading {title!r}"
    rest = page[starts[0].end() :]
    following = HEADING.search(rest)
    return rest[: following.start()] if following else rest


def rows(text: str) -> list[tuple[str, str]]:
    """Return the first and the second column of each table."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [(row[0], row[1] if len(row) > 1 else "") for row in cells if CODE.search(row[0])]


def compare(page: str, title: str, wanted: dict[str, str]) -> None:
    __tracebackhide__ = True
    table = [row for part in SECTIONS.get(title, (title,)) for row in rows(section(page, part))]
    there = [shown.removeprefix("await ") for first, _ in table for shown in CODE.findall(first)]
    problems = [f"add the row: | `{shown}` | {meaning} |" for shown, meaning in wanted.items() if shown not in there]
    problems += [f"remove `{shown}`: it does not exist in this form" for shown in there if shown not in wanted]
    problems += [f"`{shown}` stands there {there.count(shown)} times" for shown in wanted if there.count(shown) > 1]
    problems += [f"say what {first} means" for first, meaning in table if not meaning]
    assert not problems, f"docs/reference/api.md, section {title!r}:\n" + "\n".join(problems)


@pytest.mark.parametrize("title", MEMBERS)
def test_the_page_names_every_member_with_its_signature(page: str, title: str) -> None:
    compare(page, title, members(MEMBERS[title]))


def test_the_page_names_every_method_of_a_log(page: str) -> None:
    compare(page, "Logs", verbs())


@pytest.mark.parametrize("title", KEYWORDS)
def test_the_page_names_every_keyword(page: str, title: str) -> None:
    compare(page, title, dict.fromkeys(KEYWORDS[title].__annotations__, "..."))


def test_the_page_names_what_the_matchers_of_events_have_more(page: str) -> None:
    more = [
        name for name in matching.EventMatchers.__annotations__ if name not in matching.MessageMatchers.__annotations__
    ]

    compare(page, "Matchers of events", dict.fromkeys(more, "..."))


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_page_shows_how_each_outcome_is_made(page: str, name: str) -> None:
    shown = [code for code in CODE.findall(section(page, name)) if code.startswith(f"{name}(")]
    wanted = [] if name == "Outcome" else [signature(name, getattr(pytest_sesfake, name))]

    assert shown == wanted, f"docs/reference/api.md, section {name!r}: write `{', '.join(wanted)}`"


def test_the_settings_page_names_every_setting(root: Path) -> None:
    text = (root / "docs/reference/settings.md").read_text(encoding="utf-8")
    named: Iterable[str] = (CODE.findall(first)[0] for first, _ in rows(text.partition("\n## ")[0]))

    assert list(named) == list(Given.__annotations__)


def test_a_missing_and_an_outdated_member_fail_with_the_text_to_write() -> None:
    text = "# `Clock`\n\n| member | meaning |\n|---|---|\n| `now()`, `freeze()` | the time |\n"

    with pytest.raises(AssertionError) as caught:
        compare(text, "Clock", members(Clock))
    assert "add the row: | `freeze(at=None)` | Stop the clock at the aware datetime" in str(caught.value)
    assert "remove `freeze()`: it does not exist in this form" in str(caught.value)
    assert "`now()`" not in str(caught.value)
