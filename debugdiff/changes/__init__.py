"""What a release changed: how the same faults are reported in two reports of `run --json`."""

from debugdiff.changes.comparing import Change, Changes, Kind, compare_reports
from debugdiff.changes.reading import SavedReport, parse_report, read_report

__all__ = [
    "Change",
    "Changes",
    "Kind",
    "SavedReport",
    "compare_reports",
    "parse_report",
    "read_report",
]
