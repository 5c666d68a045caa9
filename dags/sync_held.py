"""
### A held plan

A gate starts this DAG when a plan goes over a limit. `approve` waits under **Required Actions** without a worker slot.
Approve: the file is planned again; the same digest is applied, another one is asked anew. Reject, or no answer in
time: the file goes into quarantine with the reason beside it, and nothing was written to Moodle.
"""

from sync_operators.operators.factory import held_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = held_dag("sync_held", tags=["approval"], doc=__doc__)
