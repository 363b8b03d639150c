"""The simulator is a distribution of its own: whole, without Tandem, without Django."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured

SOURCE = Path(__file__).parents[1]
ROOT = SOURCE.parents[1]
NOT_SHIPPED = ("tests", "__pycache__", "build", "*.egg-info")
MODULES_OF = {
    "flask": "flask",
    "werkzeug": "werkzeug",
    "pyjwt": "jwt",
    "cryptography": "cryptography",
    "tzdata": "tzdata",
}
IMPORTS_ALL = """
import importlib, pkgutil, sys
for strange in ("django", "tandem", "httpx2", "pydantic"):
    sys.modules[strange] = None
import tandem_sandbox
for module in pkgutil.walk_packages(tandem_sandbox.__path__, "tandem_sandbox."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from tandem_sandbox.testing import Sandbox
web = Sandbox().app.test_client()
print(tandem_sandbox.__file__, web.get("/").status_code, web.get("/static/sandbox.css").status_code)
"""
A_USERS_TESTS = """
import httpx2, urllib3
from tandem_sandbox.testing import App

def test_in_process(xero_sandbox):
    rosa = xero_sandbox.sign_in(app=App("TANDEM-PUBLIC-APP", secret=None))
    transport = httpx2.WSGITransport(app=xero_sandbox.app)
    with httpx2.Client(transport=transport, base_url="http://xero.invalid", headers=rosa.headers()) as client:
        assert len(client.get("/payroll.xro/1.0/Employees").json()["Employees"]) == 60

def test_on_a_port(xero_sandbox, xero_sandbox_url):
    headers = xero_sandbox.sign_in(user="amir.lim@example.com").headers("Harbour Lane Bakery Pty Ltd")
    with urllib3.PoolManager() as pool:
        answer = pool.request("GET", xero_sandbox_url + "/api.xro/2.0/Organisation", headers=headers)
    assert answer.json()["Organisations"][0]["Name"] == "Harbour Lane Bakery Pty Ltd"
"""


def _wheel(project: Path, folder: Path) -> Path:
    """Build offline, with the setuptools that is here, from a copy: a build leaves files behind."""
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(project)], check=True, timeout=120)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("distribution")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns(*NOT_SHIPPED))
    with zipfile.ZipFile(_wheel(folder / "source", folder)) as wheel:
        wheel.extractall(folder / "installed")
    return folder / "installed"


def _python(*arguments: str, installed: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    ours = ("DJANGO_", "TANDEM_", "PYTEST_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # each of these programs would compile the whole package again
    environment = {**kept, "PYTHONPATH": str(installed)}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_wheel_holds_every_file_of_the_package_and_no_test(installed: Path) -> None:
    ours = {
        str(path.relative_to(SOURCE))
        for suffix in ("py", "html", "css", "js", "svg")
        for path in SOURCE.rglob(f"*.{suffix}")
        if path.relative_to(SOURCE).parts[0] not in ("tests", "build")
    }
    package = installed / "tandem_sandbox"
    files = [path.relative_to(package) for path in package.rglob("*.*") if path.is_file()]
    theirs = {str(path) for path in files if path.parent.name != "__pycache__"}
    assert theirs == ours
    assert "ui/templates/consent.html" in theirs


def test_it_imports_and_shows_its_pages_without_django_or_tandem(installed: Path, tmp_path: Path) -> None:
    done = _python("-W", "error", "-c", IMPORTS_ALL, installed=installed, folder=tmp_path)
    assert done.stdout.split() == [str(installed / "tandem_sandbox" / "__init__.py"), "200", "200"], done.stderr


def test_it_asks_for_every_package_that_it_imports(installed: Path) -> None:
    (metadata,) = installed.glob("*.dist-info/METADATA")
    required = message_from_string(metadata.read_text(encoding="utf-8")).get_all("Requires-Dist") or []
    modules = {MODULES_OF[re.split(r"[^a-z]", line.lower())[0]] for line in required}
    imported = {
        name.split(".")[0]
        for path in (installed / "tandem_sandbox").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _names(node)
    }
    theirs = imported - sys.stdlib_module_names - {"tandem_sandbox", "_typeshed", "pytest"}  # pytest brings itself
    assert theirs | {"tzdata"} == modules  # which zoneinfo imports


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_its_fixtures_are_there_once_it_is_installed(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(A_USERS_TESTS, encoding="utf-8")
    others = ("django", "cacheprovider", "hypothesispytest", "xdist", "pytest_cov")
    quiet = (*(word for name in others for word in ("-p", f"no:{name}")), "--rootdir", str(tmp_path))
    for line in ("", 'pytest_plugins = ["tandem_sandbox.pytest_plugin"]\n'):
        (tmp_path / "conftest.py").write_text(line, encoding="utf-8")
        done = _python("-W", "error", "-m", "pytest", *quiet, installed=installed, folder=tmp_path)
        assert "2 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["token", "--help"]])
def test_every_help_says_that_it_is_a_simulator_of_nobody_but_itself(
    installed: Path, tmp_path: Path, arguments: list[str]
) -> None:
    done = _python("-m", "tandem_sandbox", *arguments, installed=installed, folder=tmp_path)
    said = " ".join(done.stdout.split())
    assert "A simulator of Xero's sign-in, connections and Payroll AU. It is not affiliated with Xero." in said


def test_it_carries_the_licence_of_the_repository(installed: Path) -> None:
    (licence,) = installed.glob("*.dist-info/licenses/LICENSE")
    assert licence.read_text(encoding="utf-8") == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_product_ships_the_package_once_whatever_a_build_of_it_left_behind(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "requirements"):
        source = ROOT / name
        _ = shutil.copytree(source, tmp_path / name) if source.is_dir() else shutil.copy(source, tmp_path)
    shutil.copytree(SOURCE, tmp_path / "src" / "tandem_sandbox", ignore=shutil.ignore_patterns(*NOT_SHIPPED))
    left_behind = tmp_path / "src" / "tandem_sandbox" / "build" / "lib" / "tandem_sandbox"
    shutil.copytree(SOURCE, left_behind, ignore=shutil.ignore_patterns(*NOT_SHIPPED))
    with zipfile.ZipFile(_wheel(tmp_path, tmp_path)) as wheel:
        names = wheel.namelist()
    assert [name for name in names if "/build/" in name] == []
    assert names.count("tandem_sandbox/ui/templates/consent.html") == 1
