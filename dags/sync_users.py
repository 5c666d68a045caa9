"""
### Accounts

Creates, updates, renames, suspends and deletes Moodle accounts by the command files of three commands, in order:
`users`, then `users_delete` and `users_suspend` when their files are there.

| step | does |
|---|---|
| capture | takes complete files from the drop into the depot |
| plan | compares the file with what was last applied and with Moodle; writes nothing to Moodle |
| gate | a plan over a limit is held: `sync_held` asks a person |
| apply | carries out exactly the gated plan |
| close | report, tryback, archive or quarantine; starts the DAG again when more files wait |
| result | what the ERP gets; it alone decides the colour |

Without a file for a command its group is skipped and the run is green. A failed command does not keep the next from
running; after a failed capture nothing is planned.

An ERP triggers it with
`POST /api/v2/dags/sync_users/dagRuns` and, for example,
`{"logical_date": null, "dag_run_id": "erp-42", "conf": {"command": "users", "file": "new.csv", "simulate": true}}`;
the same `dag_run_id` again is answered with 409. `GET …/dagRuns/erp-42/wait?interval=1&result=result` waits for
`{state, correlation_id, runs: [{run_id, command, file, sha256, state, code, counts, report, tryback, undo,
decided_by, reason}]}`,
on a red run with `messages` of what failed.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_users", commands=("users", "users_delete", "users_suspend"), tags=["users"], doc=__doc__)
