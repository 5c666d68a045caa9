"""
### Groups

Makes and changes the groups and groupings of courses, by the command file of `groups`: one row each.

| step | does |
|---|---|
| capture | takes complete files from the drop into the depot |
| plan | compares the file with what was last applied and with Moodle; writes nothing to Moodle |
| gate | a plan over a limit is held: `sync_held` asks a person |
| apply | carries out exactly the gated plan |
| close | report, tryback, archive or quarantine |
| result | what the ERP gets; it alone decides the colour |

Without a file the group of tasks is skipped and the run is green. Courses must be there before. A row with `updateid`
changes what it finds, any other makes what is missing. Trigger it over REST with, for example,
`{"logical_date": null, "conf": {"command": "groups", "file": "groups.csv", "simulate": true}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_groups", commands=("groups",), tags=["groups"], doc=__doc__)
