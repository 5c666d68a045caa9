"""
### Drift: what was applied, and what Moodle says now

Compares what every command has last applied with Moodle, once a week: what people have changed by hand, what was
deleted there. It writes nothing to Moodle and to no file of a command; where something differs the task is green with
a warning in its log.

| key of `conf` | meaning |
|---|---|
| `command` | check only this command; without it all, in the order of dependence |
| `correlation_id` | your own reference |

Of each command that differs there is a report in the depot, `reports/…_drift_<command>.html` and `.jsonl`: for each
difference the field, ours, Moodle's, and which line of which file has set it. Beside it lies a file of the command's
own form, `…_repair_<command>.csv`: dropped under the command's file name, it brings back what was last applied. It
never holds a password.

Commands that do something once (deletions, resets, checks, cohort links) leave nothing that could drift, and are named
so in the log. Rows whose files retention has taken away cannot be compared, and are counted.

The XCom is `{state, checked, errors}`; `state` is `as_applied`, `drift`, or `failed` when Moodle, depot or ledger could
not be used for some command.
"""

from sync_operators.operators.factory import reconcile_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = reconcile_dag(
    "sync_reconcile",
    commands=(
        "courses_create",
        "courses_meta",
        "users",
        "users_suspend",
        "cohorts",
        "enrolments",
        "groups",
        "group_members",
        "pictures",
        "courses_delete",
        "courses_check",
        "courses_reset",
        "categories_clean",
        "cohort_links",
        "users_delete",
    ),
    tags=["courses", "users", "cohorts", "enrolments", "groups", "pictures"],
    doc=__doc__,
)
