"""
### Capture

Takes complete files from the drop into the depot and runs nothing, so that Airflow and the depot show what has come.
Hidden files, names that begin with an underscore, locks, folders and files that still grow stay where they are.
"""

from sync_operators.operators.factory import capture_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = capture_dag("sync_capture", tags=["capture"], doc=__doc__)
