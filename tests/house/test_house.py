"""House rules that a machine can check on the files themselves."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTRY = re.compile(r"(pypi" + r"\.org|files\.python" + r"hosted|registry\.npm" + r"js|/simp" + r"le/)")
LONGEST_FILE = 500


def kept_files() -> list[Path]:
    """Every file git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        return [p for p in (ROOT / "app").rglob("*") if p.is_file()]
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def python_files() -> list[Path]:
    return [p for p in kept_files() if p.suffix == ".py"]


def test_no_file_names_a_package_registry() -> None:
    """What is committed builds anywhere: no host of a package registry stands in it."""
    named = [str(p.relative_to(ROOT)) for p in kept_files() if REGISTRY.search(p.read_text("utf-8", errors="ignore"))]

    assert named == []


def test_no_python_file_outgrows_a_readers_patience() -> None:
    """A file over 500 lines is two things; split it by meaning."""
    long = {str(p.relative_to(ROOT)): n for p in python_files() if (n := p.read_text().count("\n")) > LONGEST_FILE}

    assert long == {}


@pytest.mark.parametrize("folder", ["records", "rules", "store", "sync", "paper", "reports", "casework", "outside"])
def test_no_function_outgrows_a_screen(folder: str) -> None:
    """A function over 70 lines hides what it does."""
    long = []
    for path in sorted((ROOT / "app/almoner" / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 70:
                long.append(f"{path.name}:{node.name}")

    assert long == []


def test_only_one_file_reads_the_time() -> None:
    """Time comes through the Clock port, so that a test can own it."""
    reads = re.compile(r"datetime\.now\(|date\.today\(|\butcnow\(")
    app = ROOT / "app/almoner"
    found = [str(p.relative_to(app)) for p in app.rglob("*.py") if reads.search(p.read_text())]

    assert found == ["outside/clock.py"]


def test_records_stay_free_of_machinery() -> None:
    """The derivation from records must not grow into a framework."""
    lines = (ROOT / "app/almoner/records/derive.py").read_text().count("\n")

    assert lines <= 200


def test_migrations_stand_alone() -> None:
    """A migration imports nothing of ours, so that it means the same for ever."""
    own = re.compile(r"^\s*(from|import) almoner", re.MULTILINE)
    found = [p.name for p in (ROOT / "migrations").rglob("versions/*.py") if own.search(p.read_text())]

    assert found == []
