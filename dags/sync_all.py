"""
### Everything, in order

Runs the registrar's export, a file for each command, in one go and in the order of dependence: what others stand on
comes first, and accounts are deleted or suspended last, when nothing names them any more.

| order | commands | why here |
|---|---|---|
| 1 | `courses_delete`, `courses_create`, `courses_meta` | a deletion frees the names of what is created |
| 2 | `users` | cohorts, enrolments and groups name accounts |
| 3 | `cohorts`, `cohort_links` | cohorts take accounts, links take cohorts and courses |
| 4 | `enrolments` | they need accounts and courses |
| 5 | `groups`, `group_members` | only who is enrolled can be in a group |
| 6 | `pictures` | an image is named after an account |
| 7 | `users_delete`, `users_suspend` | the rows before still find who is about to leave |

Without a file for a command its group of tasks is skipped; without any file the run does nothing and is green. A
command that fails or is held does not keep the next from running: rows that miss what it would have made are errors
of their own and come back in the tryback. When more files wait at the end, the whole DAG starts once more.

A `bundle_….zip` in the drop starts it. It has no schedule (`schedules.sync_all` gives it one). An ERP triggers it with
`POST /api/v2/dags/sync_all/dagRuns` and, for example,
`{"logical_date": null, "dag_run_id": "registrar-2026-11-24", "conf": {"correlation_id": "erp-42"}}`;
with `"conf": {"simulate": true}` every file in the depot is planned, and nothing is changed. The log of `result` has
a table with a line for each command, and where its report lies.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag(
    "sync_all",
    commands=(
        "courses_delete",
        "courses_create",
        "courses_meta",
        "users",
        "cohorts",
        "cohort_links",
        "enrolments",
        "groups",
        "group_members",
        "pictures",
        "users_delete",
        "users_suspend",
    ),
    tags=["courses", "users", "cohorts", "enrolments", "groups", "pictures"],
    doc=__doc__,
)
