"""What is loaded behind the window for unlocking, while a person types: the store, sync, and every screen."""

from almoner.casework.lock_page import Hold
from almoner.desktop.ground import hold_now
from almoner.desktop.held import HeldSession
from almoner.desktop.session import Session
from almoner.outside.opening import enrol, unlock_store, with_names
from almoner.outside.wiping import destroy_store, finish_wipes
from almoner.store.keys import seconds_to_wait

__all__ = [
    "HeldSession",
    "Hold",
    "Session",
    "destroy_store",
    "enrol",
    "finish_wipes",
    "hold_now",
    "seconds_to_wait",
    "unlock_store",
    "with_names",
]
