"""
### Empty categories

Deletes the empty categories of the site, or of one category and all below it, the deepest first. It takes no file:
what it works through are the categories themselves, and each of them has its row in the report. **It only simulates,
unless `conf` says `"simulate": false`.**

| key of `conf` | meaning |
|---|---|
| `start` | id of the category to begin with, which counts itself; 0: the whole site |
| `ignore_empty_subcategories` | true: one with nothing but empty ones in it is empty too; false: only one without any |
| `keep` | ids of categories that stay, empty or not; what is above them stays, too |
| `simulate` | true: plan and report only |
| `correlation_id` | your own reference |

What `conf` leaves out is in the settings, section `categories_clean`. A category is looked at again right before it
is deleted: one that somebody has filled meanwhile stays, and its row says so. More than
`guards.categories_clean.delete` allows waits for a person; a rejection ends the run, as there is no file to put away.

It has no schedule. Look first, then do it:
`{"logical_date": null, "conf": {"start": 12}}`, then
`{"logical_date": null, "conf": {"start": 12, "simulate": false}}`.
"""

from sync_operators.operators.factory import cleaning_params, tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag(
    "sync_categories_clean",
    commands=("categories_clean",),
    tags=["courses"],
    doc=__doc__,
    params=cleaning_params(),
)
