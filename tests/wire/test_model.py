"""The service models: loaded once, on demand, whatever botocore is installed."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.loaders import Loader
from botocore.model import ServiceModel

from newest import IS_NEWEST
from pytest_sesfake.wire import constraints, model, query, rest_json
from pytest_sesfake.wire.http import Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from botocore.awsrequest import AWSPreparedRequest
    from botocore.exceptions import ClientError

REQUEST_ID = "b10d2eec-1d4d-11e9-87c9-8d0b3a4ebbd8"


class Body:
    """What botocore reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.content


@pytest.mark.parametrize("api,fewest", [("ses", 71), ("sesv2", 100 if IS_NEWEST else 90)])
def test_every_operation_is_there(api: str, fewest: int) -> None:
    operations = model.api(api).operations

    assert list(operations) == ServiceModel(Loader().load_service_model(api, "service-2"), api).operation_names
    assert len(operations) >= fewest
    assert {operation.api for operation in operations.values()} == {api}


def test_an_api_is_loaded_once_even_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_apis", {})

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(model.api, ["ses"] * 32))

    assert len(found) == 1


def test_importing_the_wire_loads_neither_botocore_nor_an_xml_parser() -> None:
    program = (
        "import sys\n"
        "from pytest_sesfake.wire import constraints, credential, model, query, rest_json, scalars\n"
        "print([name for name in ('botocore', 'xml', 'email') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_models_of_the_users_own_are_honoured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = Loader().load_service_model("ses", "service-2")
    known = {
        **known,
        "operations": {**known["operations"], "Sing": {**known["operations"]["SendEmail"], "name": "Sing"}},
    }
    place = tmp_path / "ses" / "2010-12-01"
    place.mkdir(parents=True)
    place.joinpath("service-2.json").write_text(json.dumps(known), encoding="utf-8")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    monkeypatch.setattr(model, "_apis", {})

    assert "Sing" in model.api("ses").operations


@pytest.mark.parametrize("api", ["ses", "sesv2"])
def test_a_recursive_shape_can_be_read_judged_and_written(api: str) -> None:
    """Neither API has one today; a newer botocore may bring one."""
    name = "SendEmail"
    known = copy.deepcopy(Loader().load_service_model(api, "service-2"))
    shapes = known["shapes"]
    for kind in ("input", "output"):
        shapes[known["operations"][name][kind]["shape"]]["members"]["Nest"] = {"shape": "Nest"}
    shapes["Nest"] = {
        "type": "structure",
        "required": ["Name"],
        "members": {"Name": {"shape": "PolicyName"}, "Nests": {"shape": "Nests"}},
    }
    shapes["Nests"] = {"type": "list", "member": {"shape": "Nest"}}
    operation = model.Api(api, ServiceModel(known, api)).operations[name]
    nest = {"Name": "a", "Nests": [{"Name": "b", "Nests": [{"Name": "c"}]}, {"Name": "d"}]}

    if api == "ses":
        first = "Nest.Name=a&Nest.Nests.member.1.Name=b&Nest.Nests.member.1.Nests.member.1.Name=c"
        fields = f"{first}&Nest.Nests.member.2.Name=d"
        arguments = query.decode(operation, Request("POST", "", "/", "", {}, fields.encode()))
        body = query.encode(operation, {"Nest": nest}, REQUEST_ID).body
        assert b"<Nests><member><Name>b</Name><Nests><member><Name>c</Name></member></Nests></member>" in body
    else:
        body = rest_json.encode(operation, {"Nest": nest}, REQUEST_ID).body
        arguments = rest_json.decode(operation, Request("POST", "", "/v2/email/outbound-emails", "", {}, body))
    assert arguments == {"Nest": nest}
    assert "nest.name" in (constraints.check(operation, {"Nest": {"Nests": [{}]}}) or "")


@pytest.mark.parametrize(
    "api,code,members",
    [
        ("ses", "ConfigurationSetDoesNotExist", {"ConfigurationSetName": "my-set"}),
        ("ses", "EventDestinationAlreadyExists", {"ConfigurationSetName": "a", "EventDestinationName": "b"}),
        ("ses", "MessageRejected", {}),
        ("sesv2", "NotFoundException", {}),
        ("sesv2", "MessageRejected", {}),
    ],
)
def test_a_client_raises_its_own_exception_with_the_members(api: str, code: str, members: dict[str, str]) -> None:
    client: Any = botocore.session.Session().create_client(
        api, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    codec: Any = query if api == "ses" else rest_json
    answer = codec.encode_error(None, code, "because", REQUEST_ID, members=members)

    def answered(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers: Any = HeadersDict(answer.headers)
        return AWSResponse(request.url, answer.status, headers, Body(answer.body))

    client.meta.events.register("before-send", answered)
    exception: type[ClientError] = client.exceptions.from_code(code)
    assert exception.__name__.removesuffix("Exception") == code.removesuffix("Exception")

    with pytest.raises(exception) as caught:
        client.get_email_identity(EmailIdentity="a.b") if api == "sesv2" else client.delete_template(TemplateName="a")

    said: Any = caught.value.response
    assert said["Error"]["Message"] == "because"
    assert {name: said[name] for name in members} == members
