"""Which of the user's files a dotted name of an import leads into."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.source.program import File, Program


def own_file(program: Program, file: File, module: str) -> File | None:
    """The user's file that a dotted name leads into, if it does."""
    found = own_part(program, file, module)
    return found[0] if found else None


def own_part(program: Program, file: File, module: str) -> tuple[File, tuple[str, ...]] | None:
    """The user's file behind a dotted name, and the names that are left behind it."""
    folder = file.name.rpartition("/")[0].split("/") if "/" in file.name else []
    level = len(module) - len(module.lstrip("."))
    parts = [part for part in module.lstrip(".").split(".") if part]
    bases = [folder[: len(folder) - level + 1]] if level else [folder, []]
    for base in bases:
        for end in range(len(parts), -1, -1):
            path = "/".join([*base, *parts[:end]])
            for name in (f"{path}.py", f"{path}/__init__.py".lstrip("/")):
                other = program.files.get(name)
                if other not in {None, file} and (end or level):
                    return other, tuple(parts[end:])
    return None
