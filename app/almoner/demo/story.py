"""The story, step by step: one damp and mould case, taken with no network, to the centre, onto paper, and back."""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from PySide6.QtWidgets import QAbstractButton, QApplication

from almoner.casework.ports import FileVault
from almoner.demo.disagreeing import disagree
from almoner.demo.ground import PASSPHRASE
from almoner.demo.hand import until
from almoner.demo.laptops import Laptop
from almoner.demo.steps import in_form, open_case, save_form, shows
from almoner.demo.walk import Checks, Walk
from almoner.desktop.screen import Target
from almoner.paper.profiles import PrintProfile, load_profiles
from almoner.paper.proof import stray_ink
from almoner.paper.reading_back import text_of
from almoner.records import Case, Clock, ContactPoint, Letter, Note, Person
from almoner.records.trouble import Trouble
from almoner.rules.words import full_date
from almoner.store.lists import CaseFilter, count_cases, count_people
from almoner.store.outbox import unsent_count
from almoner.store.timeline import case_view, timeline

PRIYA, OWEN, HELEN = "priya.nair", "owen.price", "helen.marchbank"
COMFORT = "Comfort Adjei"


def set_up(walk: Walk) -> Checks:
    """A new laptop is set up in its own window; what its officer may see is there."""
    priya = walk.laptop(PRIYA)
    _reach(priya, "All sent")
    people = priya.look(count_people)
    cases = priya.look(
        lambda reading: count_cases(reading, CaseFilter("all"), priya.session.desk.me, priya.session.desk.clock.now())
    )
    walk.picture(priya.hand, "01-my-work")
    return {"residents": people, "cases of the team": cases, "people are there": people > 0, "sync": "All sent"}


def cut(walk: Walk) -> Checks:
    """The network goes away; the window says so and everything goes on."""
    priya = walk.laptop(PRIYA)
    priya.line.cut()
    priya.session.network.sync_now()
    _reach(priya, "Offline, all sent")
    return {"pill": priya.session.network.state().words, "line is cut": not priya.line.is_whole}


def find(walk: Walk) -> Checks:
    """One box finds a resident by part of a name, a slip, a postcode, a telephone, an address; a case by reference."""
    priya = walk.laptop(PRIYA)
    comfort = _person(priya, COMFORT)
    walk.learnt["comfort"] = comfort.id
    phone = priya.look(lambda reading: reading.all_of(ContactPoint, person_id=comfort.id))[0].value
    case = priya.look(lambda reading: reading.all_of(Case, limit=1))[0]
    words = {
        "part of a name": "adj com",
        "a slip": "Comfrot Adjie",
        "postcode": "as1 4qt",
        "telephone": phone,
        "address": "14B Tarn",
    }
    checks: Checks = {}
    for way, typed in words.items():
        checks[f"by {way}"] = comfort.id in _search(priya, typed)
        if way == "a slip":
            walk.picture(priya.hand, "02-search")
    checks["by case reference"] = case.id in _search(priya, case.reference.lower().replace("-", " "))
    priya.hand.press("Escape")
    return checks


def see_person(walk: Walk) -> Checks:
    """The resident's page: how to reach them, household, addresses, every case."""
    priya = walk.laptop(PRIYA)
    _search(priya, COMFORT)
    priya.hand.press("Return")
    until(lambda: priya.session.shell.current.screen == "person", "the resident's page")
    until(lambda: shows(priya, COMFORT), "the resident's name")
    walk.picture(priya.hand, "03-person")
    safe = _person(priya, "Lena Marsh")
    priya.session.shell.go(Target("person", safe.id))
    until(lambda: shows(priya, "Lena Marsh"), "the resident who must be reached safely")
    walk.picture(priya.hand, "04-person-safe-contact")
    return {"page": priya.session.shell.current.screen, "safe contact is said": shows(priya, "Hob Lane", "ollect")}


