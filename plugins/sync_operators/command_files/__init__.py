"""Reads command files as streams, checks their columns, writes back the rows that failed."""
