"""Every parameter of every operation has a meaning here, or is noted as one that has none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from newest import IS_NEWEST
from pytest_sesfake import SesFake
from pytest_sesfake.operations import table
from pytest_sesfake.service import Unmodelled
from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from collections.abc import Callable

    Smallest = Callable[[str, str], dict[str, Any]]


ROUTED = "a message goes out in the region that is asked, whichever endpoint it came in by"
UNTRACKED = "opens and clicks happen where a test lets them happen, whatever is tracked"
# The parameters without a meaning, and why.
UNMODELLED: dict[tuple[str, str], dict[str, str]] = {
    ("sesv2", "SendBulkEmail"): {"ConfigurationOverrides": UNTRACKED, "EndpointId": ROUTED},
    ("sesv2", "SendEmail"): {"ConfigurationOverrides": UNTRACKED, "EndpointId": ROUTED},
}
PARAMETERS = [(api, name, member) for (api, name), members in UNMODELLED.items() for member in members]
VALUES = {"ConfigurationOverrides": {"Tracking": {"OpenTrackingEnabled": "ENABLED"}}}
BY_BOTOCORE = {"EndpointId"}  # signs for it in a way that needs another package


@pytest.mark.parametrize("api", ["ses", "sesv2"])
def test_the_parameters_of_a_function_are_those_of_its_operation(api: str) -> None:
    taken, known = {}, {}
    for name, operation in model.api(api).operations.items():
        members = set(operation.input.members) if operation.input else set()
        known[name] = members - UNMODELLED.get((api, name), {}).keys()
        accepted = table.load()[api, name].accepts
        taken[name] = accepted if IS_NEWEST else accepted & members

    assert taken == known


@pytest.mark.skipif(not IS_NEWEST, reason="an older botocore does not know every parameter")
def test_a_parameter_that_is_listed_as_without_meaning_exists() -> None:
    for api, name, member in PARAMETERS:
        asked = model.api(api).operations[name].input
        assert asked is not None
        assert member in asked.members


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("api,name,member", [each for each in PARAMETERS if each[2] not in BY_BOTOCORE])
@pytest.mark.skipif(not IS_NEWEST, reason="an older botocore does not know every parameter")
def test_a_parameter_without_meaning_is_noted_on_the_call(
    api: str, name: str, member: str, smallest: Smallest, loose: dict[str, Any], *, strict: bool
) -> None:
    with SesFake(strict=strict) as fake:
        given = {**smallest(api, name), member: VALUES[member]}
        with suppress(ClientError):  # whether it is refused for something else
            getattr(loose[api], xform_name(name))(**given)

        assert fake.calls[-1].ignored_params == (member,)
        assert [str(problem) for problem in fake.problems] == (
            [f"{name}: {member} has no meaning in this fake, and strict is on"] if strict else []
        )
        assert all(isinstance(problem, Unmodelled) for problem in fake.problems)
        fake.problems.clear()
