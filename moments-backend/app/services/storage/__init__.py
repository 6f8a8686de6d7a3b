"""Google Cloud Storage: the only package that imports `google.*`.

`GCSUploader` in `gcs_uploader` is the public interface. Below it, `gcs_client` connects, `object_store` makes
single requests, `upload` and `download` transfer one file each, and `signed_urls` signs links.
"""
