"""All objects of a bucket in name order, page by page, with the few facts that a comparison needs."""

from collections.abc import Iterator
from typing import NamedTuple

from app.services.storage.errors import mapped_errors
from app.services.storage.object_store import CALL_TIMEOUT, PAGE_SIZE, ObjectStore

FIELDS = "items(name,size,md5Hash,generation,timeCreated),nextPageToken"


class ListedObject(NamedTuple):
    """Metadata of an object in a listing.

    Attributes:
        md5: Base64; None for composite objects.
        created: RFC 3339, in UTC.
    """

    name: str
    size: int
    md5: str | None
    generation: int
    created: str


def list_pages(store: ObjectStore, prefix: str = "") -> Iterator[list[ListedObject]]:
    """Yield pages of objects below `prefix`. Blocks: call `next` in a thread.

    Names are in the order of their UTF-8 bytes, which is also the order of Python's strings. The objects of
    one page existed at the same time; objects may be created and deleted between pages.

    Raises:
        BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
    """
    with store.mapped_bucket_errors():
        listing = store.bucket.list_blobs(
            prefix=prefix or None,
            fields=FIELDS,
            page_size=PAGE_SIZE,
            timeout=CALL_TIMEOUT,
            retry=store.make_retry(),
        )
        for page in listing.pages:
            # The raw response: a `Blob` for each of 100,000 objects would cost more than the request.
            items = page.raw_page.get("items", ())
            with mapped_errors(bucket=store.bucket_name, subject=f"bucket {store.bucket_name}"):
                found = [
                    ListedObject(
                        item["name"],
                        int(item["size"]),
                        item.get("md5Hash"),
                        int(item["generation"]),
                        item["timeCreated"],
                    )
                    for item in items
                ]
            yield found
