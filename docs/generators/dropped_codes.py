"""Codes that people who know the Moodle plugin, or an early page of ours, may look for in vain; and why."""

from typing import Final

DROPPED: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (
        ("all_roles_removed",),
        (
            "`del` takes the roles of one enrolment away with it and says `unenrolled`; roles without an "
            "enrolment are never given, so there are none to remove. `shift` says `role_assigned` and "
            "`role_removed`."
        ),
    ),
    (
        ("enabled", "disabled"),
        (
            "The verbs `enable` and `disable` suspend single enrolments. They are `error_bad_command`: a row of "
            "`add` gives an enrolment its times, `del` ends it."
        ),
    ),
    (
        ("warn_several_instances",),
        "Moodle's web service enrols through the manual method, of which a course has one.",
    ),
    (("warn_no_enrol_method",), "It is an error: `error_no_enrol_method`. A role alone would be no enrolment."),
    (("cohort_member_added",), "`member_added`, as in the command `cohorts`."),
    (
        ("link_deleted", "relinked"),
        ("No web service links cohorts to courses: `error_unsupported`, with a file for Moodle's course upload."),
    ),
    (
        ("remote_exists", "remote_created", "remote_enrolled"),
        "Accounts of other Moodle sites (MNet) are out of scope: such a row is `error_unsupported`.",
    ),
    (
        ("error_template_file", "error_template_no_backup", "error_template_precheck"),
        (
            "Templates are copied live from course to course; no backup file is read. A copy that Moodle refuses "
            "is `error_template_restore`, a template that is not there `error_unknown_template`."
        ),
    ),
    (
        ("error_sections",),
        (
            "Moodle makes sections with the course and refuses the whole course: `error_create`. Their titles "
            "cannot be set: `warn_ignored_column`."
        ),
    ),
    (
        ("error_teacher",),
        (
            "A teacher is enrolled like anybody: `error_unknown_user`, `error_unknown_role`, `error_enrol`, "
            "beside the course that is made."
        ),
    ),
    (("skipped_option",), "A part of a reset that is not asked for is not mentioned."),
    (("skipped_no_file",), "Without a file there is no run: the command is skipped, and nothing is written."),
    (
        ("error_bad_setting",),
        (
            "A configuration is checked as a whole before anything starts: `error_configuration` names the key "
            "and its line."
        ),
    ),
    (
        ("error_permission",),
        (
            "A missing capability is the run's failure where nothing can be done without it (`error_moodle`, "
            "`error_remote`), and otherwise the error of what was refused, such as `error_enrol`; the doctor "
            "names it."
        ),
    ),
    (("skipped_comment",), "A comment is no row: it is in no report and in no tryback."),
)
