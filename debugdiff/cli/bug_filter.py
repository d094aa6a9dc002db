"""Which bugs `debugdiff bugs list` shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.model import Framework, Symptom

if TYPE_CHECKING:
    from debugdiff.model import Bug


@dataclass(frozen=True, slots=True, kw_only=True)
class BugFilter:
    """What is asked for; of each kind any one is enough, and an empty kind asks for nothing."""

    symptom: Annotated[
        list[Symptom] | None,
        typer.Option("--symptom", help="Only bugs with this expected symptom.", show_default=False),
    ] = None
    framework: Annotated[
        list[Framework] | None,
        typer.Option(
            "--framework",
            help="Only bugs that can be written in this framework.",
            show_default=False,
        ),
    ] = None
    taxonomy: Annotated[
        list[str] | None,
        typer.Option(
            "--taxonomy",
            metavar="TEXT",
            help="Only bugs with this in a term of their taxonomy, such as DeepCrime.",
            show_default=False,
        ),
    ] = None
    difficulty: Annotated[
        list[int] | None,
        typer.Option(
            "--difficulty", min=1, max=5, help="Only bugs this hard to find.", show_default=False
        ),
    ] = None

    def takes(self, bug: "Bug") -> bool:
        """Whether a bug is shown."""
        return (
            (not self.framework or not set(self.framework).isdisjoint(bug.symptom))
            and (not self.symptom or not self._symptoms(bug).isdisjoint(self.symptom))
            and (not self.difficulty or bug.difficulty in self.difficulty)
            and (not self.taxonomy or self._has_term(bug))
        )

    def _symptoms(self, bug: "Bug") -> set[Symptom]:
        frameworks = self.framework or bug.symptom
        return {symptom for framework, symptom in bug.symptom.items() if framework in frameworks}

    def _has_term(self, bug: "Bug") -> bool:
        taxonomy = "\n".join(bug.taxonomy).lower()
        return any(term.lower() in taxonomy for term in self.taxonomy or ())
