"""The words for what the ledger calls by names: verbs of operations, and the limits they count under."""

from sync_operators.web.language import N_

VERBS = {
    "add": N_("Add"),
    "add_content": N_("Add content"),
    "assign": N_("Assign role"),
    "bind": N_("Put into grouping"),
    "clear": N_("Clear"),
    "copy": N_("Copy"),
    "create": N_("Create"),
    "create_category": N_("Create category"),
    "delete": N_("Delete"),
    "enrol": N_("Enrol"),
    "join": N_("Add to group"),
    "link": N_("Link"),
    "make_cohort": N_("Create cohort"),
    "make_group": N_("Create group"),
    "make_grouping": N_("Create grouping"),
    "move": N_("Move"),
    "purge_group": N_("Delete empty group"),
    "purge_grouping": N_("Delete empty grouping"),
    "remove": N_("Remove"),
    "rename": N_("Rename"),
    "renew": N_("Renew enrolment"),
    "replace": N_("Replace"),
    "replace_content": N_("Replace content"),
    "reset_bonds": N_("Reset groupings of groups"),
    "reset_groupings": N_("Reset groupings"),
    "reset_groups": N_("Reset groups"),
    "reset_members": N_("Reset group members"),
    "reset_roles": N_("Reset enrolments"),
    "set": N_("Set"),
    "suspend": N_("Suspend"),
    "unassign": N_("Take role away"),
    "unenrol": N_("Unenrol"),
    "unlink": N_("Unlink"),
    "unsuspend": N_("Take up again"),
    "update": N_("Update"),
    "update_group": N_("Update group"),
    "update_grouping": N_("Update grouping"),
}

SCOPES = {
    "category": N_("Category"),
    "course": N_("Course"),
    "cohort": N_("Cohort"),
    "institution": N_("Institution"),
}

LIMITS = {
    "create": N_("Created"),
    "update": N_("Updated"),
    "suspend": N_("Suspended"),
    "delete": N_("Deleted"),
    "unenrol": N_("Unenrolled"),
    "remove": N_("Removed"),
    "errors": N_("Rows in error"),
}
