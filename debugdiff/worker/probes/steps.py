"""Optimizer steps, counted by watching the framework and never by wrapping what it calls.

A wrapper would stand in the traces that a trial is about. PyTorch has a hook that runs after an
optimizer has returned; a Keras optimizer carries its own counter, which is read when somebody asks.
"""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from debugdiff.worker.patches import Patches
from debugdiff.worker.probes.living import living

if TYPE_CHECKING:
    from collections.abc import Callable


_MOST_STOPS = 20
"""How often a program may catch `Stopped` and go on."""
_LOOK_SECONDS = 0.05


class Stopped(SystemExit):
    """The program has taken as many steps as were asked for; it ends as by `sys.exit()`."""


class StepSink(Protocol):
    """Where a step is written down at once, so that it outlives a process that is killed."""

    def write_step(self, step: int) -> None:
        """Keep `step` as the last one known."""


class StepCounter:
    """How many optimizer steps this program has finished.

    Args:
        sink: is told of each.
        limit: after how many the program is stopped; `None`: it goes on.
        leave: ends a program that goes on all the same.
    """

    def __init__(
        self,
        sink: StepSink | None = None,
        limit: int | None = None,
        leave: Callable[[], object] | None = None,
    ) -> None:
        self.limit = limit
        self._leave = leave
        self._stops = 0
        self._ticks = 0
        self._counters: list[Callable[[], int]] = []
        self._held: int | None = None
        self._sink = sink
        self._lock = threading.Lock()

    @property
    def step(self) -> int:
        """Optimizer steps finished so far: 0 throughout the first step."""
        if self._held is not None:
            return self._held
        return self._ticks + sum(counter() for counter in self._counters)

    def begin_step(self) -> None:
        """A step begins.

        Raises:
            Stopped: enough of them are finished.
        """
        if self.limit is None or self.step < self.limit:
            return
        self._stops += 1
        if self._stops > _MOST_STOPS and self._leave is not None:
            self._leave()
        raise Stopped(0)

    def count(self) -> None:
        """One more step is finished."""
        with self._lock:
            self._ticks += 1
        self.keep()

    def count_with(self, counter: Callable[[], int]) -> None:
        """Add a counter that is kept elsewhere, such as `optimizer.iterations`."""
        self._counters.append(counter)

    def hold(self, step: int) -> None:
        """Stand at `step` until released: somebody else counts, and the counters are not read.

        In a graph a counter may go up before the operation that fails, or before a value of the
        same step is read.
        """
        self._held = step
        self.keep()

    def release(self) -> None:
        """Go on by the counters."""
        self._held = None

    def keep(self) -> None:
        """Write the step down for whoever has to report on a process that is gone."""
        if self._sink is not None:
            self._sink.write_step(self.step)


def watch_steps(counter: StepCounter) -> None:
    """Let `counter` count the steps of every optimizer of the frameworks that are loaded."""
    if "torch.optim" in sys.modules:
        watch_torch_steps(counter)
    if "keras" in sys.modules:
        watch_keras_steps(counter)


def watch_torch_steps(counter: StepCounter, patches: Patches | None = None) -> None:
    """Let `counter` count the steps of PyTorch's optimizers."""
    optimizers = sys.modules["torch.optim.optimizer"]

    def before_step(_optimizer: object, _arguments: object, _keywords: object) -> None:
        counter.begin_step()

    def after_step(_optimizer: object, _arguments: object, _keywords: object) -> None:
        counter.count()

    patches = patches or Patches()
    if counter.limit is not None:
        patches.register(optimizers.register_optimizer_step_pre_hook, before_step)
    patches.register(optimizers.register_optimizer_step_post_hook, after_step)


def watch_keras_steps(counter: StepCounter, patches: Patches | None = None) -> None:
    """Let `counter` count the steps of Keras' optimizers, and the batches of `fit`."""
    patches = patches or Patches()
    _watch_optimizers(sys.modules["keras.src.optimizers.base_optimizer"], counter, patches)
    _watch_fit(sys.modules["keras.src.callbacks.callback_list"], counter, patches)
    if counter.limit is not None:
        threading.Thread(target=_stop_loop, args=(counter, counter.limit), daemon=True).start()


def _stop_loop(counter: StepCounter, limit: int) -> None:
    """Stop a loop of the user's own: no function of Python runs in each of its steps.

    `fit` is stopped before, at the beginning of a batch.
    """
    main = ctypes.c_ulong(threading.main_thread().ident or 0)
    while counter.step <= limit:
        time.sleep(_LOOK_SECONDS)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(main, ctypes.py_object(Stopped))


