"""What runs inside a stack's interpreter: standard library and the framework only.

`python -P -m debugdiff.worker STACK` is a host: it imports the framework once, forks a supervisor
per job, and the supervisor forks the program. Importing this package loads no framework.

* `process/` runs, watches and ends a program, and keeps the record of it.
* `failure/` describes an exception: its text, frames, stage and values.
* `probes/` reads interim values.
* `rows.py` takes rows of the data, and puts them in an order that a seed decides.
* `parity/` is the program's side of the parity check.
"""
