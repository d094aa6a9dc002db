"""A case: one problem, its data, and the programs that solve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from debugdiff.model.programs import Framework, Style, Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """One program of a case.

    Attributes:
        case: the folder's name.
        name: the file's name without `.py`, unique within the case.
        path: the program's file, absolute.
        source: the file's text.
        contract: whether it has `main(seed, size)`; otherwise it runs as `__main__`.
        guide: the official guide that the program follows.
        clean: the case's metric at size `small`, without a bug; median of three seeds.
        parameters: trained numbers of the model.
        helpers: the user's other files that it imports, relative name to text.
    """

    case: str
    name: str
    framework: Framework
    style: Style
    training: Training
    path: Path
    source: str
    contract: bool = True
    guide: str = ""
    clean: float | None = None
    parameters: int | None = None
    helpers: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def file(self) -> str:
        """The program's file, relative to the case's folder."""
        return f"{self.name}.py"

    @property
    def files(self) -> Mapping[str, str]:
        """The program and what it imports of the user's, relative name to text."""
        return {**self.helpers, self.file: self.source}

    @property
    def key(self) -> str:
        """Its name among the programs of all cases: `gru_sentiment/pytorch`."""
        return f"{self.case}/{self.name}"


class ParityStage(StrEnum):
    """What the parity check compares between two implementations, in its order.

    `sgd` is a plain step, `optimizer` one of the program's own optimizer; `aligned` is the same
    without what is known to differ: sparse gradients, and the place of Adam's epsilon. `metric` is
    of the weights that are compared, `trained` of those that the reference has learned.
    """

    RUN = "run"
    SETTINGS = "settings"
    MODEL = "model"
    WEIGHTS = "weights"
    PARAMETERS = "parameters"
    FORWARD = "forward"
    LOSS = "loss"
    GRADIENT = "gradient"
    SGD = "sgd"
    ALIGNED = "aligned"
    OPTIMIZER = "optimizer"
    METRIC = "metric"
    TRAINED = "trained"


SITE_PARTS = frozenset({"", "weights", "output"})
"""What a site may stand for, behind the `#` of its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMap:
    """A named place of the model: what each implementation calls it (`head`, `encoder/gru`).

    A layer that does the work of two is two sites: `0#weights` stands for the weights of the layer
    `0` alone, `0#output` for what comes out of it.
    """

    name: str
    where: Mapping[str, str]

    def layer(self, implementation: str) -> str | None:
        """The path of the layer, whichever part of it the site stands for."""
        found = self.where.get(implementation)
        return None if found is None else found.partition("#")[0]

    def holds(self, part: str, implementation: str) -> bool:
        """Whether the site stands for the `weights` or the `output` of its layer."""
        named = self.where.get(implementation, "").partition("#")[2]
        return implementation in self.where and named in {"", part}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDifference:
    """A difference between the frameworks that is by design, and how large it may be.

    Attributes:
        site: where; empty means at every site.
        tolerance: relative, in place of the stage's own.
    """

    stage: ParityStage
    tolerance: float
    reason: str
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenImplementation:
    """A file of a case that cannot be used, and why. The rest of the case goes on."""

    case: str
    name: str
    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Whether the programs of a case are compared: only where they are known to be one model.

    Attributes:
        reason: sentences. Why they are not, and what to add; or what stands in for a `case.toml`.
            Empty where one says so, and where there is a single program.
    """

    compared: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One problem: a task, its data and its implementations.

    Attributes:
        corpora: names that `debugdiff.corpora` knows; part of every trial id of the case.
        budget: wall seconds that one trial of size `tiny` may take.
        network: whether its programs need one; then the sandbox leaves them TCP.
        noise: sites where randomness enters on purpose (dropout, sampling).
        declared: whether the folder has a `case.toml`; what needs one is otherwise not available.
        helpers: every other Python file of the folder (`dataset.py`), relative name to text.
        data, licence: what the text is, in a sentence, and its terms.
        metric: which figure of `main` tells how well the task was learned.
        majority: that figure at size `small` for the trivial answer.
        differences: what the parity check must allow between frameworks, each with its reason.
        pairing: whether the programs may be compared with each other.
    """

    name: str
    folder: Path
    title: str
    task: str
    idea: str
    implementations: tuple[Implementation, ...]
    broken: tuple[BrokenImplementation, ...] = ()
    corpora: tuple[str, ...] = ()
    budget: float = 60.0
    network: bool = False
    sites: tuple[SiteMap, ...] = ()
    noise: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    declared: bool = True
    helpers: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    licence: str = ""
    metric: str = ""
    majority: float | None = None
    differences: tuple[DeclaredDifference, ...] = ()
    pairing: Pairing = Pairing()

    def layer_at(self, site: str, implementation: str) -> str:
        """What an implementation calls a site; empty if the case does not say."""
        named = (each for each in self.sites if each.name == site)
        return next((each.layer(implementation) or "" for each in named), "")
