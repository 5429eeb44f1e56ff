"""Where an encrypted file lies: its name tells nothing about what it holds."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path


def files_folder(folder: Path) -> Path:
    """Where the encrypted files of a store's folder lie."""
    return folder / "files"


def sealed_path(folder: Path, names_key: bytes, sha256: str) -> Path:
    """The place of the file whose content has this SHA-256 (hex), in the store of `folder`."""
    assert len(sha256) == 64, "a SHA-256 in hex has 64 characters"
    name = hmac.new(names_key, sha256.encode(), hashlib.sha256).hexdigest()
    return files_folder(folder) / name[:2] / name