def _watch_optimizers(module: Any, counter: StepCounter, patches: Patches) -> None:
    """Keras optimizers count for themselves; they only have to be known.

    `__new__` has returned when `__init__` runs, so no trace of a failing constructor shows it.
    """
    made = _Optimizers()

    def remember(kind: type, *_arguments: object, **_keywords: object) -> Any:
        return made.keep(object.__new__(kind))

    if patches.temporary:
        made.keep_living(module.BaseOptimizer)
        patches.replace(module.BaseOptimizer, "__init__", made.with_keeping)
    else:
        module.BaseOptimizer.__new__ = remember
    counter.count_with(made.steps)


class _Optimizers:
    """The counters of all optimizers that were made, dead ones too.

    An optimizer often lives in the function that trains and is gone when the steps are asked for.
    Only the last one made is kept alive; of the others only the counter is.
    """

    def __init__(self) -> None:
        self._latest: Any = None
        self._counters: list[Any] = []
        self._before = 0

    def keep_living(self, kind: type) -> None:
        """Those that were made before; their steps so far do not count."""
        for optimizer in living(kind):
            self.keep(optimizer)
        self._before = self.steps()

    def with_keeping(self, original: Any) -> Any:
        """A constructor that keeps what it makes."""

        @functools.wraps(original)
        def init(optimizer: Any, *arguments: Any, **keywords: Any) -> None:
            self.keep(optimizer)
            original(optimizer, *arguments, **keywords)

        return init

    def keep(self, optimizer: Any) -> Any:
        self._counters.extend(_counter_of(self._latest))
        self._latest = optimizer
        return optimizer

    def steps(self) -> int:
        return sum(map(_value, [*self._counters, *_counter_of(self._latest)])) - self._before


def _watch_fit(module: Any, counter: StepCounter, patches: Patches) -> None:
    """Count the batches of `fit`: there a failing step is not a finished one.

    The list's constructor calls `set_params` last; a callback more stands in nobody's trace.
    """
    batches = _Batches(counter)
    listener = type("StepListener", (module.Callback,), batches.methods())

    def with_listener(set_params: Any) -> Any:
        def set_params_and_listen(callbacks: Any, params: Any) -> None:
            set_params(callbacks, params)
            if not any(isinstance(callback, listener) for callback in callbacks.callbacks):
                callbacks.callbacks.insert(0, listener())

        return set_params_and_listen

    patches.replace(module.CallbackList, "set_params", with_listener)


class _Batches:
    """Steps of all calls of `fit`, by its own numbering of batches.

    An optimizer's counter is not read here: in TensorFlow that is an operation, and the numbers
    that later messages carry would be others than in a plain run.
    """

    def __init__(self, counter: StepCounter) -> None:
        self._counter = counter
        self._earlier_epochs = 0
        self._in_epoch = 0

    def methods(self) -> dict[str, Callable[..., None]]:
        """The methods of a Keras callback."""
        pause = dict.fromkeys(("on_test_begin", "on_epoch_end", "on_train_end"), self._pause)
        return {
            name: _as_method(function)
            for name, function in {
                "on_train_batch_begin": self._begin,
                "on_train_batch_end": self._end,
                **pause,
            }.items()
        }

    def _begin(self, batch: int, **_: object) -> None:
        self._counter.hold(self._earlier_epochs + batch)
        self._counter.begin_step()

    def _end(self, batch: int, **_: object) -> None:
        # Keras may call this from another thread, late, but before an epoch's end.
        self._in_epoch = max(self._in_epoch, batch + 1)

    def _pause(self, *_arguments: object, **_keywords: object) -> None:
        self._earlier_epochs += self._in_epoch
        self._in_epoch = 0
        self._counter.release()


def _as_method(function: Callable[..., None]) -> Callable[..., None]:
    def method(_self: object, *arguments: object, **keywords: object) -> None:
        function(*arguments, **keywords)

    return method


def _counter_of(optimizer: Any) -> list[Any]:
    """The variable that counts; none before it is made, and for an optimizer around another."""
    if optimizer is None or "inner_optimizer" in vars(optimizer):
        return []
    counter = vars(optimizer).get("_iterations")
    return [] if counter is None else [counter]


def _value(counter: Any) -> int:
    if sys.modules["keras"].backend.backend() == "tensorflow":
        # While a function is traced, only the outermost context can read a variable.
        with sys.modules["tensorflow"].init_scope():
            return int(counter.numpy())
    return int(counter.numpy())
