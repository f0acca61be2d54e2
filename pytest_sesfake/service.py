"""Answer the calls of one fake: HTTP requests of both APIs, mail by SMTP, and visits to links in mail.

The transports turn what an application sends into plain shapes and hand them to ``Service``. It reads the arguments,
checks them against the service model, runs the operation, records the call, and encodes the result or the error.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_sesfake.operations import links, refusals
from pytest_sesfake.operations.table import load
from pytest_sesfake.ses import sending, submission
from pytest_sesfake.ses.calls import Call
from pytest_sesfake.ses.refusals import Interrupted, Missing, Refusal
from pytest_sesfake.wire import constraints, credential, hosts, query, rest_json
from pytest_sesfake.wire.http import NoAnswer, Request, Response
from pytest_sesfake.wire.model import Malformed
from pytest_sesfake.wire.passwords import LENGTH, derive
from pytest_sesfake.wire.smtp import Envelope, Login, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_sesfake.ses.simulation import Simulation
    from pytest_sesfake.wire.model import Operation

_TABLE = load()
_SECRET = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a variable, not a secret
_REGIONS = ("AWS_DEFAULT_REGION", "AWS_REGION")
_INVOCATION = "amz-sdk-invocation-id"
_WELCOME = Reply(220, "")
_ADMITTED = Reply(235, "Authentication successful.")
_DENIED = Reply(535, "Authentication Credentials Invalid")
_LEAST_REFUSAL = 400


class Unmodelled(Exception):  # noqa: N818 - strict mode reports it; it is not a bug of the fake
    """Report parameters that SES accepts and this fake ignores. Only strict mode uses it."""


class Service:
    """Answers the calls of one fake.

    ``failed`` receives every unexpected exception inside a call, whether the fake or the user's code raised it. The
    application gets a 500 (HTTP) or a 451 (SMTP).

    ``passwords`` maps each known SMTP password to its region. Without ``derived``, every login succeeds. With it, a
    login needs a known password, or the one that SES derives from the environment's secret key, for the region of the
    host name. If the host name has no region, a known password always counts, and a derived one counts if it belongs
    to the region of the environment or of the fake.
    """

    def __init__(
        self,
        simulation: Simulation,
        *,
        strict: bool,
        derived: bool,
        passwords: dict[str, str],
        failed: Callable[[Exception], None],
    ) -> None:
        self._simulation = simulation
        self._strict = strict
        self._derived = derived
        self._passwords = passwords
        self._failed = failed
        self._open: dict[str, Call] = {}

    def answer(self, request: Request) -> Response | NoAnswer:
        """Answer one HTTP request of v1 or v2."""
        simulation = self._simulation
        # SESv2 has REST paths. v1 names its operation in the form, not in the path.
        protocol, api = (rest_json, "sesv2") if request.path.startswith(("/v2/", "/v1/")) else (query, "ses")
        with simulation.lock:
            simulation.settle()  # first apply the scheduled events that are due, so that the call sees their effects
            request_id = simulation.ids.request_id(simulation.draw())
            operation: Operation | None = None
            call = self._call(request, api)
            try:
                operation = protocol.match(request)
                call = self._attempt(call, request, operation)
                response = protocol.encode(operation, self._run(call, operation, request), request_id)
                call.set_answer(response.status)
            except Exception as error:  # noqa: BLE001 - the application must get an error response, as from AWS
                said = self._said(error, api)
                response = protocol.encode_error(
                    operation, said.code, said.text, request_id, members=said.members, status=said.status
                )
                call.set_answer(response.status, said.code, said.text)
                if isinstance(error, Missing):
                    call.missing = error.kind, error.name
            self._log(call, request)
            return _given(call, response)

    def submit(self, envelope: Envelope) -> Reply | NoAnswer:
        """Answer the DATA of one SMTP transaction: send the mail, or refuse it."""
        simulation = self._simulation
        with simulation.lock:
            simulation.settle()
            region = self._region(envelope.host, envelope.login)
            call = Call(simulation, "smtp", None, region, simulation.clock.time(), caller=envelope.caller)
            call.attempts = 1
            region_state = simulation.at(simulation.account_id, region)
            outer, simulation.current = simulation.current, call
            try:
                message = sending.send(
                    region_state,
                    submission.from_mime(
                        region_state,
                        envelope.data,
                        api="smtp",
                        operation=None,
                        source=envelope.mail_from,
                        recipients=envelope.recipients,
                        helo=envelope.helo,
                    ),
                )
                reply = Reply(250, f"Ok {message.id}")
                call.set_answer(reply.code)
            except Exception as error:  # noqa: BLE001 - the client must get an answer after any error
                reply = self._reply(error)
                call.set_answer(reply.code, str(reply.code), reply.text)
            finally:
                simulation.current = outer
            simulation.log_call(call)
            return _given(call, reply)

    def follow(self, request: Request) -> Response:
        """Answer a visit to a link in a mail: an email verification or an unsubscription."""
        simulation = self._simulation
        with simulation.lock:
            simulation.settle()
            try:
                if request.host.lower().startswith("email-verification."):
                    answer = links.verify(simulation, request.query)
                else:
                    answer = links.unsubscribe(
                        simulation, request.method, request.path, request.body.decode("utf-8", "replace")
                    )
            except Exception as error:  # noqa: BLE001 - the client must get an answer after any error
                self._failed(error)
                answer = links.LinkResponse(500, "")
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if answer.location is not None:
            headers["Location"] = answer.location
        return Response(answer.status, headers, answer.page.encode())

    def greet(self, host: str | None) -> Reply | NoAnswer:
        """Answer a new SMTP connection: 220, unless a script sets another reply."""
        return self._step("CONNECT", Login("", "", host), _WELCOME)

    def authenticate(self, login: Login) -> Reply | NoAnswer:
        """Answer AUTH: 235, or an error reply if the password is wrong or a script sets one."""
        return self._step("AUTH", login, _ADMITTED if self._is_admitted(login) else _DENIED)

    def _is_admitted(self, login: Login) -> bool:
        if not self._derived:
            return True
        asked = hosts.region(login.host) if login.host else None
        return any(asked in (None, region) for region in self._fitting(login.password, asked))

    def _fitting(self, password: str, asked: str | None) -> Iterator[str]:
        """Yield the regions for which a password is valid.

        With ``asked``, a derived password is tried for that region only.
        """
        if password in self._passwords:
            yield self._passwords[password]
        secret = os.environ.get(_SECRET)
        if secret is not None and len(password) == LENGTH:
            for region in (
                [asked] if asked else dict.fromkeys([self._simulation.region, *map(os.environ.get, _REGIONS)])
            ):
                if region and password == derive(secret, region):
                    yield region

    def _step(self, operation: str, login: Login, reply: Reply) -> Reply | NoAnswer:
        """Answer a step of SMTP before any mail.

        The step is recorded as a call only if it is refused or a script applies to it.
        """
        simulation = self._simulation
        with simulation.lock:
            simulation.settle()
            call = self._open.pop(login.trial, None)
            if call is None:
                call = Call(simulation, "smtp", operation, self._region(login.host, login), simulation.clock.time())
                call.set_params({})
            call.attempts += 1
            call.current_fault = simulation.scripts.for_step(call)
            if call.current_fault is not None and call.current_fault.kind == "error":
                reply = self._reply(Interrupted(call.current_fault))
            is_refused = reply.code >= _LEAST_REFUSAL
            if call.current_fault is not None or is_refused:
                call.set_answer(reply.code, *((str(reply.code), reply.text) if is_refused else ()))
                if call.attempts == 1:
                    simulation.log_call(call)
            if is_refused and login.trial:
                self._open[login.trial] = call
            return _given(call, reply)

    def _call(self, request: Request, api: str) -> Call:
        claimed = credential.read(request)
        region = (claimed.region if claimed else None) or hosts.region(request.host) or self._simulation.region
        call = Call(self._simulation, api, request.path, region, self._simulation.clock.time(), caller=request.caller)
        if claimed is not None and claimed.account_id is not None:
            call.account_id = claimed.account_id
        return call

    def _attempt(self, call: Call, request: Request, operation: Operation) -> Call:
        """Return the call that this request belongs to: a new one, or an earlier one that the client retries.

        botocore repeats its invocation id in every retry, so that retries count as attempts of one call.
        """
        call.operation = operation.name
        known = self._open.get(request.headers.get(_INVOCATION, ""))
        if known is not None and known.operation == call.operation:
            call = known
        call.attempts += 1
        call.current_fault = None
        return call

    def _run(self, call: Call, operation: Operation, request: Request) -> dict[str, Any]:
        simulation = self._simulation
        protocol = rest_json if call.api == "sesv2" else query
        arguments = protocol.decode(operation, request)
        call.set_params(arguments)
        entry = _TABLE.get((call.api, operation.name))
        violation = constraints.check(operation, arguments)
        region_state = simulation.at(call.account_id, call.region)
        sends = entry is not None and entry.sends
        if not sends or violation is not None:
            sending.interrupt(call, None)
        if not sends:
            region_state.meter.count_request(region_state.account, simulation.clock.time())
        if violation is not None:
            raise refusals.say("ValidationError" if call.api == "ses" else "BadRequestException", violation)
        if entry is None:
            raise refusals.unanswered(operation.name)
        call.ignored_params = tuple(arguments.keys() - entry.accepts)
        if call.ignored_params:
            arguments = {name: value for name, value in arguments.items() if name in entry.accepts}
            self._note_unmodelled(call)
        outer, simulation.current = simulation.current, call
        try:
            return entry.function(region_state, **arguments) or {}
        finally:
            simulation.current = outer

    def _note_unmodelled(self, call: Call) -> None:
        if self._strict:
            names = ", ".join(sorted(call.ignored_params))
            self._failed(Unmodelled(f"{call.operation}: {names} has no meaning in this fake, and strict is on"))

    def _said(self, error: Exception, api: str) -> refusals.WordedRefusal:
        if isinstance(error, Malformed):
            return refusals.WordedRefusal(error.code, error.text, {}, error.status)
        if isinstance(error, Refusal):
            return refusals.words(error, api)
        self._failed(error)
        return refusals.WordedRefusal("InternalFailure", f"{type(error).__name__}: {error}", {}, 500)

    def _reply(self, error: Exception) -> Reply:
        if isinstance(error, Refusal):
            return Reply(*refusals.reply(error))
        self._failed(error)
        return Reply(451, "Temporary service failure")

    def _region(self, host: str | None, login: Login) -> str:
        named = hosts.region(host) if host else None
        return named or next(self._fitting(login.password, None), self._simulation.region)

    def _log(self, call: Call, request: Request) -> None:
        if call.attempts <= 1:
            self._simulation.log_call(call)
        invocation = request.headers.get(_INVOCATION)
        if invocation is not None:
            # Only a failed call, or one that a script changed, can be retried. Keep it, so that a retry joins it.
            if call.error is None and call.current_fault is None:
                self._open.pop(invocation, None)
            else:
                self._open[invocation] = call


_Answer = TypeVar("_Answer", Response, Reply)


def _given(call: Call, answer: _Answer) -> _Answer | NoAnswer:
    """Return what the transport sends: the answer, a delayed answer, or no answer, as a script demands."""
    fault = call.current_fault
    if fault is None:
        return answer
    if fault.kind == "timeout" or fault.kind == "disconnect":  # noqa: PLR1714 - the type checker follows only this
        call.set_answer(None, fault.kind, "no answer, by a scripted fault")
        return NoAnswer(fault.kind)
    return replace(answer, delay=fault.seconds) if fault.seconds else answer
