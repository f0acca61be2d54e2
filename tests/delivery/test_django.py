"""Django's packages are tried in a process of their own: Django has one set of settings in each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("django_webhooks.py")


def test_django_ses_and_anymail_take_what_is_sent_and_refuse_what_is_forged() -> None:
    for package in ("anymail", "django_ses"):
        pytest.importorskip(package)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", str(TESTS)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(command, cwd=TESTS.parents[2], env=environment, capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " skipped" not in done.stdout
    assert "19 passed" in done.stdout
