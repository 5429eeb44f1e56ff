"""Where attachments lie: a folder of this computer, or an object store such as S3, by its address."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from almoner.records.trouble import Trouble

_FOLDER = "file://"
_SCHEMES = ("s3://", "s3a://", "gs://", "az://", "abfs://", "abfss://", "memory://")


def open_object_store(address: str) -> ObjectStore:
    """The store at an address: `file:///…` or a plain path for a folder, which is made when it is not there; `s3://…`,
    `gs://…` or `az://…` for an object store, whose keys are read from the environment. Raises Trouble."""
    try:
        if address.startswith(_SCHEMES):
            return from_url(address)
        folder = folder_of(address)
        assert folder is not None, "what is not an object store is a folder"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder, automatic_cleanup=True)
    except (BaseError, OSError, ValueError) as fault:
        raise _unusable(address) from fault


def prove_object_store(address: str) -> None:
    """Write a small object and take it away again. Raises Trouble when that cannot be done."""
    store, probe = open_object_store(address), f"probe-{uuid.uuid4().hex}"
    try:
        obstore.put(store, probe, b"almoner", use_multipart=False)
        obstore.delete(store, probe)
    except (BaseError, OSError) as fault:
        raise _unusable(address) from fault


def folder_of(address: str) -> Path | None:
    """The folder an address names; None for an object store."""
    if address.startswith(_SCHEMES):
        return None
    if address.startswith(_FOLDER):
        return Path(url2pathname(urlsplit(address).path))
    return Path(address).absolute()


def files_address(typed: str) -> str:
    """The address as every worker process understands it, wherever it is started."""
    folder = folder_of(typed)
    return typed if folder is None else str(folder)


def make_durable(store: ObjectStore, path: str) -> None:
    """Make an object that was just written outlast a loss of power. Other stores than folders do so by themselves."""
    if not isinstance(store, LocalStore) or store.prefix is None:
        return
    written = Path(store.prefix) / path
    with open(written, "r+b") as file:
        os.fsync(file.fileno())
    if os.name == "posix":
        handle = os.open(written.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unusable(address: str) -> Trouble:
    """The address is named without what may be a secret in it."""
    parts = urlsplit(address)
    shown = address if "@" not in address else f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    if folder_of(address) is not None:
        return Trouble(
            "The folder of attachments cannot be written.",
            "Give this user the right to write there and see that the disk is not full, or name another with --files.",
            shown,
        )
    return Trouble(
        "The store of attachments cannot be used.",
        "See that its address is right and that the environment holds its keys (AWS_ACCESS_KEY_ID and the like).",
        shown,
    )
