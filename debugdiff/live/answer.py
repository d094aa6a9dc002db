"""What `debugdiff.explain()` gives: it shows itself, and its parts can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.report.page import Medium
    from debugdiff.suspects.explaining import Explanation
    from debugdiff.suspects.results import Suspect

NO_EXCEPTION = (
    "There is no exception to explain. Run what fails, then call `debugdiff.explain()` again, or"
    " give it the exception itself: `debugdiff.explain(error)`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The explanation of an exception.

    As the last line of a notebook's cell, or at a prompt, it shows itself; elsewhere `print` it.

    Attributes:
        found: what is known; `None` if there was no exception.
    """

    found: Explanation | None

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        """The lines to look at, the likeliest first; `file` is `In[3]` for a cell."""
        return self.found.suspects if self.found else ()

    @property
    def text(self) -> str:
        """At most 15 lines of 100 columns, the message first."""
        return self._written("text").rstrip("\n")

    def as_json(self) -> str:
        """All that is known as one JSON object, as `debugdiff explain --json` prints it."""
        from debugdiff.report.explain import render_json  # noqa: PLC0415 - loads rich

        return render_json(self.found) if self.found else "null\n"

    def __repr__(self) -> str:
        """The text, so that a prompt shows it."""
        return self.text

    def _repr_html_(self) -> str:
        """The same for a notebook, with colours."""
        return self._written("fragment")

    def _written(self, medium: Medium) -> str:
        from debugdiff.report.explain import render_short  # noqa: PLC0415 - loads rich
        from debugdiff.report.page import Page  # noqa: PLC0415

        page = Page(medium=medium)
        if self.found is None:
            return page.write(NO_EXCEPTION)
        return render_short(self.found, page)
