"""Which Almoner this is."""

from __future__ import annotations

from functools import cache


@cache
def app_version() -> str:
    """The version of this program, as IT sees it in the list of devices; empty when it cannot be told."""
    from importlib.metadata import PackageNotFoundError, version  # not needed before the first round

    try:
        return version("almoner")
    except PackageNotFoundError:
        return ""
