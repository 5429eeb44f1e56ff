from almoner.rules.toml_places import TomlPlaces

TEXT = '''title = "Damp" # [not a table]
words = """
[stage]
code = "inside words"
"""

[one]
key = 1
[[stage]] # first
code = "a"
list = [
  "x", # "not an item"
  { code = "y", title = "[z]" },
]
[[stage]]
code = 'b # "'
other = ["p", "q"]
'''


def test_tables_and_keys_are_found_on_their_lines() -> None:
    """Headers and keys are placed; brackets in comments and words are not headers."""
    places = TomlPlaces(TEXT)

    assert [places.table("stage", n) for n in (0, 1)] == [9, 15]
    assert places.table("one") == 7
    assert places.key("", 0, "words") == 2
    assert places.key("one", 0, "key") == 8
    assert [places.key("stage", n, "code") for n in (0, 1)] == [10, 16]


def test_items_of_a_list_are_found_on_their_lines() -> None:
    """Each item of an array has its own line, whether a word or a small table."""
    places = TomlPlaces(TEXT)

    assert [places.item("stage", 0, "list", n) for n in (0, 1)] == [12, 13]
    assert [places.item("stage", 1, "other", n) for n in (0, 1)] == [17, 17]


def test_what_cannot_be_placed_has_the_nearest_line_above() -> None:
    """A key that is not there is placed at its table, and an unknown table at the top."""
    places = TomlPlaces(TEXT)

    assert places.key("stage", 1, "title") == 15
    assert places.item("stage", 1, "other", 9) == 17
    assert places.table("clock", 3) == 1
