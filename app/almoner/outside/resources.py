"""Where the files a council may edit, and the migrations, are found on this machine."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_CHECKOUT = _PACKAGE.parent.parent


def resources_dir() -> Path:
    """Return the folder of service lines, letters, fonts, icons and words.

    An installed wheel carries it as `almoner/_resources`; a checkout has it at the top of the repository.
    """
    return _installed_or_checkout("_resources", "resources")


def migrations_dir() -> Path:
    """Return the folder that holds `local` and `central`, the migrations of the two stores."""
    return _installed_or_checkout("_migrations", "migrations")


def _installed_or_checkout(installed: str, checkout: str) -> Path:
    """Return the packaged folder when there is one, else the one at the top of the checkout."""
    packaged = _PACKAGE / installed
    found = packaged if packaged.is_dir() else _CHECKOUT / checkout
    assert found.is_dir(), f"this copy of Almoner has no {checkout} folder"
    return found
