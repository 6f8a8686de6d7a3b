"""Google Cloud Storage: the only package that imports `google.*`.

`client` connects, `objects` speaks to the service and translates its errors, `transfer` sends one file
safely, `signing` makes links. `app.services.storage.gcs_uploader.GCSUploader` is what others use.
"""
