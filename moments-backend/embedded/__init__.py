"""The embedded servers of `make run`: PostgreSQL, Valkey and a Cloud Storage emulator, from Python wheels.

Nothing in `app` imports this package. The settings read the servers' addresses from `stack.env`, which exists
while they run (`app/core/embedded_settings.py`).
"""
