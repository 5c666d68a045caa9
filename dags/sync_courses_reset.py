"""
### Reset of courses

Empties courses for a new year by the file of `courses_reset`: groupings, memberships, groups, and enrolments by role.
No web service of Moodle resets the rest (events, grades, completion, module data …): such a row ends `reset_partial`,
and names each part that was left undone.

It has no schedule, and most of its plans are held for a person (`guards.courses_reset`). Look at one first:
`{"logical_date": null, "conf": {"file": "resetcourses.csv", "simulate": true}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_courses_reset", commands=("courses_reset",), tags=["courses"], doc=__doc__)
