"""What makes a passphrase good enough to guard a laptop full of other people's lives.

Follows NCSC guidance ("three random words"; length over odd characters; refuse what is easily guessed).
"""

SHORTEST = 16
FEWEST_DIFFERENT = 7
LONGEST = 200

_EASY = ("password", "passphrase", "almoner", "qwerty", "letmein", "welcome", "council", "12345", "abcdef")


def passphrase_weakness(passphrase: str, user: str = "") -> str:
    """Return what is wrong with a new passphrase and what to do, or "" when it will do.

    `user` is the user's name, which must not be in it.
    """
    plain = passphrase.casefold()
    if len(passphrase) < SHORTEST:
        return f"Use at least {SHORTEST} characters, for example three or four words that do not belong together."
    if len(passphrase) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if len(set(plain.replace(" ", ""))) < FEWEST_DIFFERENT:
        return "Too much of it repeats. Use three or four different words."
    if any(len(part) > 2 and part in plain for part in user.casefold().replace(".", " ").split()):
        return "It holds your name, which is easily guessed. Use other words."
    if any(easy in plain for easy in _EASY):
        return "It holds a word that is guessed first, such as “password”. Use other words."
    return ""
