"""Start a DAG over REST, wait for its end, print its result; the status is 0 when it is green. Plain Python 3.

AIRFLOW=… AIRFLOW_USER=… AIRFLOW_PASSWORD=… python3 start_run.py sync_users erp-2026-0043 '{"command": "users"}'
"""

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

headers = {"Content-Type": "application/json"}
dag, run_id, conf = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])


def call(path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    with urlopen(Request(os.environ["AIRFLOW"] + path, data, headers)) as answer:
        return json.loads(answer.read().splitlines()[-1])


try:
    login = {"username": os.environ["AIRFLOW_USER"], "password": os.environ["AIRFLOW_PASSWORD"]}
    headers["Authorization"] = "Bearer " + call("/auth/token", login)["access_token"]
    call(f"/api/v2/dags/{dag}/dagRuns", {"dag_run_id": run_id, "logical_date": None, "conf": conf})
except HTTPError as error:
    if error.code != 409:  # 409: it was started before, so its result is all that is wanted
        sys.exit(f"{error.code} {error.read().decode()}")
last = call(f"/api/v2/dags/{dag}/dagRuns/{run_id}/wait?interval=2&result=result")
print(json.dumps(last["results"]["result"], indent=2))
sys.exit(last["state"] != "success")
