"""Talks with Moodle 4.5 through its REST web services."""
