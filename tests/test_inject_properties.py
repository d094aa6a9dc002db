"""What holds for every program: the result parses, and nothing but its place changes."""

from __future__ import annotations

import ast
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from inject_programs import TORCH, bug, changed, program, rule

from debugdiff.inject import inject
from debugdiff.inject.fill import Unfit
from debugdiff.inject.pattern import parse_pattern
from debugdiff.inject.program import parse_program
from debugdiff.inject.render import replace_expression, replace_statements
from debugdiff.inject.search import find
from debugdiff.model import Mutant, NotApplicable

names = st.sampled_from(["a", "b", "self.c", "x", "nn"])
numbers = st.sampled_from(["0", "1", "2.5", "1_000"])
strings = st.sampled_from(["'s'", '"t"', "'''u\n  v'''", "f'{a}'"])
atoms = names | numbers | strings


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, max_size=3)
    return st.one_of(
        st.builds("{} + {}".format, inner, inner),
        st.builds("{} * {}".format, inner, inner),
        st.builds("-{}".format, inner),
        st.builds("({})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("(not {})".format, inner),
        st.builds("(lambda a: {})".format, inner),
        st.builds("[i for i in {}]".format, atoms),
        several.map(lambda parts: f"[{', '.join(parts)}]"),
        several.map(lambda parts: f"f({', '.join(parts)})"),
        st.builds("f(\n    {},\n    k={},  # why\n)".format, inner, inner),
        st.builds("nn.Linear({}, bias={})".format, inner, inner),
    )


expressions = st.recursive(atoms, _compound, max_leaves=6)
simple = st.one_of(
    st.builds("y = {}".format, expressions),
    st.builds("y = {}  # note".format, expressions),
    st.builds("g({})".format, expressions),
    st.just("# a comment\npass"),
    st.just("y = 1; z = 2"),
    st.just(""),
)


def _indented(text: str) -> str:
    """Deeper by one level; lines inside of strings stay, so that the text means the same."""
    tree = ast.parse(text)
    inside = {
        line
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.end_lineno is not None
        for line in range(node.lineno + 1, node.end_lineno + 1)
    }
    rows = text.split("\n")
    return "\n".join(
        row if number in inside or not row else f"    {row}"
        for number, row in enumerate(rows, start=1)
    )


def _block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=3).map(lambda parts: "\n".join([*parts, "pass"]))
    return st.one_of(
        body.map(lambda text: "def h(self, a):\n" + _indented(text)),
        body.map(lambda text: "if a:\n" + _indented(text) + "\n    # end"),
        body.map(lambda text: "for i in a:\n" + _indented(text)),
        body.map(lambda text: "with a as x:\n" + _indented(text) + "\n\n"),
        st.just("if a: y = 1; g(2)"),
    )


sources = st.lists(st.recursive(simple, _block, max_leaves=5), min_size=1, max_size=4).map(
    lambda parts: "from torch import nn\n" + "\n".join(parts) + "\n"
)

EXPRESSION_RULES = [
    ("$a + $b", "$b * $a"),
    ("f($*all)", "nn.GRU(1, $*all)"),
    ("f($x)", "$x.y"),
    ("f($x, $*rest)", "$x if $x else f($*rest)"),
    ("nn.Linear($x, bias=$y)", "nn.Linear($y, $x)"),
    ("[$*items]", "[$*items, 0]"),
    ("-$x", "$x - 1"),
]
STATEMENT_RULES = [
    ("y = $x", "y = $x * 2\nz = y"),
    ("y = $x", ""),
    ("g($x)", "if $x:\n    g($x)"),
    ("y = $a\n$*rest", "with nn.f():\n    y = $a\n    $*rest"),
    ("$*before\npass", "while True:\n    $*before\n    pass"),
    ("if a:\n    $*body", "$*body"),
    ("for $i in $x:\n    $*body\n    pass", "for $i in $x:\n    $*body\n    break"),
    ("g($x)\n$next", "$next\ng($x)"),
    ("def h(self, $*p):\n    $*body", "def h($*p):\n    $*body\n    return a"),
]


@settings(max_examples=60, deadline=None)
@given(sources, st.sampled_from(EXPRESSION_RULES + STATEMENT_RULES), st.integers(0, 3))
def test_the_mutant_parses_and_keeps_every_byte_outside_of_its_place(
    source: str, patterns: tuple[str, str], nth: int
) -> None:
    match, replace = map(parse_pattern, patterns)
    statements = match.expression is None or replace.expression is None
    analysed = parse_program(source)
    found = find(match, analysed, statements=statements)
    if nth >= len(found):
        return
    place = found[nth]
    if statements:
        try:
            edit = replace_statements(place, match, replace, analysed)
        except Unfit:
            return
    else:
        edit = replace_expression(place, replace, analysed)
    result = edit.apply(source)
    ast.parse(result)
    assert result.startswith(source[: edit.start])
    assert result.endswith(source[edit.end :])
    lines = range(place.span.line, place.span.end_line + 1)
    before = "".join(source.splitlines(keepends=True)[: lines.start - 1])
    after = "".join(source.splitlines(keepends=True)[lines.stop - 1 :])
    assert result.startswith(before)
    assert result.endswith(after)


