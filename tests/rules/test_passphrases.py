"""A passphrase that guards a laptop must be hard to guess and easy to keep in mind."""

import pytest

from almoner.rules.passphrases import passphrase_weakness


@pytest.mark.parametrize(
    ("passphrase", "says"),
    [
        ("short words", "at least 16"),
        ("x" * 201, "at most 200"),
        ("aaaaaaaaaabbbbbbbbbb", "repeats"),
        ("nair kettle harbour", "your name"),
        ("my password is long", "guessed first"),
        ("", "at least 16"),
    ],
)
def test_weak_passphrases_are_refused_with_a_reason(passphrase: str, says: str) -> None:
    """Each kind of weakness has its own sentence, which says what to do instead."""
    assert says in passphrase_weakness(passphrase, "priya.nair")


@pytest.mark.parametrize("passphrase", ["kettle harbour violin", "Mae hen wlad fy nhadau", "correct horse battery"])
def test_a_few_unrelated_words_will_do(passphrase: str) -> None:
    """Length is what counts: no digits or odd characters are asked for."""
    assert passphrase_weakness(passphrase, "priya.nair") == ""
