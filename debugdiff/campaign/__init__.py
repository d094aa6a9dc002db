"""The main job: plan, execute what has no record yet, store, score, and hand over one `Report`."""

from debugdiff.campaign.request import Progress, RunRequest
from debugdiff.campaign.running import find_trial, run, stored

__all__ = ["Progress", "RunRequest", "find_trial", "run", "stored"]