def log(walk: Walk) -> Checks:
    """A damp and mould case is logged by keyboard; one sentence says what is due, when and why."""
    priya = walk.laptop(PRIYA)
    hand, shell = priya.hand, priya.session.shell
    before = set(_ids(priya, Case))
    hand.press("Ctrl+N")
    until(lambda: shell.current.screen == "new-case", "the form for a new case")
    hand.to("Who is it about?")
    hand.write(COMFORT)
    until(lambda: shows(priya, COMFORT), "the resident is offered")
    hand.press("Return")
    until(lambda: shows(priya, "14B Tarn Court"), "the resident is chosen")
    _choose(priya, "Kind of report", 1)
    hand.fill("What were you told?", "Black mould in the child's bedroom, worse since October. Her son, 3, has asthma.")
    until(lambda: shows(priya, "10 working days from"), "the sentence about the clock")
    walk.picture(hand, "05-new-case")
    hand.press("Ctrl+Return")
    until(lambda: bool(set(_ids(priya, Case)) - before), "the case is saved")
    until(lambda: shows(priya, "Logged as"), "the page that says what was logged")
    case_id = (set(_ids(priya, Case)) - before).pop()
    walk.learnt["case"] = case_id
    case = priya.look(lambda reading: reading.get(Case, case_id))
    clocks = priya.look(lambda reading: reading.all_of(Clock, case_id=case_id))
    walk.learnt["reference"] = case.reference
    walk.picture(hand, "06-logged")
    return {
        "reference": case.reference,
        "clock": clocks[0].title,
        "due": clocks[0].due_on.isoformat(),
        "why": clocks[0].why,
        "one clock runs": len(clocks) == 1,
        "told in one sentence": shows(priya, clocks[0].why),
    }


def work(walk: Walk) -> Checks:
    """Note, contact attempt, task, photo and a stage: one timeline with who and when."""
    priya = walk.laptop(PRIYA)
    hand, case_id = priya.hand, walk.learnt["case"]
    open_case(walk, priya)
    hand.press("Ctrl+Shift+N")
    hand.write("Spoke to Ms Adjei. The mould has spread to the window wall; she airs the room twice a day.")
    hand.press("Ctrl+Return")
    until(lambda: len(priya.look(lambda reading: reading.all_of(Note, case_id=case_id))) == 1, "the note is saved")
    _form(walk, "Ctrl+Shift+A", "Record a contact attempt", (("How", 1), ("What came of it", 0)), {})
    _form(walk, "Ctrl+Shift+T", "Add a task", (), {"To do": "Book the surveyor", "Do by": "tomorrow"})
    priya.paperwork.files = (_photo(walk),)
    _form(walk, "Ctrl+Shift+F", "", (), {"Description": "Black mould above the child's bed"})
    until(lambda: len(priya.look(lambda reading: case_view(reading, case_id)).attachments) == 1, "the photo is kept")
    walk.picture(hand, "07-case")
    view = priya.look(lambda reading: case_view(reading, case_id))
    entries = priya.look(lambda reading: timeline(reading, case_id))
    return {
        "tasks": len(view.tasks),
        "files": len(view.attachments),
        "timeline": [entry.heading for entry in entries],
        "every entry says who": all(entry.who for entry in entries),
        "nothing is sent yet": not any(entry.sent for entry in entries),
    }


def move(walk: Walk) -> Checks:
    """The case moves to the next stage, which needs one answer; the timeline says so."""
    priya = walk.laptop(PRIYA)
    case_id = walk.learnt["case"]
    before = priya.look(lambda reading: reading.get(Case, case_id)).stage
    open_case(walk, priya)
    priya.hand.press("Ctrl+Shift+M")
    in_form(priya, "Move from")
    walk.picture(priya.hand, "08-move-stage")
    _choose(priya, "Where to", 0)
    _choose(priya, "Risk level", 1)
    save_form(priya)
    until(lambda: priya.look(lambda reading: reading.get(Case, case_id)).stage != before, "the stage has changed")
    after = priya.look(lambda reading: reading.get(Case, case_id)).stage
    return {"from": before, "to": after, "moved": after != before}


