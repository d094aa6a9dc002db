"""What runs inside a stack's interpreter: standard library and the framework only.

`python -P -m debugdiff.worker STACK` is a host: it imports the framework once, forks a supervisor
per job, and the supervisor forks the program. Importing this package loads no framework.

* `process/` runs, watches and ends a program, and keeps the record of it.
* `failure/` says what can be said of an exception.
* `probes/` reads interim values.
* `parity/` is the program's side of the parity check.
"""
