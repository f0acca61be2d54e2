"""The settings: where they are said, what is refused, and that they are one table in code, types and docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import SesFake
from pytest_sesfake.fake import settings
from pytest_sesfake.plugin import options

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a test module."""

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        return pytester.runpytest("-p", "no:randomly", *options)

    return run


def test_the_types_name_the_settings_that_there_are() -> None:
    assert tuple(settings.Given.__annotations__) == settings.NAMES
    assert set(options._KEYS) == set(settings.NAMES) - {"outcomes"}
    assert set(settings.Settings.__annotations__) == set(settings.NAMES)


def test_the_reference_explains_every_setting_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/settings.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    assert [name.strip(" `") for name, _ in rows] == list(settings.NAMES)
    for name, default in rows:
        value = settings.DEFAULTS[name.strip(" `")]
        shown = list(value) if isinstance(value, tuple) else value
        assert str(shown).replace("'", '"').strip('"') in default.replace("the test's id", "") or value == "", name


def test_settings_are_merged_key_by_key_and_the_nearest_place_wins(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_region = eu-west-1\nsesfake_quota = 100\nsesfake_rate = 7\n")
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.sesfake(quota=200)

        @pytest.mark.sesfake(rate=9)
        def test_it(sesfake):
            assert (sesfake.client().meta.region_name, sesfake.quota, sesfake.rate) == ("eu-west-1", 200.0, 9.0)

        def test_other(sesfake):
            assert (sesfake.quota, sesfake.rate) == (200.0, 7.0)
        """
    )
    result.assert_outcomes(passed=2)


def test_the_command_line_comes_before_the_ini_file_and_after_the_nearest_markers(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nsesfake_region = eu-west-1\nsesfake_quota = 100\n")
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.sesfake(rate=1)

        @pytest.mark.sesfake(rate=2, region="us-west-2")
        class TestClass:
            def test_class(self, sesfake):
                assert (sesfake.client().meta.region_name, sesfake.quota, sesfake.rate) == ("us-west-2", 50.0, 2.0)

            @pytest.mark.sesfake(rate=3, quota=None)
            def test_function(self, sesfake):
                assert (sesfake.client().meta.region_name, sesfake.quota, sesfake.rate) == ("us-west-2", 50000.0, 3.0)

        def test_module(sesfake):
            assert (sesfake.client().meta.region_name, sesfake.quota, sesfake.rate) == ("eu-west-1", 50.0, 1.0)
        """,
        "-o",
        "sesfake_quota=50",
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("options", [(), ("-o", "sesfake_regoin=x")])
def test_an_ini_key_that_is_misspelt_is_a_usage_error(
    run: Run, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    pytester.makeini("[pytest]\n" + ("" if options else "sesfake_regoin = x\n"))
    result = run("def test_it(): pass", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: Unknown ini key 'sesfake_regoin' of pytest-sesfake. Did you mean 'sesfake_region'?"]
    )


@pytest.mark.parametrize(
    "given,text",
    [
        ("quota=many", "sesfake_quota takes a number of recipients above zero, or None, not 'many'"),
        ("sandbox=maybe", "sesfake_sandbox takes true or false: invalid truth value 'maybe'"),
        ("guard=maybe", "sesfake_guard takes true or false: invalid truth value 'maybe'"),
        ("default_region=maybe", "sesfake_default_region takes true or false: invalid truth value 'maybe'"),
        ("github=maybe", "sesfake_github takes true or false: invalid truth value 'maybe'"),
        ("unused_scripts=ignor", "sesfake_unused_scripts takes 'error' or 'warn' or 'ignore', not 'ignor'"),
        ("region=ireland", "sesfake_region takes the name of a region, such as 'eu-west-1', not 'ireland'"),
    ],
)
@pytest.mark.parametrize("by_option", [False, True])
def test_a_wrong_value_of_an_ini_key_ends_the_run_once(
    run: Run, pytester: pytest.Pytester, given: str, text: str, *, by_option: bool
) -> None:
    pytester.makeini("[pytest]\n" + ("" if by_option else f"sesfake_{given}\n"))
    result = run("def test_it(): pass", *(("-o", f"sesfake_{given}") if by_option else ()))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {text}"])


def test_an_ini_file_may_write_numbers_in_any_form(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_quota = 1e3\nsesfake_rate = 0.5\n")
    run("def test_it(sesfake): assert (sesfake.quota, sesfake.rate) == (1000, 0.5)").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "arguments,text",
    [
        ("gaurd=False", "test_it.py::test_it: Unknown setting 'gaurd' of sesfake. Did you mean 'guard'?"),
        ("verified=None", "test_it.py::test_it: verified takes a list of identities, not None"),
        (
            "verified=['not an identity']",
            "test_it.py::test_it: verified takes addresses and domains, or *not 'not an id*'",
        ),
        ("verified=['*@example.com']", "test_it.py::test_it: verified takes addresses and domains, or *not '?@exam*'"),
        ("seed=object()", "test_it.py::test_it: seed takes a text or a whole number, not <object object*"),
        (
            "outcomes={'nonsense': 1}",
            "test_it.py::test_it: outcomes takes addresses, or patterns like *, not 'nonsense'",
        ),
        ("outcomes={'a@x.com': []}", "test_it.py::test_it: outcomes['a@x.com'] takes at least one outcome, *, not []"),
        ("suppression=[1]", "test_it.py::test_it: suppression takes a list of reasons, not *1*"),
        ("region='eu'", "test_it.py::test_it: region takes the name of a region, such as 'eu-west-1', not 'eu'"),
        ("quota=float('nan')", "test_it.py::test_it: quota takes a number of recipients above zero, or None, not nan"),
        ("regoin='x'", "test_it.py::test_it: Unknown setting 'regoin' of sesfake. Did you mean 'region'?"),
        ("unfinished=True", "test_it.py::test_it: unfinished takes 'error' or 'warn' or 'ignore', not 'True'"),
        ("sandbox=1", "test_it.py::test_it: sandbox takes True or False, not 1"),
        ("quota=-1", "test_it.py::test_it: quota takes a number of recipients above zero, or None, not -1"),
        ("account_id='12'", "test_it.py::test_it: account_id takes twelve digits, not '12'"),
        (
            "outcomes=['x']",
            "test_it.py::test_it: outcomes takes a dict of addresses and outcomes, such as {*Bounce()}*",
        ),
        ("outcomes={'a@x.com': 'x'}", "test_it.py::test_it: outcomes['a@x.com']: outcomes are values like Bounce()*"),
        ("'eu-west-1'", "test_it.py::test_it: the marker sesfake takes keywords only, not ('eu-west-1',)"),
    ],
)
def test_a_wrong_setting_is_a_usage_error_that_names_the_test(run: Run, arguments: str, text: str) -> None:
    result = run(
        f"""
        import pytest

        @pytest.mark.sesfake({arguments})
        def test_it():
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{text}*".replace("[", "[[]")])


def test_settings_that_make_sense_are_taken() -> None:
    senders = ["example.com", "webmaster@localhost", "bücher.example", "*"]
    made = settings.make({"verified": senders, "seed": 7})
    assert (made.verified, made.seed) == (tuple(senders), "7")
    assert list(settings.make({"outcomes": {"*": 1, "ada@example.com": 2}}).outcomes) == ["*", "ada@example.com"]


@pytest.mark.parametrize(
    "name,cure",
    [
        ("sandbx", "Did you mean 'sandbox'?"),
        ("Quota", "Did you mean 'quota'?"),
        ("strict", "Settings are arguments of SesFake. A test can set sandbox, vdm, quota, rate, suppression."),
    ],
)
def test_a_state_of_the_account_that_is_misspelt_is_an_attribute_error(sesfake: SesFake, name: str, cure: str) -> None:
    with pytest.raises(AttributeError, match=re.escape(f"'SesFake' object has no attribute {name!r} to set. {cure}")):
        setattr(sesfake, name, True)


def test_what_a_fake_has_can_be_replaced_and_a_subclass_may_have_more(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shop(SesFake):
        def __init__(self) -> None:
            super().__init__()
            self.customers = ["ada@example.com"]

    shop = Shop()
    monkeypatch.setattr(shop, "notify", list)
    assert (shop.customers, shop.notify()) == (["ada@example.com"], [])
    fake = SesFake()
    with monkeypatch.context() as patch:
        patch.setattr(fake, "notify", list)
        assert fake.notify() == []
    with pytest.raises(RuntimeError, match="has no subscriber"):
        fake.notify()


@pytest.mark.parametrize("name", ["", "not an identity", "example", "*", "ada@", "Ada <ada@example.com>"])
def test_what_cannot_be_an_identity_is_not_verified(sesfake: SesFake, name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"verify() takes addresses and domains, not {name!r}: Invalid ")):
        sesfake.verify(name)