def letter(walk: Walk) -> Checks:
    """The acknowledgement: filled, previewed, checked, filed, printed and saved; the address inside its box."""
    priya = walk.laptop(PRIYA)
    hand, shell, case_id = priya.hand, priya.session.shell, walk.learnt["case"]
    shell.go(Target("letter", case_id, "acknowledgement"))
    until(lambda: shows(priya, "File on the case"), "the letter")
    until(lambda: _can(priya, "File on the case"), "the letter may be filed")
    walk.picture(hand, "09-letter")
    hand.press("Ctrl+S")
    until(lambda: len(_letters(priya, case_id)) == 1, "the letter is filed")
    until(lambda: _can(priya, "Print"), "the letter may be printed")
    hand.press("Ctrl+P")
    until(lambda: len(priya.paperwork.printed) == 1, "the letter is printed")
    until(lambda: _can(priya, "Save as PDF"), "the letter may be saved")
    hand.press("Ctrl+Shift+S")
    until(lambda: len(priya.paperwork.saved) == 1 and priya.paperwork.saved[0].exists(), "the letter is saved")
    walk.picture(hand, "10-letter-filed")
    content = priya.paperwork.saved[0].read_bytes()
    (walk.out / "acknowledgement.pdf").write_bytes(content)
    words = " ".join(text_of(content).split())
    clock = priya.look(lambda reading: reading.all_of(Clock, case_id=case_id))[0]
    return {
        "letter": _letters(priya, case_id)[0].title,
        "names the case": walk.learnt["reference"] in words,
        "gives the due date": full_date(clock.due_on) in words,
        "address": "14B Tarn Court" in words and "AS1 4QT" in words,
        "kept within its zones": stray_ink(content, _profile(priya)) == (),
    }


def summary(walk: Walk) -> Checks:
    """The case summary for the file, printed."""
    priya = walk.laptop(PRIYA)
    hand, case_id = priya.hand, walk.learnt["case"]
    priya.session.shell.go(Target("letter", case_id, "case-summary"))
    until(lambda: shows(priya, "summary") and _can(priya, "Print"), "the summary")
    walk.picture(hand, "11-case-summary")
    hand.press("Ctrl+P")
    until(lambda: len(priya.paperwork.printed) == 2, "the summary is printed")
    printed = sorted(priya.paperwork.folder.glob("printed 02*.pdf"))[0].read_bytes()
    (walk.out / "case-summary.pdf").write_bytes(printed)
    words = text_of(printed)
    return {"names the case": walk.learnt["reference"] in words, "has the note": "window wall" in words}


def unsent(walk: Walk) -> Checks:
    """What is not sent is counted in the pill and listed line by line."""
    priya = walk.laptop(PRIYA)
    priya.session.shell.go(Target("sync"))
    count = priya.look(unsent_count)
    until(lambda: shows(priya, "Sync now"), "the page about sync")
    until(lambda: f"{count:,} to send" in priya.session.network.state().words, "the pill counts")
    walk.picture(priya.hand, "12-sync-offline")
    return {"pill": priya.session.network.state().words, "unsent": count, "some are": count > 5}


def restore(walk: Walk) -> Checks:
    """The network comes back; everything is sent and the copies are proved equal."""
    priya = walk.laptop(PRIYA)
    priya.line.restore()
    priya.session.network.sync_now()
    _reach(priya, "All sent")
    walk.picture(priya.hand, "13-sync-all-sent")
    return {"pill": "All sent", "unsent": priya.look(unsent_count), "nothing is left": priya.look(unsent_count) == 0}


def answer(walk: Walk) -> Checks:
    """A second officer on another laptop sees the case, its photo and its letter, and answers with a note."""
    owen = walk.laptop(OWEN)
    case_id = walk.learnt["case"]
    _reach(owen, "All sent")
    found = case_id in _search(owen, walk.learnt["reference"])
    owen.hand.press("Escape")
    open_case(walk, owen)
    until(lambda: shows(owen, "window wall"), "the note of the first officer")
    owen.hand.press("Ctrl+Shift+N")
    owen.hand.write("I can visit on Thursday at 9:30 and will bring the damp meter.")
    owen.hand.press("Ctrl+Return")
    until(lambda: len(owen.look(lambda reading: reading.all_of(Note, case_id=case_id))) == 2, "the answer is saved")
    owen.session.network.sync_now()
    _reach(owen, "All sent")
    walk.picture(owen.hand, "14-second-laptop")
    vault = owen.session.desk.files
    view = owen.look(lambda reading: case_view(reading, case_id))
    photo = next(each for each in view.attachments if each.media_type.startswith("image/"))
    until(lambda: _has(vault, photo.sha256), "the photo has arrived whole")
    return {"found by reference": found, "letters": len(view.letters), "photo arrived": _has(vault, photo.sha256)}


