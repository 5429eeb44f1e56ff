"""Faults of the disk and the database, told in words for a caseworker."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from almoner.records.trouble import Trouble


class Interrupted(Exception):
    """A query was stopped because its answer is no longer wanted."""


class StoreFault(Trouble):
    """The store or its disk failed, whatever was to be saved: the whole transaction is given up."""


class DamagedStore(StoreFault):
    """The store cannot be read; the way on is recovery, never a new empty store."""


class DiskFull(StoreFault):
    """Nothing more can be written until space is made."""


def disk_full() -> DiskFull:
    """What to say when the disk is full."""
    return DiskFull(
        "The disk of this computer is full, so this was not saved.",
        "Delete files you do not need or empty the bin, then save again. Everything saved before is safe.",
    )


def damaged(where: str = "") -> DamagedStore:
    """What to say when pages of the store cannot be read."""
    return DamagedStore(
        "The store on this computer is damaged and was closed, so that nothing more is lost.",
        "Choose Repair store, or ask your IT service desk to run `almoner store repair`. Your unsent work is also kept "
        "in a separate file.",
        where,
    )


def _of_database(error: Exception) -> Exception:
    text = str(error).lower()
    if "interrupted" in text:
        return Interrupted()
    if "is full" in text:
        return disk_full()
    if "malformed" in text or "not a database" in text or "file is encrypted" in text:
        return damaged()
    if "readonly" in text or "read-only" in text:
        return read_only()
    if "locked" in text or "busy" in text:
        return StoreFault("Another program is using the store.", "Close other copies of Almoner, then try again.")
    if "disk i/o" in text or "unable to open" in text:
        return unreadable()
    return error


def read_only() -> StoreFault:
    """What to say when the folder refuses to be written."""
    return StoreFault(
        "Almoner may not write to its folder on this computer, so nothing was saved.",
        "Ask your IT service desk to give you full access to the folder, then try again.",
    )


def unreadable() -> StoreFault:
    """What to say when the disk answers with an error."""
    return StoreFault(
        "The disk of this computer reported an error, so this was not saved.",
        "Try again. If it happens again, stop using this computer and tell your IT service desk.",
    )


def _of_system(error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return disk_full()
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return read_only()
    return unreadable()


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what the database or the disk says into Trouble (or Interrupted); our own mistakes pass unchanged."""
    try:
        yield
    except DBAPIError as error:
        told = _of_database(error.orig if isinstance(error.orig, Exception) else error)
        if told is error.orig:
            raise
        raise told from error
    except dbapi2.Error as error:
        told = _of_database(error)
        if told is error:
            raise
        raise told from error
    except OSError as error:
        raise _of_system(error) from error
