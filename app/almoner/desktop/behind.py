"""What is loaded behind the window for unlocking, while a person types: the store, sync, and every screen."""

from almoner.desktop.session import Session
from almoner.outside.opening import enrol, unlock_store
from almoner.store.keys import seconds_to_wait

__all__ = ["Session", "enrol", "seconds_to_wait", "unlock_store"]
