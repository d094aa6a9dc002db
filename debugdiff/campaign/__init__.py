"""The main job: plan, execute what has no record yet, store, score, and hand over one `Report`."""

from debugdiff.campaign.request import Progress, RunRequest
from debugdiff.campaign.running import run, stored

__all__ = ["Progress", "RunRequest", "run", "stored"]
