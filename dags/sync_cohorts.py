"""
### Cohorts

Makes, changes, fills, empties and deletes cohorts, by the command file of `cohorts`: one row per cohort, or per member.
Then reads which cohorts are to be linked to which courses, by the command file of `cohort_links`: no web service does
that, so each such row is an error, and a file for Moodle's own course upload lies beside the report.

| step | does |
|---|---|
| capture | takes complete files from the drop into the depot |
| plan | compares the file with what was last applied and with Moodle; writes nothing to Moodle |
| gate | a plan over a limit is held: `sync_held` asks a person |
| apply | carries out exactly the gated plan |
| close | report, tryback, archive or quarantine |
| result | what the ERP gets; it alone decides the colour |

Without a file for a command its group is skipped and the run is green. Accounts and categories must be there before:
a row that misses one is an error of its own, comes back in the tryback, and the others go on. Trigger it over REST
with, for example, `{"logical_date": null, "conf": {"command": "cohorts", "file": "cohorts.csv", "simulate": true}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_cohorts", commands=("cohorts", "cohort_links"), tags=["cohorts"], doc=__doc__)
