"""The embedded stack: PostgreSQL, Valkey and a GCS server out of wheels, for one machine.

Nothing in `app` imports it. It is joined to the product by the file `stack.env` alone, which the settings
read while the stack runs (`app/core/embedded_settings.py`).
"""
