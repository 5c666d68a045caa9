"""The tree of categories: order, paths, visibility, and what happens to content."""

CREATE, UPDATE = "core_course_create_categories", "core_course_update_categories"
DELETE, LIST = "core_course_delete_categories", "core_course_get_categories"


def tree(campus):
    return [(one["path"], one["courses"]) for one in campus.control.site_state()["categories"]]


def test_the_seeded_tree(campus):
    assert tree(campus) == [
        ("Category 1", ["ONB"]),
        ("Compliance", ["SEC-FR", "GDPR", "FIRE"]),
        ("Skills", ["XLS", "AID"]),
        ("Skills / Leadership", ["LEAD"]),
        ("Archive", ["OLD"]),
    ]


def test_paths_depths_and_places_follow_a_move(campus):
    campus.do(UPDATE, categories=[{"id": campus.category("CAT-SKILLS"), "parent": campus.category("CAT-COMP")}])
    found = campus.do(LIST, criteria=[{"key": "idnumber", "value": "CAT-COMP"}])
    ids = [one["id"] for one in found]
    assert [one["path"] for one in found] == [f"/{ids[0]}", f"/{ids[0]}/{ids[1]}", f"/{ids[0]}/{ids[1]}/{ids[2]}"]
    assert [(one["depth"], one["sortorder"], one["coursecount"]) for one in found] == [
        (1, 20_000, 3), (2, 30_000, 2), (3, 40_000, 1),
    ]  # fmt: skip


def test_a_category_does_not_go_below_itself(campus):
    skills, lead = campus.category("CAT-SKILLS"), campus.category("CAT-LEAD")
    assert campus.code(UPDATE, categories=[{"id": skills, "parent": lead}]) == "cannotmovecategory"


def test_only_what_is_sent_changes(campus):
    category = campus.category("CAT-COMP")
    campus.do(UPDATE, categories=[{"id": category, "description": "<p>Law</p>"}])
    campus.do(UPDATE, categories=[{"id": category, "name": "Rules & law"}])
    (found,) = campus.do(LIST, criteria=[{"key": "id", "value": category}])
    assert (found["name"], found["idnumber"], found["description"]) == ("Rules &amp; law", "CAT-COMP", "<p>Law</p>")


def test_below_a_hidden_category_all_is_hidden(campus):
    archive = campus.category("CAT-OLD")
    campus.do(CREATE, categories=[{"name": "Older", "parent": archive}])
    campus.do(UPDATE, categories=[{"id": campus.category("CAT-SKILLS"), "parent": archive}])
    hidden = {one["path"] for one in campus.control.site_state()["categories"] if not one["visible"]}
    assert hidden == {"Archive", "Archive / Older", "Archive / Skills", "Archive / Skills / Leadership"}
    assert campus.state("LEAD")["visible"] == 0


def test_a_hidden_category_is_seen_only_with_the_right(campus):
    campus.control.remove_capability("moodle/category:viewhiddencategories")
    assert "Archive" not in [one["name"] for one in campus.do(LIST)]


def test_deleting_moves_content_up_or_where_it_is_told(campus):
    campus.do(DELETE, categories=[{"id": campus.category("CAT-LEAD")}])
    campus.do(DELETE, categories=[{"id": campus.category("CAT-SKILLS"), "newparent": campus.category("CAT-COMP")}])
    assert tree(campus)[1] == ("Compliance", ["SEC-FR", "GDPR", "FIRE", "XLS", "AID", "LEAD"])


def test_content_does_not_move_to_the_root_or_below_itself(campus):
    skills, lead = campus.category("CAT-SKILLS"), campus.category("CAT-LEAD")
    assert campus.code(DELETE, categories=[{"id": skills}]) == "movecatcontentstoroot"
    assert campus.code(DELETE, categories=[{"id": skills, "newparent": lead}]) == "youcannotdeletecategory"


def test_deleting_with_content_takes_all_below_and_saves_the_cohorts(campus):
    campus.do(DELETE, categories=[{"id": campus.category(one), "recursive": 1} for one in ("CAT-SKILLS", "CAT-COMP")])
    state = campus.control.site_state()
    assert set(state["courses"]) == {"SITE", "ONB", "OLD"}
    assert [one["context"] for one in state["cohorts"] if one["idnumber"] == "COH-AUDIT"] == ["system"]


def test_all_or_nothing(campus):
    before = campus.control.site_state()
    good = {"id": campus.category("CAT-LEAD"), "recursive": 1}
    assert campus.code(DELETE, categories=[good, {"id": 999, "recursive": 1}]) == "unknowncategory"
    assert campus.control.site_state() == before
