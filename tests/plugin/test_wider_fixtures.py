"""Fakes that several tests share: the fixtures for them, the ini file, and markers that cannot configure them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        return pytester.runpytest("-p", "no:randomly", *options)

    return run


@pytest.mark.parametrize("fixture", ["sesfake_module", "sesfake_session"])
def test_tests_share_the_fake_until_they_reset_it(run: Run, fixture: str) -> None:
    result = run(
        f"""
        def test_first({fixture}):
            {fixture}.send("ada@example.com")

        def test_second({fixture}):
            assert {fixture}.outbox.count() == 1
            {fixture}.reset()

        def test_third({fixture}):
            assert {fixture}.outbox.count() == 0
        """
    )
    result.assert_outcomes(passed=3)


def test_a_new_module_gets_a_new_fake_and_the_session_keeps_its_own(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_other="""
        def test_other(sesfake_module, sesfake_session):
            assert sesfake_module.outbox.count() == 0
            assert sesfake_session.outbox.count() == 1
        """
    )
    result = run(
        """
        def test_it(sesfake_session, sesfake_module):
            sesfake_module.send("ada@example.com")
            sesfake_session.send("ada@example.com")
        """
    )
    result.assert_outcomes(passed=2)


def test_the_fake_of_a_test_nests_in_the_fake_of_its_module(run: Run) -> None:
    result = run(
        """
        import boto3

        def test_it(sesfake_module, sesfake):
            boto3.client("sesv2").get_account()
            assert (sesfake.calls.count(), sesfake_module.calls.count()) == (1, 0)

        def test_later(sesfake_module):
            boto3.client("sesv2").get_account()
            assert sesfake_module.calls.count() == 1
        """
    )
    result.assert_outcomes(passed=2)


def test_the_ini_file_and_the_marker_of_the_module_configure_the_fake_of_the_module(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nsesfake_region = eu-west-1\n")
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.sesfake(quota=7)

        def test_it(sesfake_module):
            assert sesfake_module.quota == 7
            assert sesfake_module.client().meta.region_name == "eu-west-1"
        """
    )
    result.assert_outcomes(passed=1)


def test_an_unused_script_of_a_shared_fake_is_an_error_at_its_end(run: Run) -> None:
    result = run("def test_it(sesfake_module):\n    sesfake_module.on(recipient='ada@example.com').bounce()\n")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*on(recipient='ada@example.com') was never used: no message was sent at all"])


def test_the_ini_file_counts_for_a_fake_that_a_test_or_a_fixture_makes(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_region = eu-west-1\nsesfake_sandbox = true\n")
    result = run(
        """
        import pytest
        from pytest_sesfake import SesFake

        @pytest.fixture(scope="module")
        def mail():
            with SesFake(sandbox=False) as fake:
                yield fake

        def test_it(mail):
            assert (mail.client().meta.region_name, mail.sandbox) == ("eu-west-1", False)

        def test_own():
            with SesFake() as fake:
                assert (fake.client().meta.region_name, fake.sandbox) == ("eu-west-1", True)
        """
    )
    result.assert_outcomes(passed=2)


MADE = """
    import pytest
    from pytest_sesfake import SesFake

    @pytest.fixture(scope="{scope}")
    def {name}():
        with SesFake() as fake:
            yield fake

    @pytest.mark.sesfake(sandbox=True)
    def test_it({name}):
        pass
"""


@pytest.mark.parametrize(
    "name, scope", [("mail", "module"), ("sesfake", "session"), ("mail", "function"), ("sesfake", "function")]
)
def test_a_marker_that_cannot_configure_the_fake_of_its_test_is_an_error(run: Run, name: str, scope: str) -> None:
    result = run(MADE.format(name=name, scope=scope))

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            (
                "*UsageError: test_it.py::test_it: the marker sesfake(sandbox=True) does not configure the fake of the "
                f"fixture '{name}', which has the scope '{scope}'. Give the settings where this fixture makes its fake"
            )
        ]
    )


def test_a_marker_that_speaks_of_the_guard_alone_is_taken(run: Run) -> None:
    run(MADE.format(name="mail", scope="module").replace("sandbox=True", "guard=False")).assert_outcomes(passed=1)


def test_a_fixture_that_returns_the_fake_of_the_test_is_configured_by_its_marker(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture
        def mail(sesfake):
            return sesfake

        @pytest.mark.sesfake(sandbox=True)
        def test_it(mail):
            assert mail.sandbox
        """
    )
    result.assert_outcomes(passed=1)


def test_a_marker_configures_the_fake_that_a_test_requests_beside_a_shared_one(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.sesfake(sandbox=True)
        def test_it(sesfake_module, sesfake):
            assert (sesfake.sandbox, sesfake_module.sandbox) == (True, False)
        """
    )
    result.assert_outcomes(passed=1)
