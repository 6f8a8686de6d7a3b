"""A folder of videos becomes a library: every file probed, stored in the bucket and registered.

`scan` reads the folder, `plan` decides about each file, a mode (`migrate`, `rehearse`, `verify`, `repair`)
handles one video, `run` runs many at once, `blocks` and `report` put it into words. `service` joins them.
"""
