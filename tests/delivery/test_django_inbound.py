"""What django-ses makes of mail that comes in, in a process of its own, as Django has one set of settings in each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("django_inbound.py")


def test_django_ses_takes_mail_from_notifications_and_from_buckets() -> None:
    pytest.importorskip("django_ses")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", str(TESTS)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(command, cwd=TESTS.parents[2], env=environment, capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
