"""Calls the hooks of plugins for one fake. If a hook fails, the error names its plugin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.outcomes.event_grouping import max_delivery_seconds
from pytest_sesfake.ses.outcomes.outcomes import Outcome
from pytest_sesfake.ses.outcomes.timeline import Timeline, build_timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    import pluggy

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import Simulation

    Ask = Callable[[Message, str], Outcome | None]


class HookError(Exception):
    """A hook of a plugin raised an exception or returned a wrong value."""


class Hooks:
    """The hooks of one test.

    ``relay`` is pluggy's registry of hooks; with ``None`` no hook is called. ``failed`` is called with the error if a
    hook fails.
    """

    def __init__(self, relay: pluggy.HookRelay | None = None) -> None:
        self.failed: Callable[[Exception], None] = lambda _: None
        self._configure = _find_caller(relay, "pytest_sesfake_configure")
        self._outcome = _find_caller(relay, "pytest_sesfake_outcome")
        self._message = _find_caller(relay, "pytest_sesfake_message")
        self._event = _find_caller(relay, "pytest_sesfake_event")
        self._reported = 0
        self._is_telling = False
        self._configured: Simulation | None = None

    def configure(self, fake: object, simulation: Simulation) -> None:
        """Call the hook ``pytest_sesfake_configure``, once for each simulation. Raises HookError if it fails."""
        if self._configured is simulation:
            return
        self._reported = 0
        if self._configure is not None:
            before = len(simulation.scripts)
            failure = _call(self._configure, sesfake=fake)
            if isinstance(failure, HookError):
                raise failure
            simulation.scripts.share(before)
        self._configured = simulation

    def behind(self, first: Ask) -> Ask:
        """Return a function that gives the outcome of a recipient: from ``first``, or else from the hook of plugins."""
        caller = self._outcome
        if caller is None:
            return first

        def ask(message: Message, address: str) -> Outcome | None:
            return first(message, address) or self._ask(caller, message, address)

        return ask

    def _ask(self, caller: pluggy.HookCaller, message: Message, address: str) -> Outcome | None:
        words = {"message": message, "recipient": address}
        answer = _call(caller, **words)
        if isinstance(answer, HookError):
            self.failed(answer)
            return None
        reason = _check_outcome(answer, message, address)
        if reason is None:
            return answer  # type: ignore[no-any-return]  # the check above allows only outcomes and None
        culprit = _name_plugins(caller, _find_answering(caller, words))
        self.failed(HookError(f"{culprit} returned {answer!r} for {address}; {reason}"))
        return None

    def tell(self, simulation: Simulation) -> None:
        """Call the hooks with each message and event since the last call.

        Only one thread does this at a time, so plugins get the events in order.
        """
        while self._message is not None or self._event is not None:
            with simulation.lock:
                if self._is_telling or self._reported >= len(simulation.events):
                    return
                event = simulation.events[self._reported]
                self._reported += 1
                self._is_telling = True
            try:
                if self._message is not None and event.type == "Send":
                    self._report(self._message, message=event.message)
                if self._event is not None:
                    self._report(self._event, event=event)
            finally:
                self._is_telling = False

    def _report(self, caller: pluggy.HookCaller, **words: object) -> None:
        failure = _call(caller, **words)
        if isinstance(failure, HookError):
            self.failed(failure)


def _find_caller(relay: pluggy.HookRelay | None, name: str) -> pluggy.HookCaller | None:
    """Return the caller of a hook, or ``None`` if no plugin implements the hook."""
    caller: pluggy.HookCaller | None = None if relay is None else getattr(relay, name)
    return caller if caller is not None and caller.get_hookimpls() else None


def _call(caller: pluggy.HookCaller, **words: object) -> Any:
    """Call a hook and return its result. If it raises, return a HookError."""
    try:
        return caller(**words)
    except BaseException as error:
        import pytest

        if not isinstance(error, (Exception, pytest.fail.Exception)):
            raise
        failure = HookError(
            f"{_name_plugins(caller, _find_raising(caller, error))} raised {type(error).__name__}: {error}"
        )
        failure.__cause__ = error
        return failure


def _check_outcome(answer: object, message: Message, address: str) -> str | None:
    """Return why the outcome of a plugin is wrong, or ``None`` if it is right."""
    if answer is None:
        return None
    if not isinstance(answer, Outcome):
        return "it must return an outcome such as Bounce(), or None"
    try:
        build_timeline(Timeline(message, address, max_delivery_seconds=max_delivery_seconds(message)), (answer,))
    except ValueError as error:
        return str(error)
    return None


# Which plugin failed.


def _find_raising(caller: pluggy.HookCaller, error: BaseException) -> pluggy.HookImpl | None:
    codes = {getattr(impl.function, "__code__", None): impl for impl in caller.get_hookimpls()}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return codes[trace.tb_frame.f_code]
        trace = trace.tb_next
    return None


def _find_answering(caller: pluggy.HookCaller, words: dict[str, Any]) -> pluggy.HookImpl | None:
    """Find which plugin returned the answer. pluggy does not tell, so this calls the plugins again, one at a time."""
    for impl in reversed(caller.get_hookimpls()):
        if not (impl.hookwrapper or impl.wrapper):
            try:
                again = impl.function(*(words[name] for name in impl.argnames))
            except Exception:  # noqa: BLE001 - the plugin did not raise at the first call
                return impl
            if again is not None:
                return impl
    return None


def _name_plugins(caller: pluggy.HookCaller, impl: pluggy.HookImpl | None) -> str:
    impls = caller.get_hookimpls() if impl is None else [impl]
    return f"{caller.name} of {' or '.join(_describe_plugin(impl) for impl in impls)}"


def _describe_plugin(impl: pluggy.HookImpl) -> str:
    code = getattr(impl.function, "__code__", None)
    plugin = _shorten(impl.plugin_name)
    if code is None:
        return plugin
    file = _shorten(code.co_filename)
    return f"{file}:{code.co_firstlineno}" if plugin == file else f"{plugin} ({file}:{code.co_firstlineno})"


def _shorten(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
