"""What the pattern language can say, one example for each thing."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from inject_programs import (
    KERAS,
    TORCH,
    bug,
    changed,
    mutate,
    program,
    refusal,
    rule,
    text_at,
)

from debugdiff.errors import BugError
from debugdiff.inject import check_examples, inject, validate_rules
from debugdiff.model import (
    Example,
    Framework,
    Mutant,
    NotApplicable,
    Span,
    Style,
    Training,
)


def edit(match: str, replace: str, source: str = TORCH, **more: object) -> tuple:
    return changed(source, mutate(source, match, replace, **more).source)


def test_a_metavariable_puts_back_the_original_text() -> None:
    assert edit("nn.Linear($a, $b)", "nn.Linear($b, $a)") == (
        ["self.head = nn.Linear(hidden, 2)"],
        ["self.head = nn.Linear(2, hidden)"],
    )


def test_keyword_arguments_match_in_any_order() -> None:
    source = "from torch import nn\ngru = nn.GRU(4, 8, bias=False, batch_first=True)\n"
    _, new = edit("nn.GRU($*sizes, batch_first=True, bias=$b)", "nn.GRU($*sizes)", source)
    assert new == ["gru = nn.GRU(4, 8)"]


def test_extra_arguments_need_a_run() -> None:
    assert "no code of this program is like" in refusal(TORCH, "nn.GRU($a, $b)", "nn.GRU($b, $a)")
    assert "no code of this program is like" in refusal(
        TORCH, "nn.Embedding($a)", "nn.Embedding(1)"
    )
    _, new = edit("nn.Embedding($a, $b, $*more)", "nn.Embedding($b, $a, $*more)")
    assert new == ["self.embedding = nn.Embedding(hidden, VOCABULARY, padding_idx=0)"]


def test_an_empty_run_leaves_no_comma_behind() -> None:
    source = "from torch import nn\nhead = nn.Linear(3)\n"
    _, new = edit("nn.Linear($a, $*rest)", "nn.Linear($*rest, bias=False)", source)
    assert new == ["head = nn.Linear(bias=False)"]
    _, new = edit("nn.Linear($a, $*rest)", "nn.Linear(4, $*rest)", source)
    assert new == ["head = nn.Linear(4)"]


def test_positional_arguments_of_a_run_come_before_keywords() -> None:
    source = "from torch import nn\nhead = nn.Linear(3, 4, device=d)\n"
    _, new = edit("nn.Linear($*all)", "nn.Linear(bias=False, $*all)", source)
    assert new == ["head = nn.Linear(3, 4, bias=False, device=d)"]


def test_the_same_metavariable_twice_must_be_the_same_code() -> None:
    source = "a = f(x + 1, x+1)\nb = f(x, y)\n"
    assert edit("f($v, $v)", "f($v)", source) == (["a = f(x + 1, x+1)"], ["a = f(x + 1)"])


def test_the_anonymous_metavariable_matches_anything_each_time() -> None:
    assert edit("f($_, $_)", "g()", "a = f(1, 2)\n")[1] == ["a = g()"]
    assert edit("f($*_)", "g()", "a = f(1, *b, c=2)\n")[1] == ["a = g()"]


def test_a_dollar_in_a_string_or_comment_is_a_dollar() -> None:
    assert edit("price('$x')", "price('$y')", 'price("$x")  # $x\n')[1] == ["price('$y')  # $x"]


def test_attribute_names_and_keywords_can_be_metavariables() -> None:
    source = "from torch import nn\nself.gru = nn.GRU(8, 8, bias=True)\nout = self.gru(x)\n"
    _, new = edit("self.$name = nn.GRU($a, $b, $k=$v)", "self.$name = nn.GRU($a, $k=$v)", source)
    assert new == ["self.gru = nn.GRU(8, bias=True)"]


def test_runs_work_in_lists_tuples_subscripts_and_parameters() -> None:
    assert edit("[$first, $*rest]", "[$*rest, $first]", "a = [1, 2, 3]\n")[1] == ["a = [2, 3, 1]"]
    assert edit("{1, $*rest}", "{$*rest}", "a = {1, 2, 3,}\n")[1] == ["a = {2, 3}"]
    assert edit("x[$a, $*rest]", "x[$*rest, $a]", "a = x[i, 0, 1:]\n")[1] == ["a = x[0, 1:, i]"]
    source = "def f(self, a: int, *, b=2):\n    return a\n"
    match, replace = "def f(self, $*rest):\n    $*body", "def g(self, $*rest):\n    $*body"
    assert edit(match, replace, source)[1] == ["def g(self, a: int, *, b=2):"]


def test_a_statement_is_deleted_with_its_line() -> None:
    assert edit("$optimizer.zero_grad()", "") == (["optimizer.zero_grad()"], [])


def test_a_block_that_becomes_empty_gets_a_pass() -> None:
    source = "def f():\n    g()  # why\n\n\nf()\n"
    assert mutate(source, "g()", "").source == "def f():\n    pass\n\n\nf()\n"


def test_a_module_may_become_empty() -> None:
    assert mutate("f()\n", "f()", "").source == ""


def test_statements_are_inserted_before_and_after() -> None:
    after = edit("$o.step()", "$o.step()\n$o.zero_grad()")
    assert after == ([], ["optimizer.zero_grad()"])
    before = edit("return model", "while True:\n    pass\nreturn model")
    assert before == ([], ["while True:", "pass"])


def test_consecutive_statements_are_swapped_with_their_comments() -> None:
    mutant = mutate(TORCH, "$l.backward()\n$o.step()", "$o.step()\n$l.backward()")
    assert changed(TORCH, mutant.source) == (
        ["loss.backward()  # gradients", "optimizer.step()"],
        ["optimizer.step()", "loss.backward()  # gradients"],
    )


def test_a_gap_between_statements_is_a_run() -> None:
    match = "$o.zero_grad()\n$*between\n$l.backward()"
    old, new = edit(match, "$*between\n$o.zero_grad()\n$l.backward()")
    assert old[0] == new[-1] == "optimizer.zero_grad()"
    assert old[1:] == new[:-1]


def test_a_run_of_statements_is_wrapped_and_indented() -> None:
    old, new = edit("$l.backward()\n$*rest", "with torch.no_grad():\n    $l.backward()\n    $*rest")
    assert new == ["with torch.no_grad():", "loss.backward()  # gradients", "optimizer.step()"]
    assert old == new[1:]


def test_a_block_is_unwrapped_and_keeps_strings_over_several_lines() -> None:
    source = (
        'def f():\n    with g():\n        x = """a\n        b"""  # why\n        h(x)\n    i()\n'
    )
    expected = 'def f():\n    x = """a\n        b"""  # why\n    h(x)\n    i()\n'
    assert mutate(source, "with g():\n    $*body", "$*body").source == expected


def test_a_compound_statement_keeps_its_header_when_only_its_body_changes() -> None:
    match = "for $x in data:\n    $*before\n    $l.backward()\n    $*after"
    replace = "for $x in data:\n    $*before\n    $*after"
    assert edit(match, replace) == (["loss.backward()  # gradients"], [])


def test_statements_that_share_a_line_stay_on_it() -> None:
    assert edit("y = 1", "y = 3\nw = 4")[1] == ["if last is None: y = 3; w = 4; z = 2"]
    assert edit("z = 2", "")[1] == ["if last is None: y = 1; pass"]
    reason = refusal(TORCH, "y = 1", "while True:\n    pass")
    assert "does not fit on a line that holds other statements" in reason


def test_the_program_s_own_indentation_is_used() -> None:
    source = "def f():\n  if x:\n    g()\n"
    expected = "def f():\n  if x:\n    while True:\n      g()\n"
    assert mutate(source, "g()", "while True:\n    g()").source == expected
    tabs = "def f():\n\tg()\n"
    assert (
        mutate(tabs, "g()", "while True:\n    g()").source == "def f():\n\twhile True:\n\t\tg()\n"
    )


def test_line_ends_of_the_program_are_used() -> None:
    source = "def f():\r\n    g()\r\n    h()\r\n"
    expected = "def f():\r\n    g()\r\n    i()\r\n    h()\r\n"
    assert mutate(source, "g()", "g()\ni()").source == expected


def test_a_last_line_without_a_line_end_works() -> None:
    assert mutate("f()\ng()", "g()", "g()\nh()").source == "f()\ng()\nh()"
    assert mutate("f()\ng()", "g()", "").source == "f()\n"


def test_parentheses_are_added_only_where_they_are_needed() -> None:
    assert edit("f($x)", "$x * 2", "a = f(b + c)\n")[1] == ["a = (b + c) * 2"]
    assert edit("f($x)", "$x * 2", "a = f(b * c)\n")[1] == ["a = b * c * 2"]
    assert edit("f($x)", "$x + 1", "a = f(b).c\n")[1] == ["a = (b + 1).c"]
    assert edit("f($x)", "$x + 1", "a = f(b) + c\n")[1] == ["a = b + 1 + c"]
    assert edit("f($x)", "$x + 1", "a = 2 * f(b)\n")[1] == ["a = 2 * (b + 1)"]
    assert edit("$x = f($y)", "$x = $y @ w", "a = f(b + c)\n")[1] == ["a = (b + c) @ w"]
    assert edit("f($x)", "g($x, 1)", "a = f(i for i in b)\n")[1] == ["a = g((i for i in b), 1)"]
    assert edit("f($x)", "$x", "a = f(\n    b +\n    c)\n")[1] == ["a = ("]


def test_parentheses_in_the_program_do_not_matter() -> None:
    assert edit("$a @ $b", "$b @ $a", "y = (((q) @ k)) * 2\n")[1] == ["y = ((k @ (q))) * 2"]


def test_inside_names_a_function_a_class_or_a_method() -> None:
    source = (
        "class A:\n    def f(self):\n        g()\n\n\nclass B:\n    def f(self):\n        g()\n"
    )
    assert "2 places are like `g()`" in refusal(source, "g()", "h()")
    for inside in ("B", "B.f", "B*", "?.f"):
        place = "B" if inside != "?.f" else None
        if place is None:
            assert "2 places" in refusal(source, "g()", "h()", inside=inside)
        else:
            assert mutate(source, "g()", "h()", inside=inside).defect[0].line == 8
    assert "inside `C.f`" in refusal(source, "g()", "h()", inside="C.f")


def test_nth_takes_one_of_several_and_counts_from_the_end_too() -> None:
    source = "f(1)\nf(2)\nf(3)\n"
    assert mutate(source, "f($x)", "g($x)", nth=1).source == "f(1)\ng(2)\nf(3)\n"
    assert mutate(source, "f($x)", "g($x)", nth=-1).source == "f(1)\nf(2)\ng(3)\n"
    assert "only 3 places are like `f(x)`, and the bug is about another one" in refusal(
        source, "f($x)", "g($x)", nth=3
    )
    assert refusal(source, "f($x)", "g($x)") == (
        "3 places are like `f(x)` (lines 1, 2, 3), and the bug has no `nth` to say which"
    )


def test_outer_expressions_count_before_their_parts() -> None:
    assert mutate("a = f(f(1))\n", "f($x)", "g($x)", nth=0).source == "a = g(f(1))\n"
    assert mutate("a = f(f(1))\n", "f($x)", "g($x)", nth=1).source == "a = f(g(1))\n"


def test_names_that_are_stored_to_are_no_expressions() -> None:
    assert edit("x", "y", "x = 1\nfor x in z: pass\nf(x)\n")[1] == ["f(y)"]


def test_decorators_belong_to_their_function() -> None:
    source = "# above\n@a\n@b\ndef f():\n    g()\n\n\nh()\n"
    mutant = mutate(source, "$*_\n@a\n@b\ndef f():\n    $*body\nh()", "h()", nth=0)
    assert mutant.source == "# above\n\n\nh()\n"


def test_comments_after_a_block_are_not_doubled() -> None:
    source = "def f():\n    if a:\n        g()\n        # after\n    h()\n"
    mutant = mutate(source, "if a:\n    $*body", "while b:\n    $*body")
    assert mutant.source == "def f():\n    while b:\n        g()\n        # after\n    h()\n"


def test_use_and_accept_mark_lines_of_the_mutant() -> None:
    mutant = mutate(
        TORCH,
        "$o.zero_grad()",
        "",
        use="$o.step()",
        accept=("$l.backward()", "torch.optim.Adam($*_)"),
    )
    assert [text_at(mutant.source, span) for span in mutant.use] == ["optimizer.step()"]
    assert [text_at(mutant.source, span) for span in mutant.accept] == [
        "loss.backward()",
        "torch.optim.Adam(model.parameters(), lr=learning_rate)",
    ]


def test_use_knows_what_the_match_bound() -> None:
    source = "a = make()\nb = other()\nrun(b)\nrun(a)\n"
    mutant = mutate(source, "$x = make()", "$x = None", use="run($x)")
    assert [span.line for span in mutant.use] == [4]


def test_anonymous_metavariables_of_the_match_do_not_bind_those_of_use() -> None:
    mutant = mutate("a = f(1)\ng(2)\n", "a = f($_)", "a = h()", use="g($_)")
    assert [span.line for span in mutant.use] == [2]


def test_rules_are_tried_in_order_until_one_has_a_place() -> None:
    some = bug(rule("missing()", "x()"), rule("f()", "g()"), rule("f()", "h()"))
    result = inject(program("f()\n"), some)
    assert isinstance(result, Mutant)
    assert result.source == "g()\n"


def test_the_reason_names_the_first_pattern_and_counts_the_others() -> None:
    some = bug(*(rule(f"missing{number}($x)", "x()") for number in (1, 2, 3, 3)))
    result = inject(program("f()\n"), some)
    assert isinstance(result, NotApplicable)
    assert result.reason == (
        "no code of this program is like `missing1(x)`, nor like 2 other patterns of the bug"
    )
    assert result.expressible


def test_a_near_miss_is_the_first_reason() -> None:
    some = bug(rule("missing($x)", "x()"), rule("f()", "g()"), rule("f()", "g()", nth=2))
    result = inject(program("f()\nf()\n"), some)
    assert isinstance(result, NotApplicable)
    assert result.reason == (
        "2 places are like `f()` (lines 1, 2), and the bug has no `nth` to say which (and 1 more); "
        "no code of this program is like `missing(x)`"
    )


def test_styles_and_trainings_choose_the_rules() -> None:
    some = bug(
        rule("f()", "g()", styles=(Style.SEQUENTIAL,)),
        rule("f()", "h()", trainings=(Training.FIT,)),
    )
    loop = inject(program("f()\n"), some)
    assert isinstance(loop, NotApplicable)
    assert (
        loop.reason == "its pytorch rules are for other styles or trainings than module with loop"
    )
    fit = inject(program("f()\n", training=Training.FIT), some)
    assert isinstance(fit, Mutant)
    assert fit.source == "h()\n"


def test_a_bug_without_a_rule_for_the_framework_says_so() -> None:
    result = inject(program(KERAS, Framework.KERAS), bug(rule("f()", "g()")))
    assert isinstance(result, NotApplicable)
    assert result.reason == "the bug has no keras rule"


def test_every_rule_of_the_framework_is_tried_on_a_script() -> None:
    some = bug(rule("f()", "g()", styles=(Style.SEQUENTIAL,), trainings=(Training.FIT,)))
    script = program("f()\n", style=Style.SCRIPT, training=Training.UNKNOWN)
    assert isinstance(inject(script, some), Mutant)


def test_what_cannot_be_expressed_says_why() -> None:
    some = bug(rule("f()", "g()"), not_expressible={Framework.KERAS: "sizes are inferred"})
    result = inject(program(KERAS, Framework.KERAS), some)
    assert isinstance(result, NotApplicable)
    assert (result.expressible, result.reason) == (False, "sizes are inferred")


def test_a_rule_that_fits_but_finds_nothing_does_not_make_a_bug_inexpressible() -> None:
    some = bug(rule("missing()", "g()"), not_expressible={Framework.PYTORCH: "never"})
    result = inject(program(TORCH), some)
    assert isinstance(result, NotApplicable)
    assert result.expressible


def test_a_program_that_does_not_parse_is_not_applicable() -> None:
    assert refusal("def f(:\n  f(1)\n", "f($x)", "g($x)") == "the program does not parse"


def test_a_keras_program_is_changed_the_same_way() -> None:
    mutant = mutate(
        KERAS,
        "keras.losses.SparseCategoricalCrossentropy($*a, from_logits=True)",
        "keras.losses.SparseCategoricalCrossentropy($*a)",
        framework=Framework.KERAS,
    )
    assert changed(KERAS, mutant.source)[1] == [
        "loss=keras.losses.SparseCategoricalCrossentropy(),"
    ]


def test_the_diff_is_a_unified_one() -> None:
    mutant = mutate("f()\n", "f()", "g()")
    assert mutant.diff == "--- a/case/program.py\n+++ b/case/program.py\n@@ -1 +1 @@\n-f()\n+g()\n"


def test_a_replacement_that_changes_nothing_is_an_error_of_the_bug() -> None:
    with pytest.raises(BugError, match="changes nothing"):
        inject(program("f()\n"), bug(rule("f($*a)", "f($*a)")))


def test_a_result_that_is_not_python_is_a_bug_that_does_not_fit() -> None:
    assert refusal("f(a=1)\n", "f($k=$v)", "f($v=$k)").startswith(
        "Python could not read the changed program"
    )


def test_a_keyword_that_is_given_twice_is_a_bug_that_does_not_fit() -> None:
    reason = refusal("f(a=1)\n", "f($*rest)", "f($*rest, a=2)")
    assert reason == "the argument `a` would be given twice (line 1)"


@pytest.mark.parametrize(
    ("match", "replace", "message"),
    [
        ("f(", "", "does not parse"),
        ("f($x)", "g(", "does not parse"),
        ("f($x)", "g($y)", r"`\$y` is not in the pattern"),
        ("f($_)", "g($_)", "has no name"),
        ("# nothing", "g()", "the pattern is empty"),
    ],
)
def test_a_rule_that_makes_no_sense_is_an_error(match: str, replace: str, message: str) -> None:
    with pytest.raises(BugError, match=message):
        validate_rules(bug(rule(match, replace)))


def test_examples_that_do_what_they_claim_pass() -> None:
    good = Example(framework=Framework.PYTORCH, before="\nf(1)\n", after="\ng(1)\n")
    assert check_examples(bug(rule("f($x)", "g($x)"), examples=(good,))) == ()


def test_examples_that_do_something_else_are_told() -> None:
    wrong = Example(framework=Framework.PYTORCH, before="f(1)", after="g(2)")
    absent = Example(framework=Framework.PYTORCH, before="h(1)", after="g(1)")
    some = bug(
        rule("f($x)", "g($x)", use="nowhere()", accept=("nothing",)),
        rule("m()", "n()", framework=Framework.KERAS),
        examples=(wrong, absent),
    )
    sentences = check_examples(some)
    assert sentences[0].startswith("example 1 (pytorch): becomes something else")
    assert "+g(1)" in sentences[0]
    assert sentences[1].startswith("example 2 (pytorch): the bug does not fit: no code")
    assert sentences[2:] == (
        "keras has rules but no example.",
        "pytorch: `use` marks no line of any example.",
        "pytorch: `accept` marks no line of any example.",
    )


def test_importing_the_package_imports_no_libcst() -> None:
    code = "import sys, debugdiff.inject; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_mutant_of_every_example_here_parses() -> None:
    mutant = mutate(TORCH, "$o.zero_grad()", "")
    ast.parse(mutant.source)
    assert mutant.defect == (Span(line=29, column=12, end_line=29, end_column=35),)


def test_a_function_that_gets_another_body_keeps_the_blank_lines_above_it() -> None:
    before = "def one():\n    pass\n\n\ngap = 1\n\n\n# why\ndef two():\n    go()\n"
    match = "def one():\n    $*a\n$*between\ndef two():\n    go()\n"
    result = mutate(before, match, match.replace("go()", "stop()"))
    assert result.source == before.replace("go()", "stop()")
