"""The query parameter that makes a browser load a file again."""

from typing import Annotated

from fastapi import Query

VersionParameter = Annotated[
    str | None,
    Query(alias="v", description="Has no effect: another value makes a browser load the file again."),
]
