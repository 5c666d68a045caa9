"""
### As soon as it is complete

Looks at the drop every few seconds (`schedules.sync_on_drop`), and when files in it are complete takes them into the
depot and starts what runs them: the DAG of the command, or `sync_all` when files of several DAGs wait or one of them
is still at work, so that the order of dependence holds. The DAG run it starts is `drop-<number of the newest file>`.
A `bundle_….zip` starts `sync_all`.

| task | does |
|---|---|
| capture | takes complete files from the drop into the depot |
| start | starts the DAG of what waits; its XCom is `{dag_id, run_id, commands}`, nothing when no file waits |
| result | decides the colour |

The triggerer looks, over one connection, and keeps in Airflow's state of the asset `sync_drop` what it has told: after
a restart nothing is told twice, and nothing is missed. A drop that cannot be reached is one warning in its log and one
event in the ledger (`drop_broken`), and one more when it is well again (`drop_well`); then everything in it is told
anew. The schedules of the other DAGs stay as they are: what an event misses, they run. Commands that are only run by
hand (`courses_check`, `courses_reset`, `categories_clean`) are not started.

`schedules: {sync_on_drop: null}` in `sync.yaml` switches it off; it can still be triggered.
"""

from sync_operators.operators.factory import drop_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = drop_dag(
    "sync_on_drop",
    dags={
        "sync_courses": ("courses_delete", "courses_create", "courses_meta"),
        "sync_users": ("users", "users_delete", "users_suspend"),
        "sync_cohorts": ("cohorts", "cohort_links"),
        "sync_enrolments": ("enrolments",),
        "sync_groups": ("groups", "group_members"),
        "sync_pictures": ("pictures",),
    },
    tags=["capture"],
    doc=__doc__,
)
