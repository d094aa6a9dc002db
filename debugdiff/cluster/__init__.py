"""Trials on many machines through dask.distributed.

`client` gives batches of jobs to the machines and takes their records; `machine` is what runs in a
dask worker; between them go bytes of JSON. Nothing else of debugdiff imports dask.
"""

from debugdiff.cluster.choice import Cluster, Scheme

__all__ = ["Cluster", "Scheme"]
