"""What `tandem test` itself promises: skips forbidden, the closing line last, the browser found or named."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tandem.cli import browser, checks
from tandem.cli.refusal import Refused

SKIPPING = """
import pytest

def test_one():
    pytest.skip("no browser")

@pytest.mark.xfail(strict=True)
def test_two():
    raise AssertionError("expected")
"""
SKIPPING_AS_A_WHOLE = "import pytest\npytest.skip('no specification', allow_module_level=True)\n"


# Setting up, the test and tearing down are told to have taken as long each.
TAKING = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    report.duration = 1.5 if item.path.name == "test_2.py" else 0.5
    return report
"""


def run_pytest(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(folder / "pytest.ini"),
        "-p",
        "no:django",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run([*command, *arguments, str(folder)], capture_output=True, text=True, check=False, cwd=folder)


def test_a_skipped_test_passes_unless_skips_are_forbidden(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    assert run_pytest(tmp_path).returncode == 0
    strict = run_pytest(tmp_path, "-p", "tandem.cli.skips")
    assert strict.returncode == 1
    assert "test_one lacks what it needs, and skips are forbidden here: Skipped: no browser" in strict.stdout
    assert "1 failed, 1 xfailed" in strict.stdout


def test_a_module_that_skips_as_a_whole_fails_when_skips_are_forbidden(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING_AS_A_WHOLE)
    strict = run_pytest(tmp_path, "-p", "tandem.cli.skips")
    assert strict.returncode != 0
    assert "lacks what it needs, and skips are forbidden here: Skipped: no specification" in strict.stdout


def test_the_files_that_took_longest_are_named_before_the_closing_line(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(TAKING)
    for number in (1, 2):
        (tmp_path / f"test_{number}.py").write_text("def test_nothing(): pass\n")
    said = run_pytest(tmp_path, "-p", "tandem.cli.dearest", "--quiet").stdout.splitlines()
    heading = next(place for place, line in enumerate(said) if "where the time went" in line)
    first, second, rest = said[heading + 1 : heading + 4]
    assert first.split() == ["4.5", "s", "test_2.py"]
    assert second.split() == ["1.5", "s", "test_1.py"]
    assert rest.split() == ["0.0", "s", "the", "other", "0", "files"]
    assert said[-1].startswith("2 passed")


@pytest.mark.parametrize(
    ("printed", "closing"),
    [
        ("....\n12 passed in 3.21s\n", "12 passed in 3.21s"),
        (
            "x\n== 1 failed, 12 passed, 2 skipped in 83.21s (0:01:23) ==\n",
            "1 failed, 12 passed, 2 skipped in 83.21s (0:01:23)",
        ),
        ("1 error in 0.10s\n", "1 error in 0.10s"),
        ("Traceback: no module\n", "no tests ran"),
    ],
)
def test_the_closing_line_is_pytests_own(printed: str, closing: str) -> None:
    code, found = checks.run_and_listen([sys.executable, "-c", f"print({printed!r}, end='')"], os.environ)
    assert (code, found) == (0, closing)


def test_the_tests_see_none_of_this_machines_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "TANDEM_HOME", "TANDEM_MASTER_KEY", "PGHOST", "PYTEST_ADDOPTS"):
        monkeypatch.setenv(name, "another installation's")
    monkeypatch.setenv("TANDEM_PG_BIN", "/opt/postgresql/bin")
    monkeypatch.setenv("XERO_OPENAPI_DIR", "specifications")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = checks.clean_environment(chromium="/usr/bin/chromium")
    assert "another installation's" not in environment.values()
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["TANDEM_PG_BIN"] == "/opt/postgresql/bin"
    assert environment["TANDEM_CHROMIUM"] == "/usr/bin/chromium"
    assert environment["XERO_OPENAPI_DIR"] == str(Path("specifications").absolute())


def test_the_pure_modules_are_those_of_the_import_contract() -> None:
    assert "tandem.xero.connections.diagnosis" in checks.pure_modules()


def make_browser(place: Path, *, code: int) -> str:
    place.write_text(f"#!/bin/sh\necho Chromium 1\nexit {code}\n")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return str(place)


def test_the_browser_that_a_person_names_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = make_browser(tmp_path / "browser", code=0)
    monkeypatch.setenv("TANDEM_CHROMIUM", named)
    assert browser.find() == named


def test_a_named_browser_that_does_not_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_CHROMIUM", make_browser(tmp_path / "browser", code=1))
    with pytest.raises(Refused, match="does not run as a browser"):
        browser.find()


def test_a_browser_on_the_path_that_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_browser(tmp_path / "chromium", code=1)
    wanted = make_browser(tmp_path / "google-chrome", code=0)
    monkeypatch.delenv("TANDEM_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() == wanted


def test_the_build_without_windows_is_taken_before_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_browser(tmp_path / "chromium", code=0)
    wanted = make_browser(tmp_path / "chromium-headless-shell", code=0)
    monkeypatch.delenv("TANDEM_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() == wanted


def test_where_packages_lack_the_build_without_windows_the_other_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "chromium"
    tool = tmp_path / "apt-get"
    tool.write_text(
        f"""#!/bin/sh
case "$*" in
  *headless*) exit 100 ;;
  *chromium) printf '#!/bin/sh\nexit 0\n' > {made}; /bin/chmod 755 {made} ;;
esac
"""
    )
    tool.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("TANDEM_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.install() == str(made)


def test_the_installation_of_a_browser_is_announced_and_its_failure_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("apt-get", "python"):
        tool = tmp_path / name
        tool.write_text("#!/bin/sh\necho nothing to install from\nexit 100\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert browser.install() is None
    said = capsys.readouterr().out
    assert "The browser tests need Chrome or Chromium and this machine has none. Installing it now: " in said
    assert "nothing to install from" in said
