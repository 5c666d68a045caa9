"""Looks at Moodle, and cannot do anything else: what planning is given."""

from collections.abc import Iterable
from itertools import chain
from typing import Literal

from sync_operators.moodle import categories, cohorts, courses, emptying, enrolments, groupings, groups, site, users
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.places import PlaceNotes


class MoodleReader:
    """The look-ups of a client, without its way to write."""

    def __init__(self, client: MoodleClient) -> None:
        self._client = client
        self._sees = False
        self.places = PlaceNotes()

    def site_info(self) -> site.SiteInfo:
        """Who we are on the site, and what our token may call."""
        return site.site_info(self._client)

    def users_with_email(self, email: str) -> list[users.User]:
        """The accounts with that address in any letter case: see `users.users_with_email`."""
        return self.places.note(users.users_with_email(self._client, email))

    def users_by_field(self, field: users.IdentityField, values: Iterable[str]) -> list[users.User]:
        """The accounts that have one of the values in a field: see `users.users_by_field`.

        The first look-up that does not show all that was asked for makes sure that we see accounts at all
        (`users.require_sight`).
        """
        wanted = list(dict.fromkeys(values))
        found = users.users_by_field(self._client, field, wanted)
        if not self._sees and not users.are_all(found, len(wanted)):
            users.require_sight(self._client)
            self._sees = True
        return self.places.note(found)

    def courses_by_id(self, ids: Iterable[str]) -> list[courses.Course]:
        """The courses that have one of the ids: see `courses.courses_by_id`."""
        return self.places.note(courses.courses_by_id(self._client, ids))

    def courses_by_field(
        self, field: Literal["idnumber", "shortname"], values: Iterable[str]
    ) -> dict[str, list[courses.Course]]:
        """The courses of each value: see `courses.courses_by_field`."""
        found = courses.courses_by_field(self._client, field, values)
        self.places.note(chain.from_iterable(found.values()))
        return found

    def all_courses(self) -> list[courses.Course]:
        """Every course of the site: see `courses.all_courses`."""
        return self.places.note(courses.all_courses(self._client))

    def course_modules(self, course_id: int) -> list[tuple[str, str]]:
        """Kind and name of each activity of a course: see `courses.course_modules`."""
        return courses.course_modules(self._client, course_id)

    def all_categories(self) -> list[categories.Category]:
        """Every category of the site, in the order of the tree: see `categories.all_categories`."""
        return categories.all_categories(self._client)

    def categories_below(self, category_id: int) -> list[categories.Category]:
        """A category and all below it: see `categories.categories_below`."""
        return categories.categories_below(self._client, category_id)

    def category_content(self, category_id: int) -> categories.Content | None:
        """How much is in a category: see `categories.content_of`."""
        return categories.content_of(self._client, category_id)

    def participants(self, course_ids: Iterable[int]) -> dict[int, dict[int, enrolments.Participant]]:
        """Who is enrolled in each course: see `enrolments.participants`."""
        return enrolments.participants(self._client, course_ids)

    def not_in_force(self, course_ids: Iterable[int]) -> dict[int, set[int]]:
        """Whose enrolments are not in force: see `enrolments.not_in_force`."""
        return enrolments.not_in_force(self._client, course_ids)

    def enrolment_methods(self, course_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """The methods that each course has switched on: see `enrolments.enrolment_methods`."""
        return enrolments.enrolment_methods(self._client, course_ids)

    def course_groups(self, course_ids: Iterable[int]) -> dict[int, list[groups.Group]]:
        """The groups of each course: see `groups.course_groups`."""
        found = groups.course_groups(self._client, course_ids)
        self.places.note(chain.from_iterable(found.values()))
        return found

    def group_members(self, group_ids: Iterable[int]) -> dict[int, frozenset[int]]:
        """Who is in each group: see `groups.group_members`."""
        return groups.group_members(self._client, group_ids)

    def bonds(self, course_ids: Iterable[int]) -> dict[int, dict[int, list[int]]]:
        """The groups of each grouping of each course: see `emptying.bonds`."""
        return emptying.bonds(self._client, course_ids)

    def all_cohorts(self) -> list[cohorts.Cohort]:
        """Every cohort of the site: see `cohorts.all_cohorts`."""
        return self.places.note(cohorts.all_cohorts(self._client))

    def cohorts_in(self, category_id: int) -> set[int]:
        """The cohorts that live in one place: see `cohorts.cohorts_in`."""
        return cohorts.cohorts_in(self._client, category_id)

    def cohort_members(self, cohort_ids: Iterable[int]) -> dict[int, frozenset[int]]:
        """Who is in each cohort: see `cohorts.cohort_members`."""
        return cohorts.cohort_members(self._client, cohort_ids)

    def course_groupings(self, course_ids: Iterable[int]) -> dict[int, list[groups.Group]]:
        """The groupings of each course: see `groupings.course_groupings`."""
        return groupings.course_groupings(self._client, course_ids)

    def grouping_groups(self, grouping_ids: Iterable[int]) -> dict[int, frozenset[int]]:
        """The groups in each grouping: see `groupings.grouping_groups`."""
        return groupings.grouping_groups(self._client, grouping_ids)
