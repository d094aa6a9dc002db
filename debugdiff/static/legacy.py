"""What other tools print, shown beside the metrics and never scored. Radon stands behind this file.

Radon's Halstead counts only some operators (radon issue 266), so that model code often gets a
volume of 0 and, by a special case, a maintainability of 100.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from radon.complexity import cc_visit_ast
from radon.metrics import h_visit_ast, mi_visit
from radon.raw import analyze

from debugdiff.model import LegacyMetrics
from debugdiff.source.normal import in_plain_letters, unparse

if TYPE_CHECKING:
    from collections.abc import Sequence

_NESTING = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.With, ast.AsyncWith),
    *(ast.Match, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
)


def logical_lines(statements: Sequence[ast.stmt]) -> int:
    """R1: radon's logical lines of the normal form of some statements."""
    text = in_plain_letters(unparse(statements))
    return int(analyze(text).lloc) if text else 0


def legacy_metrics(source: str, tree: ast.Module) -> LegacyMetrics:
    """Measure a source as it stands, comments and docstrings included.

    Args:
        source: the text.
        tree: the same, parsed.
    """
    source = in_plain_letters(source)
    raw = analyze(source)
    blocks = [block.complexity for block in cc_visit_ast(tree)]
    return LegacyMetrics(
        cyclomatic=sum(blocks),
        cyclomatic_maximum=max(blocks, default=0),
        nesting=_nesting(tree),
        comment_share=raw.comments / raw.loc if raw.loc else 0.0,
        sloc=raw.sloc,
        halstead_volume=float(h_visit_ast(tree).total.volume),
        maintainability=float(mi_visit(source, multi=True)),
    )


def _nesting(node: ast.AST) -> int:
    """The depth of the deepest block: 0 without any compound statement."""
    below = max((_nesting(child) for child in ast.iter_child_nodes(node)), default=0)
    return below + isinstance(node, _NESTING)
