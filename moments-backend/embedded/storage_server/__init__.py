"""A Cloud Storage server for one machine, behind the storage of `make run`.

It implements the parts of Google's JSON and XML APIs that google-cloud-storage and rclone use, for one user
on loopback. Every JSON request needs the bearer token of this start, every link a valid V4 signature.
Requests outside that subset are answered with 501, never with a false success.

    application -> json_api, uploads, batch, xml_api -> store, resumable -> index, blobs
"""
