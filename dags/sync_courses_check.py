"""
### Check of courses

Says of each course that the file of `courses_check` lists whether Moodle has it: `found` with its names, or
`not_found`. Nothing is written to Moodle, and the same file is answered anew each time. A script reads the outcomes
in the report for machines (`.jsonl`), or the counts in the result.

It has no schedule. Trigger it over REST with, for example,
`{"logical_date": null, "conf": {"file": "courses.csv", "correlation_id": "erp-44"}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_courses_check", commands=("courses_check",), tags=["courses"], doc=__doc__)
