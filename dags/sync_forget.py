"""
### Erase one account's data

Erases on request what the ledger holds of one account: names, values before and after, keys. How much was done, and
when, stays: no sum changes. It only counts, unless its `conf` says `"simulate": false` and confirms whom it means.

| key of `conf` | meaning |
|---|---|
| `user` | the account's number in Moodle |
| `simulate` | true unless said otherwise: only count |
| `confirm` | to erase: the account's user name or idnumber, as files have written it |

The XCom is `{user, simulate, counts: {rows, operations}, open_runs}`; the ledger has an event `account_erased`. Runs
that are not over keep what they hold, and are named: erase again when they have ended.

Files in the depot (archives, reports, trybacks, undo files) are not touched: they go when `retention` says so, or by
hand.
"""

from sync_operators.operators.factory import forget_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = forget_dag("sync_forget", tags=["users"], doc=__doc__)
