"""
### Retention

Takes away what is old, every night: archived inputs, reports, trybacks, files in quarantine, undo files, what we put
into the drop, and the details of old runs in the ledger. How many days each is kept stands in the settings, section
`retention`; 0 is for ever. The age is that of the run, by the stamp in the name or by the ledger, never that of the
file.

Copies of files with passwords and their trybacks have a shorter time, and go first. What waits, what a run has in its
hands and what people put into the depot never goes, nor does what the quick mode compares with.

| key of `conf` | meaning |
|---|---|
| `simulate` | true: only say what would go |

The task's log has a table of what went, its XCom `{simulate, counts: {kind: n}, bytes, files, left_out}` with the first
hundred names; the ledger has an event `swept` for each run and file.
"""

from sync_operators.operators.factory import retention_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = retention_dag("sync_retention", tags=["retention"], doc=__doc__)
