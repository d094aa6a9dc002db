"""Running trials: warm hosts that fork, or one cold process per trial behind the same interface."""

from debugdiff.execute.pool import execute
from debugdiff.execute.stacks import stack_versions

__all__ = ["execute", "stack_versions"]
