"""What is declared is what is imported, and the lower bounds are versions that a test run has met."""

from __future__ import annotations

from configparser import ConfigParser
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.house.conftest import Source

# Pinned together with the dependencies: it ties itself to one botocore.
PINNED_TOO = {"boto3"}

# An upper bound keeps users from upgrading, so each one needs a reason.
UPPER_BOUNDS = {"dotpromptz-handlebars": "<0.3"}  # a young package: the next minor release may change what it does


def bounds(requirements: list[str]) -> dict[str, str]:
    """The lower bound in each requirement, which has exactly one."""
    found: dict[str, str] = {}
    for requirement in map(Requirement, requirements):
        (specifier,) = (each for each in requirement.specifier if each.operator in {">=", "=="})
        found[canonicalize_name(requirement.name)] = specifier.version
    return found


def test_the_oldest_environment_pins_exactly_the_lower_bounds(root: Path, project: dict[str, Any]) -> None:
    tox = ConfigParser()
    tox.read(root / "tox.ini", encoding="utf-8")
    pinned = tox["testenv:oldest"]["deps"].split()
    declared = bounds(project["dependencies"])
    for_tests = bounds(project["optional-dependencies"]["test"])

    assert all("==" in pin for pin in pinned)
    assert bounds(pinned) == declared | {name: for_tests[name] for name in PINNED_TOO}


def test_dependencies_have_a_lower_bound_and_no_upper_one_without_a_reason(project: dict[str, Any]) -> None:
    upper: dict[str, str] = {}
    for requirement in map(Requirement, project["dependencies"]):
        others = [str(specifier) for specifier in requirement.specifier if specifier.operator != ">="]
        assert len(requirement.specifier) == len(others) + 1, requirement
        upper |= {canonicalize_name(requirement.name): other for other in others}

    assert upper == UPPER_BOUNDS


def test_what_the_package_imports_is_what_it_declares(sources: dict[str, Source], project: dict[str, Any]) -> None:
    distributions = packages_distributions()
    imported = {
        canonicalize_name(distributions.get(found.top, [found.top])[0])
        for source in sources.values()
        for found in source.imports
        if found.is_third_party and found.when != "typing"
    }

    assert imported == set(bounds(project["dependencies"]))