@settings(max_examples=60, deadline=None)
@given(sources, st.sampled_from(EXPRESSION_RULES))
def test_an_expression_and_its_replacement_keep_the_meaning_of_the_rest(
    source: str, patterns: tuple[str, str]
) -> None:
    result = inject(program(source), bug(rule(*patterns, nth=-1)))
    if isinstance(result, Mutant):
        result_again = inject(program(source), bug(rule(*patterns, nth=-1)))
        assert result == result_again
        assert _shape(source) == _shape(result.source)
    else:
        assert re.match(r"no code of this program is like|only", result.reason)


def _shape(source: str) -> list[str]:
    """The kinds of all statements: replacing an expression changes none."""
    return [
        type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)
    ]


@settings(max_examples=60, deadline=None)
@given(sources)
def test_a_bug_that_does_not_match_gives_no_text_at_all(source: str) -> None:
    result = inject(program(source), bug(rule("absent($x)", "$x"), rule("$x @ $y", "$y @ $x")))
    assert isinstance(result, NotApplicable)


@settings(max_examples=60, deadline=None)
@given(sources, st.sampled_from(EXPRESSION_RULES + STATEMENT_RULES))
def test_the_defect_lies_on_the_lines_that_changed(source: str, patterns: tuple[str, str]) -> None:
    result = inject(program(source), bug(rule(*patterns, nth=0)))
    if isinstance(result, NotApplicable):
        return
    rows = result.source.split("\n")
    assert result.defect
    for span in result.defect:
        assert 1 <= span.line <= span.end_line <= len(rows)
        assert span.end_column <= len(rows[span.end_line - 1])
    _, new = changed(source, result.source)
    touched = {rows[line - 1].strip() for span in result.defect for line in span.lines}
    assert not new or touched & set(new)


VARIATIONS = {
    "spaces": lambda text: text.replace("(", "( ").replace(",", " , "),
    "line breaks": lambda text: text.replace("nn.GRU(", "nn.GRU(\n            ").replace(
        "batch_first", "# first\n            batch_first"
    ),
    "quotes": lambda text: text.replace('"', "'").replace("'''", '"""'),
    "parentheses": lambda text: text.replace("model(tokens)", "model((tokens))").replace(
        "gru(x)", "gru((x))"
    ),
    "keyword order": lambda text: text.replace("padding_idx=0)", "padding_idx=0,)"),
    "import": lambda text: text.replace("from torch import nn", "import torch.nn as nn"),
    "short alias": lambda text: (
        text.replace("import nn\n", "import nn as m\n")
        .replace("nn as nn", "nn as m")
        .replace(" nn.", " m.")
        .replace("(nn.", "(m.")
    ),
    "names from": lambda text: (
        text.replace("import torch\n", "import torch\nfrom torch.nn import GRU, Linear\n")
        .replace(" nn.GRU", " GRU")
        .replace(" nn.Linear", " Linear")
    ),
    "comments": lambda text: text.replace(")\n", ")  # so\n"),
    "annotations": lambda text: text.replace("self.head(last[-1])", "self.head(last[- 1])"),
    "numbers": lambda text: text.replace("1_000", "1000").replace("1e-3", "0.001"),
}
RULES = [
    ("nn.GRU($a, $b, batch_first=True)", "nn.GRU($a, $b)"),
    ("VOCABULARY = 1000", "VOCABULARY = 999"),
    ("nn.Embedding($n, $d, padding_idx=0)", "nn.Embedding($n - 1, $d)"),
    ("_, $last = self.gru($x)", "$last, _ = self.gru($x)"),
    ("$o.zero_grad()", ""),
    ("$l.backward()\n$o.step()", "$o.step()\n$l.backward()"),
    ("self.head($x[-1])", "self.head($x)"),
    ("F.cross_entropy(model($x), $y)", "F.cross_entropy(F.softmax(model($x), dim=-1), $y)"),
    ("model.eval()", ""),
    ("if __name__ == '__main__':\n    $*body", "$*body"),
    (
        "def train($*p, learning_rate=1e-3):\n    $*b",
        "def train($*p, learning_rate=10.0):\n    $*b",
    ),
]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(RULES), st.sets(st.sampled_from(sorted(VARIATIONS)), max_size=4))
def test_formatting_and_imports_do_not_decide_whether_a_pattern_matches(
    patterns: tuple[str, str], variations: set[str]
) -> None:
    source = TORCH
    for name in sorted(variations):
        source = VARIATIONS[name](source)
    ast.parse(source)
    result = inject(program(source), bug(rule(*patterns)))
    assert isinstance(result, Mutant), f"{sorted(variations)}: {result.reason}"
    plain = inject(program(TORCH), bug(rule(*patterns)))
    assert isinstance(plain, Mutant)
    assert _outline(result.source) == _outline(plain.source)


def _outline(source: str) -> str:
    """A program's tree with its imports undone."""
    text = ast.unparse(ast.parse(source))
    text = re.sub(r"^(from|import) .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\bm\.(?=[A-Z])", "nn.", text)
    return re.sub(r"(?<![\w.])(GRU|Linear)\(", r"nn.\1(", text)
