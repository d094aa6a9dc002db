"""What a stack consists of, and which versions of it are installed, without importing any of it."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from debugdiff.model import Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGES = {
    Stack.PYTORCH: ("torch", "numpy"),
    Stack.KERAS_TENSORFLOW: ("keras", "tensorflow", "numpy"),
    Stack.KERAS_TORCH: ("keras", "torch", "numpy"),
    Stack.KERAS_JAX: ("keras", "jax", "numpy"),
}


def packages_of(stack: Stack) -> tuple[str, ...]:
    """The distributions that a stack consists of."""
    return _PACKAGES[stack]


def installed_versions(stack: Stack) -> Mapping[str, str] | None:
    """Versions of Python and the stack's packages in this interpreter; `None` if one is missing."""
    versions = {"python": platform.python_version()}
    for package in packages_of(stack):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            return None
    return versions
