"""Bad input at the outermost door, the command: one sentence on the error stream, exit code 1, nothing half-written."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import trustme
from tests.desktop.laptop import PASSPHRASE, set_up
from tests.outside.test_http_peer import fake_server
from tests.outside.test_tls import tls_server

from almoner.cli import main
from almoner.outside.clock import PretendClock
from almoner.outside.laptop import Laptop, read_laptop, write_laptop
from almoner.outside.postgres import EmbeddedPostgres
from almoner.outside.resources import resources_dir
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tokens import TokenKeeper, Tokens
from almoner.records import Person
from almoner.store.check import check
from almoner.store.keys import unlock
from almoner.store.opening import Store, database_path
from almoner.store.outbox import unsent_count
from almoner.sync import messages

ROOT = Path(__file__).resolve().parents[2]
NEXT_DAY = datetime(2026, 12, 18, tzinfo=UTC)
MAPPING = 'kind = "people"\nsource = "old"\nkey = "Id"\n{more}[columns]\nfull_name = "Name"\n'
PEOPLE = "Id,Name\n1,Zoë Penry\n2,Tomos Vale\n"


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one thing it complains of."""
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.err.startswith("almoner: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert self.err.rstrip()[-1] in ".?", self.err
        return self.err


Almoner = Callable[..., Said]


@pytest.fixture
def almoner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Almoner:
    """The command as a person starts it; `typed` comes on its standard input."""

    def run(*words: str | Path, typed: str = f"{PASSPHRASE}\n") -> Said:
        monkeypatch.setattr(sys, "argv", ["almoner", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def secrets() -> MemorySecrets:
    """The keyring of the laptop."""
    return MemorySecrets()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: MemorySecrets) -> Path:
    """A laptop that is set up, with one resident, two officers, a team and a council unsent."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ALMONER_HOME", str(folder))
    monkeypatch.setattr("almoner.cli_desk.system_secrets", lambda: secrets)
    monkeypatch.setattr("almoner.cli_desk.SystemClock", lambda: PretendClock(NEXT_DAY))
    set_up(folder, secrets)
    return folder


def _store_of(home: Path) -> Path:
    (folder,) = (home / "stores").iterdir()
    return folder


def _kept(home: Path, secrets: MemorySecrets) -> tuple[int, int]:
    """Residents, and saves not sent, in a store that is whole."""
    master = unlock(_store_of(home), PASSPHRASE, secrets, now=NEXT_DAY)
    store = Store.open(_store_of(home), master)
    try:
        assert check(store).is_whole
        return store.reader().read(lambda r: (len(r.all_of(Person)), unsent_count(r)))
    finally:
        store.close()


@pytest.mark.parametrize(
    ("content", "more", "says"),
    [
        (PEOPLE.encode("cp1252"), 'encoding = "utf-8"\n', "line 2: The letters of this file cannot be read as utf-8."),
        (PEOPLE.encode("utf-16")[2:], "", "cannot be read as utf-8 or cp1252"),
        (PEOPLE.encode(), 'encoding = "klingon"\n', "“klingon” is not an encoding"),
        (PEOPLE.encode(), 'encoding = "idna"\n', "cannot be read as idna"),
        (PEOPLE.encode(), 'encoding = "hex"\n', "is not an encoding"),
        (PEOPLE.encode(), 'encoding = "a\\u0000b"\n', "is not an encoding"),
        (b"PK\x03\x04" + bytes(99), "", "a spreadsheet, not a CSV file"),
        (b"\x1f\x8b\x08 cut short", "", "cannot be opened"),
        (b"", "", "empty"),
        (b"Id;Namen\n1;Zoe\n", "", "no column “Name”. Did you mean “Namen”?"),
        (b"Id,Name\n1,\"never closed", "", "quotation mark"),
        (PEOPLE.encode(), "encoding = \n", "not valid TOML"),
        (PEOPLE.encode(), 'sauce = "x"\n', "Did you mean “source”?"),
        (PEOPLE.encode(), "delimiter = 5\n", "delimiter"),
    ],
)  # fmt: skip
def test_an_import_that_cannot_be_read_keeps_nothing(
    home: Path, almoner: Almoner, secrets: MemorySecrets, tmp_path: Path, content: bytes, more: str, says: str
) -> None:
    """The wrong encoding, another kind of file or a faulty mapping: what, where, what to do; the store is untouched."""
    file, mapping = tmp_path / "people.csv", tmp_path / "map.toml"
    file.write_bytes(content)
    mapping.write_text(MAPPING.format(more=more), encoding="utf-8")
    before = _kept(home, secrets)

    said = almoner("import", "people", file, "--mapping", mapping)

    assert says in said.sentence
    assert "people.csv" in said.err or "map.toml" in said.err
    assert _kept(home, secrets) == before


def test_files_that_are_not_there_are_named(home: Path, almoner: Almoner, tmp_path: Path) -> None:
    """A missing file, a missing mapping and a mapping that is no text are each named; no mapping at all is a usage."""
    (tmp_path / "map.toml").write_text(MAPPING.format(more=""), encoding="utf-8")
    (tmp_path / "picture.toml").write_bytes(b"\x89PNG\xff")

    assert "none.csv" in almoner("import", "people", tmp_path / "none.csv", "--mapping", tmp_path / "map.toml").sentence
    for mapping in ("none.toml", "picture.toml"):
        assert mapping in almoner("import", "people", tmp_path / "x.csv", "--mapping", tmp_path / mapping).sentence
    usage = almoner("import", "people", tmp_path / "x.csv")
    assert usage.code == 2
    assert "--mapping" in usage.err


def test_guessing_at_the_passphrase_must_wait(home: Path, almoner: Almoner) -> None:
    """Five wrong ones are told so; after that even the right one must wait, through every command."""
    wrong = [almoner("store", "check", typed="wrong wrong wrong\n") for _ in range(4)]
    fifth = almoner("store", "check", typed="\udcff not even text\n")
    sixth = almoner("store", "check", typed="wrong wrong wrong\n")
    right = almoner("sync")

    assert all("The passphrase is not right" in each.sentence for each in wrong)
    assert "not text" in fifth.sentence
    assert "Wait 30 seconds" in sixth.sentence
    assert "too many times" in right.sentence


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def _another_program(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + bytes(8176))


def _gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [_cut, _another_program, _gone])
@pytest.mark.parametrize("command", ["check", "sync", "import"])
def test_a_spoilt_store_is_not_touched_and_can_be_repaired(
    home: Path, almoner: Almoner, tmp_path: Path, spoil: Callable[[Path], None], command: str
) -> None:
    """A corrupt, foreign or missing database is named by every command, and stays as it is for a repair."""
    path = database_path(_store_of(home))
    spoil(path)
    before = path.read_bytes() if path.exists() else None
    (tmp_path / "map.toml").write_text(MAPPING.format(more=""), encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    words: dict[str, list[str | Path]] = {
        "check": ["store", "check"],
        "sync": ["sync"],
        "import": ["import", "people", tmp_path / "people.csv", "--mapping", tmp_path / "map.toml"],
    }

    said = almoner(*words[command])

    assert said.sentence
    assert (path.read_bytes() if path.exists() else None) == before
    repaired = almoner("store", "repair", tmp_path / "new")
    assert repaired.code == 0, repaired.err


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"enrolments": [{"user_id": 5}]}', b'{"theme": "\xff"}', b"[" * 100_000, b"\x00" * 50],
)
@pytest.mark.parametrize("words", [["store", "check"], ["store", "backup", "x"], ["sync"]])
def test_a_damaged_list_of_officers_is_named(home: Path, almoner: Almoner, content: bytes, words: list[str]) -> None:
    """The file is named, the officer is told that the work is safe, and the file is left for IT."""
    (home / "laptop.json").write_bytes(content)

    said = almoner(*words)

    assert "laptop.json" in said.sentence
    assert "Your work is safe" in said.err
    assert (home / "laptop.json").read_bytes() == content


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('to = "concluded"', 'to = "concludid"', "concludid"),
        ('to = "triaged"', 'to = "closed"', "cannot be reached"),
        ("[[stage]]", "[[stages]]", "stage"),
        ('code = "damp-and-mould"', "code = 5", "code"),
    ],
)
def test_a_damaged_service_line_is_named_with_its_line(
    home: Path, almoner: Almoner, monkeypatch: pytest.MonkeyPatch, secrets: MemorySecrets, tmp_path: Path,
    old: str, new: str, says: str,
) -> None:  # fmt: skip
    """A stage that is missing or misspelt stops the command with file and line, and nothing is kept."""
    before = _kept(home, secrets)
    copied = shutil.copytree(resources_dir(), tmp_path / "resources")
    file = copied / "services" / "damp-and-mould.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr("almoner.cli_desk.resources_dir", lambda: copied)
    (tmp_path / "map.toml").write_text(MAPPING.format(more=""), encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")

    said = almoner("import", "people", tmp_path / "people.csv", "--mapping", tmp_path / "map.toml")

    assert said.code == 1
    assert said.err.startswith("almoner: damp-and-mould.toml")
    assert "line " in said.err
    assert "Traceback" not in said.err
    assert says in said.err
    assert _kept(home, secrets) == before


def _points_to(home: Path, secrets: MemorySecrets, address: str) -> None:
    """The laptop was set up, and signed in, at this address."""
    (officer,) = read_laptop(home).enrolments
    write_laptop(home, Laptop(enrolments=(msgspec.structs.replace(officer, server=address),)))
    TokenKeeper(secrets, address, officer.username).keep(Tokens("access", "refresh", "device", officer.user_id))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, {"Content-Type": "text/html"}, b"<h1>Oops</h1>"), "The server failed at this request."),
        ((200, {"Content-Type": "text/html"}, b"<h1>Hotel</h1>"), "Something other than the council's server"),
        ((200, {"Content-Type": messages.MEDIA_TYPE}, b""), "cut short"),
        ((503, {}, b""), "busy or being looked after"),
        (None, "cut short"),
    ],
)
def test_a_server_that_answers_nonsense_loses_nothing(
    home: Path, almoner: Almoner, secrets: MemorySecrets,
    answer: tuple[int, dict[str, str], bytes] | None, says: str,
) -> None:  # fmt: skip
    """500, HTML or nothing: one sentence, exit code 1, and what was unsent is still there."""
    before = _kept(home, secrets)
    with fake_server(lambda _: answer) as (address, asked):
        _points_to(home, secrets, address)
        said = almoner("sync", "--json")

    assert says in said.sentence
    assert "Your work is kept" in said.err
    assert asked
    assert _kept(home, secrets) == before


def test_a_certificate_that_does_not_fit_is_said_and_nothing_is_sent(
    home: Path, almoner: Almoner, secrets: MemorySecrets
) -> None:
    """A server nobody vouches for hears nothing: one sentence, exit code 1, and what was unsent is still there."""
    before = _kept(home, secrets)
    with tls_server(trustme.CA().issue_cert("localhost")) as (address, heard):
        _points_to(home, secrets, address)
        said = almoner("sync")

    assert "comes from an authority that this computer does not trust" in said.sentence
    assert "Tell your IT team" in said.err
    assert heard in ([], [b""])
    assert _kept(home, secrets) == before


def test_a_clock_that_cannot_be_right_stops_an_import(
    home: Path, almoner: Almoner, monkeypatch: pytest.MonkeyPatch, secrets: MemorySecrets, tmp_path: Path
) -> None:
    """In 1970 nothing is recorded: one sentence, not one for each row, and the store is as it was."""
    before = _kept(home, secrets)
    (tmp_path / "map.toml").write_text(MAPPING.format(more=""), encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    monkeypatch.setattr("almoner.cli_desk.SystemClock", lambda: PretendClock(datetime(1970, 1, 1, tzinfo=UTC)))

    said = almoner("import", "people", tmp_path / "people.csv", "--mapping", tmp_path / "map.toml")

    assert "This computer's clock says 1 Jan 1970" in said.sentence
    assert "Set the date and time" in said.err
    assert said.out == ""
    assert _kept(home, secrets) == before


_IMPORT_ON_A_FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
import almoner.cli_desk
from almoner.cli import main
from almoner.outside.clock import PretendClock
almoner.cli_desk.system_secrets = lambda: None
almoner.cli_desk.SystemClock = lambda: PretendClock(datetime(2026, 12, 18, tzinfo=UTC))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
main()
"""


def test_an_import_on_a_disk_that_fills_up_stops_between_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, almoner: Almoner
) -> None:
    """It says that the disk is full; what it had kept is whole, and the next run goes on from there."""
    home = tmp_path / "home"
    set_up(home, None)
    monkeypatch.setenv("ALMONER_HOME", str(home))
    monkeypatch.setattr("almoner.cli_desk.system_secrets", lambda: None)
    monkeypatch.setattr("almoner.cli_desk.SystemClock", lambda: PretendClock(NEXT_DAY))
    (tmp_path / "map.toml").write_text(MAPPING.format(more=""), encoding="utf-8")
    rows = "".join(f"{number},Resident Number {number}\n" for number in range(3000))
    (tmp_path / "people.csv").write_text(f"Id,Name\n{rows}", encoding="utf-8")
    words = ["import", "people", str(tmp_path / "people.csv"), "--mapping", str(tmp_path / "map.toml")]
    size = database_path(_store_of(home)).stat().st_size

    ended = subprocess.run(
        [sys.executable, "-c", _IMPORT_ON_A_FULL_DISK, str(size + 400_000), *words],
        cwd=ROOT, input=f"{PASSPHRASE}\n", capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    told = ended.stderr.rpartition("almoner: ")[2]
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "disk" in told
    assert almoner(*words).code == 0
    assert almoner("store", "check").code == 0
    master = unlock(_store_of(home), PASSPHRASE, None, now=NEXT_DAY)
    store = Store.open(_store_of(home), master)
    assert store.reader().read(lambda r: len(r.all_of(Person, limit=5000))) == 3001
    store.close()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("nonsense", "not one of a PostgreSQL"),
        ("postgresql://u:secret@host:port/x", "not one of a PostgreSQL"),
        ("postgresql://u:secret@127.0.0.1:1/x", "127.0.0.1/x: The database cannot be reached"),
    ],
)
@pytest.mark.parametrize("words", [["run", "--port", "0"], ["upgrade"], ["user", "list"], ["device", "list"]])
def test_a_database_that_is_not_there_is_said(
    almoner: Almoner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, says: str, words: list[str]
) -> None:
    """Before anything is served an administrator reads why not, without the password."""
    monkeypatch.setenv("ALMONER_DATABASE_URL", address)
    more = ["--files", str(tmp_path)] if words[0] == "run" else []

    said = almoner("server", *words, *more)

    assert says in said.sentence
    assert "secret" not in said.err
    assert said.out == ""


