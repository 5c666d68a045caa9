"""Courses, participants and groups for the Moodle in memory."""

from urllib.parse import parse_qsl

import httpx

from tests.tools.conftest import Moodle


class Campus(Moodle):
    """One course, MATH with id 7; who is in it with which roles and groups; its groups by id."""

    def __init__(self):
        self.people, self.suspended, self.groups, self.methods = {}, set(), {}, ["manual"]
        super().__init__()

    def enrol(self, key, roles, groups=(), *, suspended=False):
        """Somebody in the course."""
        self.people[key] = (roles, groups)
        self.suspended |= {key} if suspended else set()

    def _answer(self, request):
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        answer = getattr(self, f"_{form['wsfunction']}", None)
        if answer is None:
            return super()._answer(request)
        self.asked.append(form["wsfunction"])
        return httpx.Response(200, json=answer(form))

    def _core_course_get_courses_by_field(self, form):
        course = {"id": 7, "shortname": "MATH", "categoryid": 1, "enrollmentmethods": self.methods}
        return {"courses": [course] if form["value"] in {"MATH", "7"} else []}

    def _core_enrol_get_enrolled_users(self, form):
        only = self.suspended if "onlysuspended" in form.values() else self.people
        return [self._person(key) for key in sorted(only)]

    def _person(self, key):
        roles, groups = self.people[key]
        return {"id": key, "roles": [{"roleid": role} for role in roles], "groups": [{"id": group} for group in groups]}

    def _core_group_get_course_groups(self, form):
        shown = {"courseid": int(form["courseid"]), "idnumber": ""}
        return [{"id": key, "name": name, **shown} for key, name in self.groups.items()]

    def _core_group_get_group_members(self, form):
        ids = [int(value) for name, value in form.items() if name.startswith("groupids")]
        people = {group: [who for who, (_, groups) in self.people.items() if group in groups] for group in ids}
        return [{"groupid": group, "userids": users} for group, users in people.items()]
