"""Drift: what the last applied rows say and Moodle no longer says. Reads only."""
