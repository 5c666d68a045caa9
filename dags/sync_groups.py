"""
### Groups

Makes and changes the groups and groupings of courses, then fills the groups, by the command files of `groups` and
`group_members`.

| step | does |
|---|---|
| capture | takes complete files from the drop into the depot |
| plan | compares the file with what was last applied and with Moodle; writes nothing to Moodle |
| gate | a plan over a limit is held: `sync_held` asks a person |
| apply | carries out exactly the gated plan |
| close | report, tryback, archive or quarantine |
| result | what the ERP gets; it alone decides the colour |

Without a file for a command its group of tasks is skipped and the run is green. Courses and accounts must be there
before, and who is to be in a group must be enrolled. A row with `updateid`
changes what it finds, any other makes what is missing. Trigger it over REST with, for example,
`{"logical_date": null, "conf": {"command": "groups", "file": "groups.csv", "simulate": true}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_groups", commands=("groups", "group_members"), tags=["groups"], doc=__doc__)
