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
| close | report, tryback, archive or quarantine |
| result | what the ERP gets; it alone decides the colour |

Without a file for a command its group is skipped and the run is green. Trigger it over REST with, for example,
`{"logical_date": null, "conf": {"command": "users", "file": "userimport.csv", "simulate": true, "correlation_id": "erp-42"}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_users", commands=("users", "users_delete", "users_suspend"), tags=["users"], doc=__doc__)
