"""The service models of SES and SESv2, read once from botocore's data and compiled into trees for fast access."""

from __future__ import annotations

import os
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel
    from botocore.model import Shape as BotocoreShape

# The constraints that a shape can have beyond its type.
TRAITS = ("min", "max", "pattern", "enum")

_apis: dict[str, Api] = {}
_loading = Lock()


class Malformed(Exception):  # noqa: N818 - a refusal of SES, not a bug of the fake
    """A request that cannot be read. AWS refuses it before it calls an operation.

    ``code`` is the wire code, ``text`` the message (``None`` if AWS sends none), ``status`` the HTTP status.
    """

    def __init__(self, code: str, text: str | None, status: int = 400) -> None:
        super().__init__(code, text, status)
        self.code = code
        self.text = text
        self.status = status


class Shape:
    """One type of the model: ``kind`` is botocore's name of the type, ``traits`` holds its constraints.

    Only structures have ``members``. Only lists have ``item`` and ``item_name``. Only maps have ``key``, ``value`` and
    their names. Shapes are shared, can be recursive, and are compared by identity.
    """

    __slots__ = (
        "item", "item_name", "key", "key_name", "kind", "members", "name", "sensitive", "timestamp_format", "traits",
        "value", "value_name",
    )  # fmt: skip

    item: Shape
    item_name: str
    key: Shape
    key_name: str
    value: Shape
    value_name: str

    def __init__(self, source: BotocoreShape) -> None:
        self.name: str = source.name
        self.kind: str = source.type_name
        self.traits: dict[str, Any] = {name: source.metadata[name] for name in TRAITS if name in source.metadata}
        self.sensitive = bool(source.metadata.get("sensitive"))
        self.timestamp_format: str | None = source.serialization.get("timestampFormat")
        self.members: dict[str, Member] = {}

    def __repr__(self) -> str:
        return f"<Shape {self.name}: {self.kind}>"


@dataclass(slots=True, frozen=True, eq=False)
class Member:
    """One member of a structure: its name in Python, its name on the wire, and its location in the request.

    ``location`` is ``"uri"``, ``"querystring"`` or ``None`` for the body.
    """

    name: str
    wire_name: str
    shape: Shape
    required: bool
    location: str | None


@dataclass(slots=True, frozen=True, eq=False)
class ModelledError:
    """One error of the model: its code on the wire, its HTTP status and its members besides the message."""

    code: str
    status: int
    shape: Shape


class Operation:
    """One operation of an API. Its trees are compiled at first use."""

    __slots__ = (
        "_api",
        "_input",
        "_model",
        "_output",
        "api",
        "method",
        "name",
        "namespace",
        "path",
        "status",
        "wrapper",
    )

    def __init__(self, api: Api, model: OperationModel) -> None:
        self._api = api
        self._model = model
        self._input: Shape | None = None
        self._output: Shape | None = None
        self.api = api.name
        self.name: str = model.name
        self.method: str = model.http.get("method", "POST")
        self.path: str = model.http.get("requestUri", "/")
        self.status: int = model.http.get("responseCode", 200)
        self.namespace = api.namespace
        # The element that wraps a result in the query protocol. An operation without output has no such element.
        self.wrapper: str | None = (model.output_shape.serialization if model.output_shape else {}).get("resultWrapper")

    def __repr__(self) -> str:
        return f"<Operation {self.api} {self.name}>"

    @property
    def input(self) -> Shape | None:
        """The structure of its arguments, or ``None`` if it takes none."""
        if self._input is None and self._model.input_shape is not None:
            self._input = self._api.shape(self._model.input_shape)
        return self._input

    @property
    def output(self) -> Shape | None:
        """The structure of its result, or ``None`` if it has none."""
        if self._output is None and self._model.output_shape is not None:
            self._output = self._api.shape(self._model.output_shape)
        return self._output

    @property
    def errors(self) -> dict[str, ModelledError]:
        """The errors that the model names for this operation, by wire code."""
        names = {shape.name for shape in self._model.error_shapes}
        return {code: fault for code, fault in self._api.errors.items() if fault.shape.name in names}


class Api:
    """One of the two APIs, as the installed botocore describes it."""

    def __init__(self, name: str, model: ServiceModel) -> None:
        self.name = name
        self.version: str = model.api_version
        self.namespace: str = model.metadata.get("xmlNamespace", "")
        self._model = model
        self._shapes: dict[tuple[str, str | None], Shape] = {}
        self._errors: dict[str, ModelledError] | None = None
        self.operations: Mapping[str, Operation] = {
            operation: Operation(self, model.operation_model(operation)) for operation in model.operation_names
        }

    def __repr__(self) -> str:
        return f"<Api {self.name} {self.version}>"

    @property
    def errors(self) -> dict[str, ModelledError]:
        """Every error of the API's model, by wire code. A script can raise any of them from any operation."""
        if self._errors is None:
            faults = [self._fault(shape) for shape in self._model.error_shapes]
            self._errors = {fault.code: fault for fault in faults}
        return self._errors

    def _fault(self, source: BotocoreShape) -> ModelledError:
        error = source.metadata.get("error", {})
        return ModelledError(error.get("code", source.name), error.get("httpStatusCode", 400), self.shape(source))

    def shape(self, source: BotocoreShape) -> Shape:
        """Compile a shape of botocore. A reference to a shared shape can set its own timestamp format."""
        known = (source.name, source.serialization.get("timestampFormat"))
        shape = self._shapes.get(known)
        if shape is None:
            # Store the shape before its parts are compiled, so that a recursive shape finds itself.
            shape = self._shapes[known] = Shape(source)
            self._compile_parts(shape, source)
        return shape

    def _compile_parts(self, shape: Shape, source: Any) -> None:
        if shape.kind == "structure":
            required = set(source.required_members)
            for name, member in source.members.items():
                wire_name = member.serialization.get("name", name)
                location = member.serialization.get("location")
                shape.members[name] = Member(name, wire_name, self.shape(member), name in required, location)
        elif shape.kind == "list":
            shape.item = self.shape(source.member)
            shape.item_name = source.member.serialization.get("name", "member")
        elif shape.kind == "map":
            shape.key, shape.value = self.shape(source.key), self.shape(source.value)
            shape.key_name = source.key.serialization.get("name", "key")
            shape.value_name = source.value.serialization.get("name", "value")


def leave_out(path: str) -> None:
    """Do nothing. A codec calls this with the path of each member of a result that the installed botocore lacks.

    The codec leaves the member out, because an older botocore lacks members that newer ones have. The tests of this
    project run with the newest one and replace this function by one that raises ``TypeError``, so that a misspelt
    member is found.
    """


def api(name: str) -> Api:
    """Return the API ``"ses"`` or ``"sesv2"``, loaded once per process."""
    found = _apis.get(name)
    if found is None:
        with _loading:
            found = _apis.get(name)
            if found is None:
                found = _apis[name] = _load(name)
    return found


def _load(name: str) -> Api:
    # Imported here because a test that sends only by SMTP needs no service model.
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel

    loader = create_loader(os.environ.get("AWS_DATA_PATH"))
    return Api(name, ServiceModel(loader.load_service_model(name, "service-2"), name))
