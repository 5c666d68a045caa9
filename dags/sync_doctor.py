"""
### The doctor

Looks at everything that the other DAGs need, changes nothing, and says of each thing whether it is well: configuration,
connections, drop (host key, listing, writing and deleting with a probe file of its own), depot, ledger, and Moodle
(token, functions, capabilities, size of requests, roles, clock). It has no schedule.

It is red when something fails, green with warnings. The task's log has the answer as a table, with a remedy under
each line that needs one; its XCom has it as `{state, counts, findings: [{subject, check, level, message, remedy}]}`.

What a command lacks is a failure when the site uses that command: one that has had a run, or one of those named in
`{"logical_date": null, "conf": {"commands": ["users", "enrolments"]}}`. On a new site all of them count.
"""

from sync_operators.operators.factory import doctor_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = doctor_dag("sync_doctor", tags=[], doc=__doc__)
