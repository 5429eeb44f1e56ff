from hypothesis import given, settings
from hypothesis import strategies as st

from almoner.rules.references import ALPHABET, RANDOM_BITS, check_reference, make_reference, tidy_reference

BITS = st.integers(0, 2**RANDOM_BITS - 1)
PREFIXES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=4)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

EXAMPLE = "ASH-7K4M-92QX-3"
SAMPLES = [
    EXAMPLE,
    *(make_reference(prefix, n * 0x12345678AB % 2**40) for n, prefix in enumerate(["OI", "IOW", "ZZZZ"])),
]


def spots(reference: str) -> list[int]:
    return [n for n, character in enumerate(reference) if character != "-"]


def replaced(reference: str, spot: int, character: str) -> str:
    return reference[:spot] + character + reference[spot + 1 :]


def test_the_characters() -> None:
    """32 characters, none of them 0, O, 1 or I."""
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("0O1I")


def test_a_reference_looks_as_printed() -> None:
    """The form people know from letters: prefix, two groups of four, a check character."""
    assert check_reference(EXAMPLE)
    assert make_reference("ASH", 0).startswith("ASH-2222-2222-")


@settings(max_examples=200, deadline=None)
@given(prefix=PREFIXES, bits=BITS, other=BITS)
def test_every_reference_made_is_good_and_says_its_bits(prefix: str, bits: int, other: int) -> None:
    """Each 40 bits give a good reference, and different bits a different one."""
    assert check_reference(make_reference(prefix, bits))
    assert (make_reference(prefix, bits) == make_reference(prefix, other)) == (bits == other)


def test_every_single_wrong_character_is_caught() -> None:
    """Exhaustively: any one character of any place replaced by any other that could stand there."""
    for reference in SAMPLES:
        for spot in spots(reference):
            others = LETTERS if spot < reference.index("-") else ALPHABET
            for character in set(others) - {reference[spot]}:
                assert not check_reference(replaced(reference, spot, character)), (reference, spot, character)


def test_every_pair_of_characters_swapped_is_caught_in_every_place() -> None:
    """Exhaustively: for every two neighbouring places and every two different characters, the swap is caught."""
    sixteen_bits_in = RANDOM_BITS - 10
    for place in range(7):
        for left in range(32):
            for right in range(left):
                bits = ((left << 5) | right) << (sixteen_bits_in - 5 * place)
                reference = make_reference("ASH", bits)
                first = [spot for spot in spots(reference) if spot > 3][place]
                second = [spot for spot in spots(reference) if spot > 3][place + 1]
                swapped = replaced(replaced(reference, first, reference[second]), second, reference[first])
                assert not check_reference(swapped), (reference, swapped)


@settings(max_examples=300, deadline=None)
@given(prefix=PREFIXES, bits=BITS, data=st.data())
def test_any_two_characters_swapped_are_caught(prefix: str, bits: int, data: st.DataObject) -> None:
    """Anywhere in the reference, the prefix and the check character too, neighbours or not."""
    reference = make_reference(prefix, bits)
    one, other = data.draw(st.sampled_from(spots(reference))), data.draw(st.sampled_from(spots(reference)))
    swapped = replaced(replaced(reference, one, reference[other]), other, reference[one])

    assert swapped == reference or not check_reference(swapped)


def test_what_people_type_is_tidied() -> None:
    """Case, spaces and dashes do not matter; look-alikes in the prefix are read as the letter."""
    for typed in (
        "ash-7k4m-92qx-3",
        " ASH 7K4M 92QX 3 ",
        "ash7k4m92qx3",
        "ASH\u20137K4M\u201392QX\u20133",
        "A5H-7K4M-92QX-3",
    ):
        assert tidy_reference(typed) == EXAMPLE
    assert tidy_reference("7k4m-92qx-3", prefix="ASH") == EXAMPLE


def test_a_character_no_reference_has_is_read_by_the_check() -> None:
    """A nought typed for Q, or a one for L or 7, is put right when only one reading fits."""
    assert tidy_reference("ASH-7K4M-920X-3") == EXAMPLE
    assert tidy_reference("ASH-1K4M-92OX-3") == EXAMPLE
    assert tidy_reference("ASH-0K4M-92QX-3") is None


def test_two_readings_that_both_fit_are_not_guessed_between() -> None:
    """LLD6 and 77Q6 both pass the check: opening either case would be a guess, so neither is given."""
    assert check_reference("ASH-LLD6-92QX-3")
    assert check_reference("ASH-77Q6-92QX-3")

    assert tidy_reference("ASH-1106-92QX-3") is None


def test_what_is_not_a_reference_is_nothing() -> None:
    """Names, phone numbers, damaged references and floods of text are not references."""
    for typed in (
        "",
        "Adjei",
        "01632 960001",
        "ASH-7K4M-92QX-4",
        "ASH-7K4M-92QX",
        "A-7K4M-92QX-3",
        "7K4M92QX3",
        "9" * 5000,
    ):
        assert tidy_reference(typed) is None
    assert not check_reference("ash-7k4m-92qx-3")


@settings(max_examples=200, deadline=None)
@given(typed=st.text(max_size=60))
def test_nonsense_never_breaks_it(typed: str) -> None:
    """Whatever is typed, the answer is a good reference or none."""
    found = tidy_reference(typed, prefix="ASH")

    assert found is None or check_reference(found)
