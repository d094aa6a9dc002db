"""Where a user's own script runs: in place, so that its paths are the user's already."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from debugdiff.notebooks import is_cell
from debugdiff.worker.workplace import Workplace

LIVE = "live"
"""An argument of the script's process: print line by line, somebody is watching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptWorkplace(Workplace):
    """The user's own folders. Nothing is copied, linked or written there.

    Attributes:
        script_folder: the folder of the script, links followed, as Python puts it on its path.
    """

    script_folder: Path

    @classmethod
    def of(cls, script: str) -> Self:
        """The place of a script, started from the current working folder.

        Files below that folder are the user's own as well, if the script lies below it.
        """
        folder = Path(os.path.realpath(script)).parent
        here = Path(os.path.realpath(Path.cwd()))
        home = here if folder.is_relative_to(here) and here != Path(here.anchor) else folder
        return cls(
            root=folder,
            case_folder=str(home),
            temporary_folder=tempfile.gettempdir(),
            script_folder=folder,
        )

    @property
    def work(self) -> Path:
        """The script's own folder."""
        return self.script_folder

    def holds(self, file: str) -> bool:
        """The cells of a notebook are the user's, too."""
        return is_cell(file) or Workplace.holds(self, file)

    def as_seen_by_user(self, text: str) -> str:
        """The text itself: every path in it is real."""
        return text
