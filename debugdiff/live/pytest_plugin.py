"""`pytest --explain`: the explanation as a section of every failing test. Without it: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.getgroup("debugdiff").addoption(
        "--explain",
        action="store_true",
        dest="debugdiff_explain",
        help="Explain exceptions of PyTorch and Keras in failing tests: which lines to suspect.",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Add a section, as text, so that it also comes back from the workers of xdist."""
    report = yield
    if item.config.getoption("debugdiff_explain") and report.failed and call.excinfo is not None:
        from debugdiff.live.hooks import safe_text  # noqa: PLC0415 - only where it is asked for

        if _comes_from_code(call.excinfo.value):
            head, _, text = safe_text(call.excinfo.value).partition("\n")
            report.sections.append(("debugdiff explains", text or head))
    return report


def _comes_from_code(error: BaseException) -> bool:
    """Not an assertion of the test itself, and not pytest's own `fail`."""
    return isinstance(error, Exception) and not isinstance(error, AssertionError)
