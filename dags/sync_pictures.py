"""
### Pictures

Sets the profile pictures of accounts from zips of images, by the command `pictures`: every zip in the depot whose name
begins with `pictures.prefix` (`userpictures_`), one after another. An image is named after its account, in any folder
of the zip: `first-year/jdoe.png` is the picture of `jdoe`.

| step | does |
|---|---|
| capture | takes complete files from the drop into the depot |
| plan | looks into each image, and compares it with what its account was given last; writes nothing to Moodle |
| gate | a plan over a limit is held: `sync_held` asks a person |
| apply | uploads each image that is new, and makes it the picture |
| close | report, tryback (a zip of the images that failed), archive or quarantine |
| result | what the ERP gets; it alone decides the colour |

Without a zip the group of tasks is skipped and the run is green. Accounts must be there before. Trigger it over REST
with, for example, `{"logical_date": null, "conf": {"file": "userpictures_2026.zip", "simulate": true}}`.
"""

from sync_operators.operators.factory import tool_dag

# Airflow looks for the words dag and airflow in a file before it reads it.
dag = tool_dag("sync_pictures", commands=("pictures",), tags=["pictures"], doc=__doc__)