@pytest.mark.parametrize("words", [["run", "--port", "0"], ["user", "list"], ["team", "add", "Repairs"]])
def test_a_database_without_tables_asks_for_the_upgrade(
    almoner: Almoner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: EmbeddedPostgres, words: list[str]
) -> None:
    """An empty database is not served, and the command that makes the tables is named."""
    monkeypatch.setenv("ALMONER_DATABASE_URL", postgres.url("postgres"))
    more = ["--files", str(tmp_path)] if words[0] == "run" else []

    said = almoner("server", *words, *more)

    assert "tables" in said.sentence
    assert "almoner server upgrade" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["council", "set", "--name", "Ashmere", "--prefix", "A1"], "2 to 4 letters"),
        (["council", "set", "--name", "x" * 5000, "--prefix", "ASH"], "Name is longer than 200"),
        (["council", "set", "--name", "A\udcff", "--prefix", "ASH"], "Name holds a character"),
        (["team", "add", "x" * 5000], "Name is longer"),
        (["user", "add", "two words", "--full-name", "Ann", "--password-stdin"], "one word without spaces"),
        (["user", "add", "ann", "--full-name", "\udcff", "--password-stdin"], "Full name holds a character"),
        (["user", "disable", "\udcff"], "There is no user"),
        (["device", "revoke", "\udcff"], "no such device"),
    ],
)
def test_nonsense_for_the_server_is_refused_by_its_field(
    almoner: Almoner, monkeypatch: pytest.MonkeyPatch, postgres_url: str, words: list[str], says: str
) -> None:
    """What no record can hold is named by its field, and nothing is added."""
    monkeypatch.setenv("ALMONER_DATABASE_URL", postgres_url)

    assert says in almoner("server", *words).sentence
    assert almoner("server", "user", "list").out == "None.\n"


def test_a_folder_that_cannot_be_written_stops_the_service(
    almoner: Almoner, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    """Attachments that nobody could store are found out at the start, not at the first photo."""
    monkeypatch.setenv("ALMONER_DATABASE_URL", postgres_url)

    assert "folder of attachments" in almoner("server", "run", "--port", "0", "--files", "/dev/null/files").sentence
