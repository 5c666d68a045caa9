"""
### The list of courses

Reads courses, categories, people per role and the last visit to each course from Moodle, for the page *Courses* of
Tool Sync; its button *Read again* starts this DAG. It has no schedule, and changes nothing in Moodle.

People and visits cost a call for each course: a site with 2,400 courses takes some minutes. Where the service account
may not see the participants of a course, the page says so.
"""

from sync_operators.operators.factory import course_list_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = course_list_dag("sync_course_list", tags=["courses"], doc=__doc__)
