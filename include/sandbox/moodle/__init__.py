"""The stand-in Moodle: one module per area of web-service functions.

Importing the package declares every function; a new area is a new module beside these.
"""

from include.sandbox.moodle import cohorts, courses, site, users_read, users_write

__all__ = ["cohorts", "courses", "site", "users_read", "users_write"]