def back(walk: Walk) -> Checks:
    """The answer comes back to the first laptop, with who and when."""
    priya = walk.laptop(PRIYA)
    priya.hand.front()
    open_case(walk, priya)
    priya.session.network.sync_now()
    until(lambda: shows(priya, "damp meter"), "the answer of the second officer")
    walk.picture(priya.hand, "15-answered")
    return {"seen": shows(priya, "damp meter", "Owen Price")}


def report(walk: Walk) -> Checks:
    """The supervisor's caseload report: on screen, as PDF and as CSV, with totals that reconcile."""
    helen = walk.laptop(HELEN)
    helen.session.shell.go(Target("reports"))
    until(lambda: _can(helen, "Save as PDF") and shows(helen, "Cases that came and went"), "the report")
    walk.picture(helen.hand, "16-report")
    for at, button in enumerate(("Save as PDF", "Save as CSV"), start=1):
        helen.hand.to(button)
        helen.hand.press("Space")
        until(partial(_saved, helen, at), f"saved by “{button}”")
    pdf, csv = (path.read_bytes() for path in helen.paperwork.saved)
    (walk.out / "caseload-report.pdf").write_bytes(pdf)
    (walk.out / "caseload-report.csv").write_bytes(csv)
    return {"pdf": len(pdf) > 1000, "csv rows": csv.count(b"\n"), "reconciles": _reconciles(csv.decode("utf-8-sig"))}


def others(walk: Walk) -> Checks:
    """Every other screen, by the keys that lead to it."""
    priya = walk.laptop(PRIYA)
    priya.hand.front()
    seen = []
    for number, name in enumerate(("work", "residents", "cases", "letters", "reports", "sync", "settle"), start=1):
        priya.hand.press(f"Ctrl+{number}")
        until(partial(_is_at, priya, name), f"the screen {name}")
        _settle(priya)
        walk.picture(priya.hand, f"2{number}-{name}")
        seen.append(name)
    priya.session.shell.go(Target("new-person"))
    _settle(priya)
    walk.picture(priya.hand, "28-new-person")
    helen = walk.laptop(HELEN)
    helen.hand.front()
    helen.hand.press("Ctrl+8")
    until(partial(_is_at, helen, "devices"), "the screen devices")
    until(lambda: shows(helen, "devices, as at"), "the office says which devices there are")
    _settle(helen)
    walk.picture(helen.hand, "29-devices")
    return {"screens": [*seen, "devices"]}


def lock(walk: Walk) -> Checks:
    """Locked, the window is gone and the store is closed; the passphrase opens it again, and nothing is lost."""
    priya = walk.laptop(PRIYA)
    before = _notes(walk, priya)
    priya.hand.press("Ctrl+L")
    until(lambda: priya.program.door is not None and priya.program.session is None, "the window is locked")
    walk.picture(priya.hand, "30-locked")
    priya.hand.front()
    priya.hand.fill("Passphrase", PASSPHRASE)
    priya.hand.press("Return")
    until(lambda: priya.program.session is not None, "unlocked again")
    return {"notes are still there": _notes(walk, priya) == before > 1}


def _notes(walk: Walk, laptop: Laptop) -> int:
    return len(laptop.look(lambda reading: reading.all_of(Note, case_id=walk.learnt["case"])))


STORY: Sequence[tuple[str, Callable[[Walk], Checks]]] = (
    ("Set up a laptop", set_up),
    ("Cut the network", cut),
    ("Find a resident six ways", find),
    ("See the person", see_person),
    ("Log a damp and mould case", log),
    ("Work the case", work),
    ("Move the case", move),
    ("Make the acknowledgement letter", letter),
    ("Print the case summary", summary),
    ("List what is unsent", unsent),
    ("Restore the network", restore),
    ("Answer from a second laptop", answer),
    ("See the answer", back),
    ("Settle what two people changed", partial(disagree, owner=PRIYA, colleague=OWEN)),
    ("Report on the caseload", report),
    ("Look at every screen", others),
    ("Lock and unlock", lock),
)


def _reach(laptop: Laptop, words: str, seconds: float = 60.0) -> None:
    until(lambda: laptop.session.network.state().words == words, f"the pill says “{words}”", seconds)


def _person(laptop: Laptop, name: str) -> Person:
    return laptop.look(lambda reading: reading.all_of(Person, full_name=name))[0]


