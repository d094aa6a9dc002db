"""Loading a stack's framework: the environment it reads, its imports, its threads and its modes."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import sys
from typing import Any

from debugdiff.model import Mode, Sandbox, Stack
from debugdiff.worker.process.sandbox import level_here

_MODULES = {
    # The first optimizer pays two seconds for torch._dynamo unless it is there.
    Stack.PYTORCH: ("torch", "torch._dynamo"),
    Stack.KERAS_TENSORFLOW: ("tensorflow", "keras"),
    Stack.KERAS_TORCH: ("torch", "torch._dynamo", "keras"),
    Stack.KERAS_JAX: ("jax", "keras"),
}
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def prepare_environment(stack: Stack) -> None:
    """Set what the framework reads when it is imported: back end, threads, level of logging."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    # TensorFlow's C++ lines are about this machine (no CUDA, oneDNN), not about the program.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if stack.backend:
        os.environ["KERAS_BACKEND"] = stack.backend
    if level_here() is not Sandbox.OFF:
        # Of a home that cannot be written, Keras would read no settings.
        os.environ.setdefault("KERAS_HOME", os.path.expanduser("~/.keras"))  # noqa: PTH111


def import_framework(stack: Stack) -> None:
    """Import everything that a program of the stack is sure to need. No operation runs."""
    importlib.import_module("numpy")
    for module in _MODULES[stack]:
        importlib.import_module(module)
    if stack in {Stack.KERAS_TORCH, Stack.KERAS_JAX}:
        # To seed it, `keras.utils.set_random_seed` loads TensorFlow wherever that is installed:
        # three seconds of every trial.
        with contextlib.suppress(Exception):
            importlib.import_module("tensorflow")


def one_thread(stack: Stack) -> None:
    """Hold the framework to one thread: trials run beside each other and must be repeatable."""
    if "torch" in sys.modules and stack is not Stack.KERAS_TENSORFLOW:
        sys.modules["torch"].set_num_threads(1)
    if stack is Stack.KERAS_TENSORFLOW:
        threading: Any = sys.modules["tensorflow"].config.threading
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)


def seed_libraries(seed: int) -> None:
    """Seed Python and NumPy. The program seeds its framework itself."""
    random.seed(seed)
    sys.modules["numpy"].random.seed(seed % 2**32)


def switch_mode(stack: Stack, mode: Mode) -> None:
    """Put the framework into the mode of the trial; one that it does not have changes nothing."""
    if mode is Mode.EAGER and stack is Stack.KERAS_TENSORFLOW:
        sys.modules["tensorflow"].config.run_functions_eagerly(run_eagerly=True)
    elif mode is Mode.EAGER and stack is Stack.KERAS_JAX:
        sys.modules["jax"].config.update("jax_disable_jit", True)  # noqa: FBT003 - JAX's own
    elif mode is Mode.CHECK_NUMERICS and stack is Stack.KERAS_TENSORFLOW:
        sys.modules["tensorflow"].debugging.enable_check_numerics()
    elif mode is Mode.ANOMALY and stack in {Stack.PYTORCH, Stack.KERAS_TORCH}:
        sys.modules["torch"].autograd.set_detect_anomaly(mode=True)
    elif mode is Mode.UNFILTERED and stack.backend:
        _stop_filtering()
    elif mode is Mode.COMPILED and stack is Stack.PYTORCH:
        _compile_modules()


def _stop_filtering() -> None:
    """Answer Keras' question for good: its own switch is reset by `clear_session`."""
    filtering = importlib.import_module("keras.src.utils.traceback_utils")
    filtering.is_traceback_filtering_enabled = lambda: False  # type: ignore[attr-defined]


def _compile_modules() -> None:
    module_class: Any = sys.modules["torch"].nn.Module
    module_class._compiled_call_impl = _CompileOnFirstCall()  # noqa: SLF001


class _CompileOnFirstCall:
    """What `Module.compile()` would have set, made when a model is called for the first time.

    Stands on the class, so that no function is wrapped and no program is edited. Only the outermost
    module with parameters is compiled, as a user would do it: `torch.compile` follows into the
    modules inside, and a loss is not a model.
    """

    def __get__(self, module: Any, owner: type) -> Any:
        if module is None or self._inside_another() or not any(True for _ in module.parameters()):
            return None
        compiled = sys.modules["torch"].compile(module._call_impl)  # noqa: SLF001
        module.__dict__["_compiled_call_impl"] = compiled
        return compiled

    def _inside_another(self) -> bool:
        caller = sys._getframe(2)  # noqa: SLF001
        frame = caller.f_back
        while frame is not None:
            if frame.f_code is caller.f_code:
                return True
            frame = frame.f_back
        return False
