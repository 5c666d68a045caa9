"""The walk of a file, users, on real sockets: what becomes of every row, of the file and of Moodle."""

SAMPLE = """username;firstname;lastname;idnumber;email;city
ann.lee;Ann;Lee;E5001;ann.lee@example.org;Oslo
bob.ray;Bob;Ray;E5002;bob.ray@example.org;
;No;Name;E5003;no.name@example.org;Rome
cat.fox;Cat;Fox;E5004;not-an-address;Rome
amelie.laurent;Amélie;Laurent;E1001;amelie.laurent@example.org;Grenoble
"""


def test_a_dropped_file_becomes_accounts_a_report_and_a_tryback(site, sandbox):
    run = site.deliver("userimport.csv", SAMPLE)
    assert site.outcomes(run["run_id"]) == [
        (2, "created"),
        (3, "created"),
        (4, "error_missing_value"),
        (5, "error_invalid_value"),
        (6, "updated"),
    ]
    assert run["state"] == "done_with_errors"
    assert run["counts"] == {"created": 2, "error_invalid_value": 1, "error_missing_value": 1, "updated": 1}
    people = sandbox.control.people()
    assert (people["ann.lee"]["city"], people["amelie.laurent"]["city"]) == ("Oslo", "Grenoble")
    header, *rows = SAMPLE.splitlines(keepends=True)
    assert (site.depot / run["tryback"]).read_text() == header + rows[2] + rows[3]
    assert site.names("archives") == ["userimport.csv"]
    assert not list(sandbox.drop.iterdir())


def test_the_same_file_again_costs_no_call_and_changes_nothing(site, sandbox):
    good = "".join(SAMPLE.splitlines(keepends=True)[:3])
    site.deliver("userimport.csv", good)
    before = sandbox.control.counts()
    run = site.deliver("userimport.csv", good)
    assert (run["state"], run["counts"]) == ("done", {"unchanged": 2})
    after = sandbox.control.counts()
    assert after.total - before.total == 0
