"""
### Capture

Takes complete files from the drop into the depot and runs nothing, so that Airflow and the depot show what has come.
Hidden files, names that begin with an underscore, locks, folders and files that still grow stay where they are. A
`bundle_….zip` starts `sync_all`, which runs the files in it in their order.

The task `capture`, here as in every other DAG, gives `{counts: {code: n}, files: [{name, code, reason}], left_out}`:
how many names of the drop had which code, and the first hundred, errors first.
"""

from sync_operators.operators.factory import capture_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = capture_dag("sync_capture", tags=["capture"], doc=__doc__)
