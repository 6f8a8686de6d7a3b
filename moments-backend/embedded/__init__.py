"""The embedded servers of `make run`: PostgreSQL and Valkey from wheels, and a Cloud Storage server.

Nothing in `app` imports this package. The settings read the servers' addresses from `stack.env`, which exists
while they run (`app/core/embedded_settings.py`).
"""
