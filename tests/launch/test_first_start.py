"""./tandem on machines as they are found: no Python, an old one, no venv, a name with spaces, an interruption."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tandem.cli.waiting import wait_until

pytestmark = pytest.mark.unmeasured
ROOT = Path(__file__).resolve().parents[2]

# A project of a few lines with a build of its own, so that nothing has to be fetched.
PYPROJECT = """
[build-system]
requires = []
build-backend = "build"
backend-path = ["."]

[project]
name = "toy"
version = "1"
"""
BUILD = """
import base64, hashlib, os, time, zipfile
from pathlib import Path

def build_editable(folder, config_settings=None, metadata_directory=None):
    while Path("hold").exists():
        Path("held").touch()
        time.sleep(0.05)
    files = {
        "toy.py": Path("toy.py").read_text(),
        "toy-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: toy\\nVersion: 1\\n",
        "toy-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: toy\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "toy-1.dist-info/entry_points.txt": "[console_scripts]\\ntandem = toy:main\\n",
    }
    record = "".join(f"{name},,\\n" for name in files) + "toy-1.dist-info/RECORD,,\\n"
    with zipfile.ZipFile(Path(folder) / "toy-1-py3-none-any.whl", "w") as wheel:
        for name, text in (files | {"toy-1.dist-info/RECORD": record}).items():
            wheel.writestr(name, text)
    return "toy-1-py3-none-any.whl"
"""
TOY = """
import os, sys

def main():
    print("toy", *sys.argv[1:], os.environ["TANDEM_HOME"], os.getcwd(), sep="|")
"""
OLD = """#!/bin/sh
case "$2" in *print*) echo 3.9 ;; *) exit 1 ;; esac
"""
NEWER = """#!/bin/sh
case "$1$2" in *print*) echo 3.14 ;; -c*) exit 0 ;; *) echo "$0 was asked to run $1"; exit 1 ;; esac
"""
WITHOUT_VENV = """#!/bin/sh
case "$2" in *print*) echo 3.11 ;; *ensurepip*) exit 1 ;; esac
"""


def make_checkout(root: Path) -> Path:
    """Make a checkout with our launcher and installer, and a toy in place of the product."""
    (root / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "tandem", root / "tandem")
    shutil.copy(ROOT / "requirements" / "install.py", root / "requirements" / "install.py")
    for name in ("pip", "run", "test"):
        (root / "requirements" / f"{name}.txt").write_text("")
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "build.py").write_text(BUILD)
    (root / "toy.py").write_text(TOY)
    return root


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, in a folder with spaces."""
    return make_checkout(tmp_path / "a folder with spaces")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that has been started once."""
    root = make_checkout(tmp_path_factory.mktemp("installed") / "a folder with spaces")
    tools = with_this_python(make_tools(tmp_path_factory.mktemp("tools")))
    answer = start(root, tools, "demo", "--two words")
    assert answer.stdout == f"toy|demo|--two words|{root}/var|/\n"
    assert "Installing what Tandem needs to run" in answer.stderr
    return root


def make_tools(folder: Path) -> Path:
    for name in ("sh", "dirname", "readlink", "cat", "cmp"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH that holds what every machine has, and no Python."""
    (tmp_path / "tools").mkdir()
    return make_tools(tmp_path / "tools")


def put_python(tools: Path, text: str, name: str = "python3") -> None:
    place = tools / name
    place.write_text(text)
    place.chmod(place.stat().st_mode | stat.S_IXUSR)


def start(checkout: Path, tools: Path, *arguments: str, home: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(tools), "HOME": home}
    return subprocess.run(
        [checkout / "tandem", *arguments], env=environment, cwd="/", capture_output=True, text=True, check=False
    )


