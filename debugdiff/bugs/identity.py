"""The id of a bug, which is its path, and the categories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.errors import BugError

if TYPE_CHECKING:
    from pathlib import Path

CATEGORIES = (
    "shape",
    "dtype",
    "data",
    "loss",
    "optimizer",
    "initialisation",
    "mode",
    "model",
    "language",
    "process",
)

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")


def identity_of(path: Path, root: Path) -> str:
    """The id of a bug: its path below the folder of its catalogue.

    Raises:
        BugError: it lies elsewhere, is no id, or names no category.
    """
    try:
        identity = path.resolve().relative_to(root.resolve()).with_suffix("").as_posix()
    except ValueError as error:
        raise BugError(
            f"{path} is not inside the catalogue {root}.", hint="Move it there.", slug="bug-id"
        ) from error
    if not _ID.fullmatch(identity):
        raise BugError(
            f"{path}: `{identity}` is not an id of the form `category/short-name`.",
            hint="Small letters, digits and hyphens; one folder deep.",
            slug="bug-id",
        )
    category = identity.partition("/")[0]
    if category not in CATEGORIES:
        raise BugError(
            f"{path}: there is no category `{category}`.",
            hint=f"Categories: {', '.join(CATEGORIES)}.",
            slug="bug-category",
        )
    return identity