def _ids(laptop: Laptop, kind: type[Case]) -> tuple[str, ...]:
    found = laptop.look(lambda reading: reading.all_of(kind, order="recorded_at", descending=True, limit=20))
    return tuple(record.id for record in found)


def _search(laptop: Laptop, typed: str) -> list[str]:
    """Type into the one box and give the ids of what drops from it."""
    hand, search = laptop.hand, laptop.session.shell.search
    hand.front()
    hand.press("Ctrl+K")
    until(search.hasFocus, "the search box has the keyboard")
    hand.press("Ctrl+A")
    search.popup.hide()
    hand.write(typed)
    until(search.popup.isVisible, f"results for {typed}")
    return [hit.id for hit in search.popup.hits]


def _choose(laptop: Laptop, name: str, steps: int) -> None:
    """Choose a pill of a row: as many steps to the right as asked, then press it unless it is on already."""
    laptop.hand.to(name)
    for _ in range(steps):
        laptop.hand.press("Right")
    at = QApplication.focusWidget()
    if not (isinstance(at, QAbstractButton) and at.isChecked()):
        laptop.hand.press("Space")


def _form(walk: Walk, keys: str, title: str, pills: Sequence[tuple[str, int]], words: dict[str, str]) -> None:
    """Open a form over the case by its keys, choose, type, save."""
    priya = walk.laptop(PRIYA)
    priya.hand.press(keys)
    in_form(priya, title)
    for name, steps in pills:
        _choose(priya, name, steps)
    for name, text in words.items():
        priya.hand.fill(name, text)
    save_form(priya)


def _can(laptop: Laptop, button: str) -> bool:
    """Whether a button with these words can be pressed."""
    found = [each for each in laptop.hand.window.findChildren(QAbstractButton) if each.text() == button]
    return any(each.isVisible() and each.isEnabled() for each in found)


def _saved(laptop: Laptop, count: int) -> bool:
    """Whether so many papers were saved as files."""
    saved = laptop.paperwork.saved
    return len(saved) == count and saved[-1].exists()


def _is_at(laptop: Laptop, screen: str) -> bool:
    return laptop.session.shell.current.screen == screen


def _letters(laptop: Laptop, case_id: str) -> tuple[Letter, ...]:
    return laptop.look(lambda reading: reading.all_of(Letter, case_id=case_id))


def _profile(laptop: Laptop) -> PrintProfile:
    desk = laptop.session.desk
    return load_profiles(desk.resources / "print-profiles")[desk.council.print_profile]


def _has(vault: FileVault, sha256: str) -> bool:
    """Whether a file is on the laptop, whole."""
    try:
        return bool(vault.read(sha256))
    except Trouble:
        return False


def _photo(walk: Walk) -> Path:
    """A picture of a wall with mould, drawn here: nobody's wall."""
    chance = random.Random(7)  # noqa: S311  the same wall each time
    picture = Image.new("RGB", (1600, 1200), (214, 205, 190))
    draw = ImageDraw.Draw(picture)
    for _ in range(900):
        x, y = chance.gauss(1100, 260), chance.gauss(260, 170)
        size = chance.uniform(2, 26)
        shade = chance.randint(30, 90)
        draw.ellipse((x, y, x + size, y + size), fill=(shade, shade + 6, shade))
    path = walk.out / "photo.jpg"
    picture.filter(ImageFilter.GaussianBlur(2)).save(path, quality=88)
    return path


def _settle(laptop: Laptop) -> None:
    """Let a screen read what it shows."""
    answered: list[int] = []
    laptop.session.doors.read(lambda reading: unsent_count(reading), done=answered.append)
    until(lambda: bool(answered), "the store answers")


def _reconciles(csv_text: str) -> bool:
    """Whether, in every line of its table, brought forward and opened equal closed and carried forward."""
    rows = list(csv.reader(io.StringIO(csv_text)))
    head = next(at for at, row in enumerate(rows) if "Brought forward" in row)
    names = rows[head]
    lines = [dict(zip(names, row, strict=False)) for row in itertools.takewhile(any, rows[head + 1 :])]
    sums = [
        int(line["Brought forward"]) + int(line["Opened"]) == int(line["Closed"]) + int(line["Carried forward"])
        for line in lines
    ]
    return bool(sums) and all(sums)
