"""`tandem test`: every check there is, with what the tests need found, started or installed first."""

import configparser
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import click

from tandem.cli import browser
from tandem.cli.postgres import running
from tandem.cli.refusal import Refused

ROOT = Path(__file__).resolve().parents[3]
# What a run of the tests takes over from the environment; the rest of ours would make it another run elsewhere.
_KEPT = ("TANDEM_PG_BIN", "TANDEM_CHROMIUM")
_STATIC = {
    "ruff": ("-m", "ruff", "check", "--quiet", "."),
    "import-linter": ("-c", "from importlinter.cli import lint_imports_command as lint; lint()"),
    "mypy": ("-m", "mypy", "src", "tests"),
}
# `tests` stands before `src` in testpaths: what walks and waits begins first, what only computes fills the rest.
_SLOWEST_FIRST = ("--no-loadscope-reorder",)
_SUMMARY = re.compile(
    r"^=* ?(.*\b\d+ (?:passed|failed|error|errors|skipped|deselected)\b.* in [\d.]+s.*?)[ =]*$", re.MULTILINE
)


@click.command()
@click.option("--no-install", is_flag=True, help="Never install a browser; tests that need one are skipped.")
@click.option("--no-skips", is_flag=True, help="A test that lacks what it needs fails.")
@click.argument("pytest_arguments", nargs=-1)
def test(*, no_install: bool, no_skips: bool, pytest_arguments: tuple[str, ...]) -> None:
    """Run every check and test. What follows `--` goes to pytest, and then only pytest runs, unmeasured."""
    if find_spec("pytest") is None:
        raise Refused("The tests' own packages are not installed. Run ./tandem test, which installs them.")
    if not (ROOT / "tests").is_dir():
        raise Refused("The tests are run from a checkout of Tandem, and this is an installed copy.")
    environment = clean_environment(_browser(no_install=no_install, no_skips=no_skips))
    plugins = ["-p", "tandem.cli.skips"] if no_skips else []
    with tempfile.TemporaryDirectory(prefix="tandem-test-") as folder:
        if pytest_arguments:
            code, _ = _run_tests(["-m", "pytest", *plugins, *pytest_arguments], environment, Path(folder))
        else:
            code = _run_everything(plugins, environment, Path(folder))
    sys.exit(code)


def _run_everything(plugins: Sequence[str], environment: dict[str, str], folder: Path) -> int:
    """Run the static checks, the tests and the coverage gates; print pytest's closing line last and return the code."""
    measured = environment | {"COVERAGE_FILE": str(folder / "coverage")}
    tests = [
        "-m",
        "coverage",
        "run",
        "-m",
        "pytest",
        *plugins,
        "--numprocesses=3",
        "--dist=loadfile",
        *_SLOWEST_FIRST,
        "-p",
        "tandem.cli.dearest",
        "--quiet",
    ]
    # Many tests wait for a browser or for a program that they started; the static checks use that time.
    with ThreadPoolExecutor(max_workers=1) as beside:
        static = beside.submit(_run_static, environment)
        code, summary = _run_tests(tests, measured, folder)
        failed = static.result()
    start = time.monotonic()
    failed += _check_coverage(measured)
    _say("coverage", is_right=not any("coverage" in name for name in failed), seconds=time.monotonic() - start)
    if failed:
        click.echo(f"Not right yet, see above: {', '.join(failed)}.")
    click.echo(summary)
    return code or int(bool(failed))


def clean_environment(chromium: str | None) -> dict[str, str]:
    """Return an environment in which nothing of this machine's own Tandem is set.

    Python may keep what it compiled: the tests start a hundred programs, and each would compile all of Tandem again.
    """
    own = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or not (name in own or name.startswith(("TANDEM_", "PG")))
    }
    if "XERO_OPENAPI_DIR" in kept:
        kept["XERO_OPENAPI_DIR"] = str(Path(kept["XERO_OPENAPI_DIR"]).absolute())
    return kept | ({browser.SETTING: chromium} if chromium else {})


def _browser(*, no_install: bool, no_skips: bool) -> str | None:
    found = browser.find()
    if found is None and not no_install:
        found = browser.install()
    if found is None:
        fate = "fail" if no_skips else "are skipped"
        click.echo(
            f"The browser tests {fate}: no Chrome or Chromium was found. "
            "Install one (on Debian, as root: apt-get install chromium) or name it in TANDEM_CHROMIUM."
        )
    return found


def _run_static(environment: Mapping[str, str]) -> list[str]:
    """Run what needs no test and return the names of what failed."""
    failed = []
    for name, command in _STATIC.items():
        start = time.monotonic()
        done = _python(command, environment)
        if done.returncode != 0:
            failed.append(name)
            click.echo(done.stdout + done.stderr)
        _say(name, is_right=done.returncode == 0, seconds=time.monotonic() - start)
    return failed


def _run_tests(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Run Python with `arguments` beside a server for the tests; return its exit code and pytest's closing line."""
    start = time.monotonic()
    with running(folder / "postgres", durable=False) as server:
        _say("postgresql", is_right=True, seconds=time.monotonic() - start)
        told = {**environment, "TANDEM_TEST_POSTGRES_URL": server.url("superuser", "postgres")}
        if _most_are_new():
            # Each of the processes to come would read and rewrite every test by itself.
            _python(("-m", "pytest", "--collect-only", "--quiet"), told)
        return run_and_listen([sys.executable, *arguments], told)


def _most_are_new() -> bool:
    """Say whether pytest has kept no rewritten copy of most test files, as in a fresh checkout."""
    files = [path for folder in ("tests", "src") for path in (ROOT / folder).rglob("test_*.py")]
    kept = sum(any((path.parent / "__pycache__").glob(f"{path.stem}.*-pytest-*.pyc")) for path in files)
    return kept * 2 < len(files)


def _python(arguments: Sequence[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def _say(name: str, *, is_right: bool, seconds: float) -> None:
    click.echo(f"{name:<16}{'ok' if is_right else 'failed':<8}{seconds:6.1f} s")


def run_and_listen(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command, pass its output on as it comes, and return the exit code and pytest's closing line."""
    ours, theirs = os.pipe()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs)
    os.close(theirs)
    tail = b""
    try:
        while piece := os.read(ours, 65536):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            tail = (tail + piece)[-20000:]
    finally:
        os.close(ours)
        code = process.wait()
    found = _SUMMARY.findall(tail.decode(errors="replace"))
    return code, found[-1] if found else "no tests ran"


def pure_modules() -> list[str]:
    """Return the modules that may import neither Django nor an HTTP client, as the import contract lists them."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    return contracts.get("importlinter:contract:pure", "source_modules", fallback="").split()


def _check_coverage(environment: Mapping[str, str]) -> list[str]:
    """Print what no test reaches; return the names of the gates that are not passed."""
    _python(["-m", "coverage", "combine", "--quiet"], environment)
    places = [f"src/{module.replace('.', '/')}" for module in pure_modules()]
    pure = ",".join(pattern for place in places for pattern in (f"{place}.py", f"{place}/*"))
    gates = {"coverage": [], "coverage of the pure modules": ["--fail-under=100", f"--include={pure}"]}
    with ThreadPoolExecutor(max_workers=len(gates)) as at_once:
        reports = {
            name: at_once.submit(_python, ["-m", "coverage", "report", *options], environment)
            for name, options in gates.items()
        }
    failed = []
    for name, report in reports.items():
        done = report.result()
        click.echo(f"\n{name}\n{done.stdout}{done.stderr}")
        if done.returncode != 0:
            failed.append(name)
    return failed
