"""Keeps a Moodle site in step with an ERP by command files."""
