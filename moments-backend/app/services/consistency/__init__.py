"""Consistency of table, bucket and disk: comparison, plans, scheduled verification, storage use."""
