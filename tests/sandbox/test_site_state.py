"""Two equal runs leave equal states; a bare site has nothing but what every Moodle has."""


def test_ids_do_not_show_in_the_state(campus):
    states = []
    for detour in (False, True):
        campus.control.reset()
        if detour:
            row = {"fullname": "X", "shortname": "X", "categoryid": 1}
            made = campus.do("core_course_create_courses", courses=[row])
            campus.do("core_course_delete_courses", courseids=[made[0]["id"]])
        campus.do("core_course_create_courses", courses=[{"fullname": "Y", "shortname": "Y", "categoryid": 1}])
        campus.enrol("E1011", "Y")
        states.append(campus.control.site_state())
    assert states[0] == states[1]


def test_a_row_behind_the_back_is_no_call(campus):
    row = campus.control.add_row("courses", fullname="Z", shortname="Z")
    campus.control.change_row("courses", row, visible=0)
    assert campus.state("Z")["visible"] == 0
    campus.control.delete_row("courses", row)
    assert "Z" not in campus.control.site_state()["courses"]
    assert (campus.control.calls(), campus.control.journal()) == ([], [])


def test_a_bare_site_has_what_every_moodle_has(campus):
    campus.control.reset(bare=True)
    assert [one["username"] for one in campus.control.accounts()] == ["guest", "admin", "wssync", "wsnocaps"]
    state = campus.control.site_state()
    assert (list(state["courses"]), [one["path"] for one in state["categories"]]) == (["SITE"], ["Category 1"])
    assert (state["cohorts"], state["roles"], state["pictures"]) == ([], [], {})


def test_the_report_tells_every_account_with_its_id(campus):
    told = campus.do("core_reportbuilder_retrieve_report", reportid=1, page=0, perpage=5000)
    rows = {row["columns"][1]: row["columns"] for row in told["data"]["rows"]}
    assert told["data"]["totalrowcount"] == len(rows) == 63
    assert f'id={campus.user("E1010")}"' in rows["wei.zhang"][0]
    assert [rows[name][4] for name in ("wei.zhang", "ines.fernandez")] == ["No", "Yes"]