def with_this_python(tools: Path) -> Path:
    (tools / "python3").symlink_to(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    return tools


def test_a_machine_without_python_is_told_what_to_install(checkout: Path, tools: Path) -> None:
    answer = start(checkout, tools, "demo")
    assert answer.returncode == 1
    assert answer.stderr == (
        "Tandem needs Python 3.11 or later, and this machine has no Python. "
        "On Debian 12 or later, as root: apt-get install python3 python3-venv\n"
    )


def test_an_old_python_is_refused_by_its_version(checkout: Path, tools: Path) -> None:
    put_python(tools, OLD)
    answer = start(checkout, tools, "demo")
    assert answer.returncode == 1
    assert "needs Python 3.11 or later, and this machine has Python 3.9." in answer.stderr


def test_a_python_without_venv_names_the_package(checkout: Path, tools: Path) -> None:
    put_python(tools, WITHOUT_VENV)
    answer = start(checkout, tools, "demo")
    assert answer.returncode == 1
    assert "apt-get install python3.11-venv" in answer.stderr
    assert not (checkout / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_found(checkout: Path, tools: Path) -> None:
    put_python(tools, OLD)
    put_python(tools, NEWER, "python3.14")
    assert "asked to run" in start(checkout, tools).stdout


def test_the_distributions_own_python_is_taken_where_the_path_leads_to_it(checkout: Path, tools: Path) -> None:
    put_python(tools, NEWER)
    (checkout / "requirements" / "install.py").write_text("import sys\nprint(sys.executable)\nsys.exit(1)\n")
    will_do = ["/usr/bin/python3", "-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"]
    has_own = Path(will_do[0]).exists() and subprocess.run(will_do, check=False).returncode == 0
    environment = {"PATH": f"{tools}:/usr/bin", "HOME": ""}
    answer = subprocess.run([checkout / "tandem"], env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stdout.startswith("/usr/bin/python3" if has_own else f"{tools}/python3 was asked to run")


def test_a_second_start_is_quiet(installed: Path, tools: Path) -> None:
    answer = start(installed, tools, "demo")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_changed_lock_is_installed_and_the_tests_lock_only_for_the_tests(installed: Path, tools: Path) -> None:
    (installed / "requirements" / "run.txt").write_text("# changed\n")
    assert "Installing what Tandem needs to run" in start(installed, with_this_python(tools)).stderr
    assert start(installed, tools).stderr == ""
    assert "Installing what the tests need" in start(installed, tools, "test").stderr
    assert start(installed, tools, "test").stderr == ""


def test_an_installation_that_was_killed_is_made_anew_once_by_two_who_start_at_once(
    installed: Path, tools: Path
) -> None:
    (installed / "requirements" / "run.txt").write_text("# another\n")
    (installed / "hold").touch()
    environment = {"PATH": str(with_this_python(tools)), "HOME": ""}
    killed = subprocess.Popen([installed / "tandem"], env=environment, process_group=0, stderr=subprocess.DEVNULL)
    assert wait_until((installed / "held").exists, seconds=60)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    half_done = installed / ".venv" / "half-done"
    half_done.touch()
    (installed / "hold").unlink()
    both = [
        subprocess.Popen(
            [installed / "tandem", "demo"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate() for process in both]
    assert [said.startswith("toy|demo") for said, _ in answers] == [True, True]
    assert sum("Making .venv" in told for _, told in answers) == 1
    assert not half_done.exists()


def test_a_checkout_that_was_moved_is_installed_anew(installed: Path, tools: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(installed, tmp_path / "elsewhere", symlinks=True)
    with_this_python(tools)
    answer = start(moved, tools, "demo")
    assert answer.stdout == f"toy|demo|{moved}/var|/\n"


def test_a_link_to_the_launcher_starts_the_checkout_it_points_to(installed: Path, tools: Path, tmp_path: Path) -> None:
    link = tmp_path / "tandem-link"
    link.symlink_to(installed / "tandem")
    answer = subprocess.run(
        [link, "demo"],
        env={"PATH": str(tools), "HOME": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout == f"toy|demo|{installed}/var|{tmp_path}\n"


def test_a_path_of_somebody_elses_modules_is_not_passed_on(installed: Path, tools: Path, tmp_path: Path) -> None:
    (tmp_path / "toy.py").write_text("def main():\n    print('not ours')\n")
    environment = {"PATH": str(tools), "HOME": "", "PYTHONPATH": str(tmp_path)}
    answer = subprocess.run(
        [installed / "tandem", "demo"], env=environment, cwd="/", capture_output=True, text=True, check=False
    )
    assert answer.stdout == f"toy|demo|{installed}/var|/\n"


def test_a_requirement_without_a_hash_is_refused(installed: Path, tools: Path) -> None:
    (installed / "requirements" / "run.txt").write_text("click\n")
    answer = start(installed, with_this_python(tools))
    assert answer.returncode == 1
    assert "require-hashes" in answer.stderr
    assert "The installation stopped" in answer.stderr
