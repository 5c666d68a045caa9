"""
### Courses

Deletes, creates, updates and links courses by the command files of three commands, in order: `courses_delete`,
`courses_create`, `courses_meta`. A deletion comes first, so that its names are free for what is created.

| step | does |
|---|---|
| capture | takes complete files from the drop into the depot |
| plan | compares the file with what was last applied and with Moodle; writes nothing to Moodle |
| gate | a plan over a limit is held: `sync_held` asks a person |
| apply | carries out exactly the gated plan |
| close | report, tryback, archive or quarantine |
| result | what the ERP gets; it alone decides the colour |

Without a file for a command its group is skipped and the run is green. Missing categories are made along with their
courses. Trigger it over REST with, for example,
`{"logical_date": null, "conf": {"command": "courses_create", "file": "uploadcourses.csv", "simulate": true}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag(
    "sync_courses", commands=("courses_delete", "courses_create", "courses_meta"), tags=["courses"], doc=__doc__
)
