"""``sesfake_django``: with a fake, Django sends with the backend of its settings; without one, with locmem."""

from __future__ import annotations

from importlib.metadata import version

import pytest

SETTINGS = """
from django.conf import settings

def pytest_configure():
    settings.configure(
        {mail},
        DEFAULT_FROM_EMAIL="shop@example.com",
        AWS_SES_REGION_NAME="us-east-1",
        AWS_SES_REGION_ENDPOINT="email.us-east-1.amazonaws.com",
        USE_SES_V2=True,
    )
"""
DJANGO_SES = 'EMAIL_BACKEND="django_ses.SESBackend"'
# Newer releases of Django deprecate EMAIL_BACKEND.
OPTIONS = ("-p", "no:randomly", "-W", "ignore:The EMAIL_")


def run(pytester: pytest.Pytester, source: str, *, mail: str = DJANGO_SES, ini: str = "") -> pytest.RunResult:
    """Run tests in a process of their own, because Django's settings cannot be configured twice."""
    pytester.makeini(f"[pytest]\nsesfake_django = true\n{ini}")
    pytester.makeconftest(SETTINGS.format(mail=mail))
    pytester.makepyfile(
        shop="""
        from django.core import mail

        def welcome():
            mail.send_mail("Welcome", "Hello", None, ["ada@example.com"])
        """,
        test_it=f"import pytest\nfrom django.core import mail\nfrom shop import welcome\n{source}",
    )
    return pytester.runpytest_subprocess(*OPTIONS)


def test_mail_goes_to_the_fake_while_one_is_active_and_to_locmem_otherwise(pytester: pytest.Pytester) -> None:
    source = """
from django.conf import settings as project
from django.test import SimpleTestCase, override_settings
from pytest_sesfake import SesFake

def test_with_the_fixture(sesfake):
    welcome()
    assert sesfake.outbox.one(to="ada@example.com").sender == "shop@example.com"
    assert not mail.outbox

def test_without_a_fake():
    welcome()
    assert len(mail.outbox) == 1

def test_with_a_fake_that_the_test_makes_itself():
    welcome()
    with SesFake() as sesfake:
        welcome()
    welcome()
    assert len(sesfake.outbox) == 1
    assert len(mail.outbox) == 2

def test_with_a_fixture_that_is_asked_for_late(request):
    sesfake = request.getfixturevalue("sesfake")
    welcome()
    assert sesfake.outbox.one(to="ada@example.com")

def test_settings_of_a_test_before_the_fake(settings, sesfake):
    settings.DEFAULT_FROM_EMAIL = "desk@example.com"
    welcome()
    assert sesfake.outbox.one().sender == "desk@example.com"

def test_settings_of_a_test_after_the_fake(sesfake, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    welcome()
    assert len(mail.outbox) == 1
    assert not sesfake.outbox

def test_without_a_fake_after_those():
    welcome()
    assert len(mail.outbox) == 1

@override_settings(DEFAULT_FROM_EMAIL="desk@example.com")
class TestCases(SimpleTestCase):
    @pytest.fixture(autouse=True)
    def _with(self, sesfake):
        self.sesfake = sesfake

    def test_a_case_of_unittest(self):
        with self.settings(EMAIL_TIMEOUT=3):
            welcome()
        assert self.sesfake.outbox.one().sender == "desk@example.com"

class TestShared:
    @pytest.fixture(scope="class")
    def shared(self):
        with SesFake() as sesfake:
            yield sesfake

    def test_a_fake_of_a_class(self, shared):
        welcome()
        assert len(shared.outbox) == 1

    def test_and_its_second_test(self, shared):
        welcome()
        assert len(shared.outbox) == 2
"""
    result = run(pytester, source)

    result.assert_outcomes(passed=10)
    result.stdout.fnmatch_lines(["sesfake: with the mail backend of Django's settings"])


def test_with_a_fake_in_every_test_and_smtp(pytester: pytest.Pytester) -> None:
    smtp = (
        'EMAIL_HOST="email-smtp.us-east-1.amazonaws.com", EMAIL_PORT=587, EMAIL_USE_TLS=True, '
        'EMAIL_HOST_USER="user", EMAIL_HOST_PASSWORD="password"'
    )
    source = """
from django.test import SimpleTestCase

class TestCases(SimpleTestCase):
    def test_first(self):
        welcome()
        assert not mail.outbox

def test_second(sesfake):
    welcome()
    assert sesfake.outbox.one().api == "smtp"
"""
    run(pytester, source, mail=smtp, ini="sesfake_autouse = true\n").assert_outcomes(passed=2)


@pytest.mark.skipif(tuple(map(int, version("django").split(".")[:2])) < (6, 1), reason="MAILERS is new in Django 6.1")
def test_mailers_keep_their_backends_and_options(pytester: pytest.Pytester) -> None:
    mailers = (
        'MAILERS={"default": {"BACKEND": "django_ses.SESBackend"}, "west": {"BACKEND": "django_ses.SESBackend", '
        '"OPTIONS": {"aws_region_name": "us-west-2", "aws_region_endpoint": "https://email.us-west-2.amazonaws.com"}}}'
    )
    source = """
def test_both(sesfake):
    welcome()
    mail.EmailMessage("Hi", "Hello", None, ["bob@example.com"]).send(using="west")
    assert [message.region for message in sesfake.outbox] == ["us-east-1", "us-west-2"]

def test_without_a_fake():
    mail.EmailMessage("Hi", "Hello", None, ["bob@example.com"]).send(using="west")
    assert mail.outbox[0].sent_using == "west"
"""
    run(pytester, source, mail=mailers).assert_outcomes(passed=2)


def test_settings_that_send_nothing_are_an_error_that_says_what_to_write(pytester: pytest.Pytester) -> None:
    locmem = "django.core.mail.backends.locmem.EmailBackend"
    result = run(pytester, "def test_it(sesfake):\n    welcome()\n", mail=f'EMAIL_BACKEND="{locmem}"')

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"E *UsageError: sesfake_django: Django's settings have the mail backend {locmem}, *"])


def test_without_the_key_locmem_keeps_the_mail_and_the_failure_names_the_key(pytester: pytest.Pytester) -> None:
    source = "def test_it(sesfake):\n    welcome()\n    sesfake.outbox.one()\n"
    result = run(pytester, source, ini="[other]\n")
    result.assert_outcomes(passed=1)

    pytester.makeini("[pytest]\n")
    result = pytester.runpytest_subprocess(*OPTIONS)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *hint *locmem backend*Write `sesfake_django = true` in the ini file"])


def test_the_key_imports_no_django_and_does_not_mind_its_absence(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_django = true\n")
    pytester.makepyfile(
        """
        import sys

        def test_it(sesfake):
            sesfake.send("ada@example.com")
            assert not [name for name in sys.modules if name.partition(".")[0] == "django"]
        """
    )

    pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:django").assert_outcomes(passed=1)
