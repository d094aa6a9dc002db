"""The rules by topic: those for crashes beside those for silent programs.

Every module of this folder is imported here, and so registers its rules.
"""

from importlib import import_module
from pkgutil import iter_modules

from debugdiff.suspects.registry import CRASH_RULES, TEXT_RULES, rules

__all__ = ["CRASH_RULES", "TEXT_RULES", "rules"]

for _topic in iter_modules(__path__):
    import_module(f"{__name__}.{_topic.name}")
