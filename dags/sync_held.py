"""
### A held plan

A gate starts this DAG when a plan goes over a limit of `guards` in `sync.yaml`. The task `approve` waits under
**Required Actions**, without a worker slot and without holding up any schedule, and names limit, count, share,
setting, the riskiest operations and the plan's digest.

| answer | what follows |
|---|---|
| Approve | the file is planned again: the same digest is applied, another one is asked anew |
| Reject | the file goes into quarantine with who and why beside it; nothing is written to Moodle |
| none within `approvals.timeout` | as rejected, by "nobody in time" |

Over REST: `GET /api/v2/dags/sync_held/dagRuns/~/hitlDetails?response_received=false` lists what waits, and
`PATCH /api/v2/dags/sync_held/dagRuns/{run}/taskInstances/approve/-1/hitlDetails` answers with
`{"chosen_options": ["Approve"], "params_input": {"reason": "left in June"}}`.
"""

from sync_operators.operators.factory import held_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = held_dag("sync_held", tags=["approval"], doc=__doc__)
