"""How do Debian's packages reach us, on any Debian release, without touching the system's apt?

The sources come from one fixed release, through an apt configuration of our own: own source
list, own package lists, own cache. The mirror and the proxy settings are those the machine uses.
"""

import os
import shutil
import subprocess
from pathlib import Path

from .command import CommandLog
from .errors import ImageError
from .model import Progress

__all__ = ("SUITE", "TOOLCHAIN", "PrivateApt", "ensure_toolchain")

SUITE = "trixie"
"""The Debian release whose source package is the pinned MicroPython version."""

TOOLCHAIN = (
    "gcc-arm-none-eabi",
    "libnewlib-arm-none-eabi",
    "libstdc++-arm-none-eabi-newlib",
    "cmake",
    "make",
    "xz-utils",
    "debian-archive-keyring",
)

_INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")
_KEYRINGS = Path("/usr/share/keyrings")


def ensure_toolchain(commands: CommandLog, progress: Progress) -> None:
    """Install what is missing of TOOLCHAIN as root; else ImageError with the line to run."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-query") is None:
        raise ImageError("this is no Debian machine (it has no apt-get)")
    missing = _missing()
    if not missing:
        return
    names = " ".join(missing)
    if os.geteuid() != 0:
        raise ImageError(
            f"the toolchain is incomplete: {names}",
            do=[f"let the build find its toolchain: sudo apt-get install {names}"],
        )
    progress("toolchain", f"installing {names}")
    install = (*_INSTALL, "-o", "DPkg::Lock::Timeout=300", *missing)
    try:
        commands.run("installing the toolchain", *install)
    except ImageError:
        # Package lists that are absent or out of date; a second failure is the answer.
        commands.run("apt-get update", "apt-get", "update")
        commands.run("installing the toolchain", *install)


def _missing() -> list[str]:
    # Without the log: this only reads, and "not installed" is an answer, not a failure.
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *TOOLCHAIN],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    return [name for name in TOOLCHAIN if f"{name} installed" not in shown]


class PrivateApt:
    """apt-get with a configuration of its own under ``home``, for packages of SUITE."""

    def __init__(self, home: Path, commands: CommandLog) -> None:
        self._commands = commands
        self._config = home / "apt.conf"
        architecture = commands.run("dpkg", "dpkg", "--print-architecture")[0]
        keyring = _keyring()
        mirror = _mirror(commands)
        for folder in ("lists/partial", "cache/archives/partial"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        options = f"signed-by={keyring} arch={architecture}"
        (home / "sources.list").write_text(
            f"deb [{options} target=Packages] {mirror} {SUITE} main\n"
            f"deb-src [{options} target=Sources] {mirror} {SUITE} main\n"
        )
        settings = {
            "Dir::Etc::sourcelist": home / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State::lists": home / "lists",
            "Dir::Cache": home / "cache",
            "APT::Default-Release": "",
            "APT::Update::Error-Mode": "any",
            "Acquire::PDiffs": "false",
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "20",
            # The user _apt cannot look into a home directory; without this, root gets a warning
            # for each file. What is fetched is still checked against the archive's signature.
            "APT::Sandbox::User": "root",
        }
        self._config.write_text(
            # Hooks of the system's apt serve the system's lists, and may need root.
            "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n"
            + "".join(f'{key} "{value}";\n' for key, value in settings.items())
        )

    def fetch(self, into: Path, packages: tuple[str, ...], source: str) -> None:
        """Download binary packages and one source package, unpacked by nobody, into ``into``."""
        self._apt_get("update", cwd=into)
        self._apt_get("download", *packages, cwd=into)
        self._apt_get("source", "--download-only", source, cwd=into)

    def _apt_get(self, *arguments: str, cwd: Path) -> None:
        what = f"apt-get {arguments[0]} for Debian {SUITE}"
        self._commands.run(what, "apt-get", "-q", "-c", self._config, *arguments, cwd=cwd)


def _keyring() -> Path:
    for suffix in ("pgp", "gpg"):
        keyring = _KEYRINGS / f"debian-archive-keyring.{suffix}"
        if keyring.exists():
            return keyring
    raise ImageError(
        "the keys of the Debian archive are missing",
        do=["install them: sudo apt-get install debian-archive-keyring"],
    )


def _mirror(commands: CommandLog) -> str:
    """The Debian mirror this machine already uses, as apt itself reports it."""
    wanted = "$(REPO_URI) $(ORIGIN) $(LABEL)"
    targets = ("apt-get", "indextargets", "--format", wanted, "Created-By: Packages")
    for line in commands.run("apt-get indextargets", *targets):
        uri, _, release = line.partition(" ")
        if release == "Debian Debian" and not uri.startswith("cdrom:"):
            return uri
    # Never updated: apt then knows its mirrors, but not what each of them holds.
    for line in commands.run("apt-get indextargets", *targets, "--no-release-info"):
        uri = line.partition(" ")[0]
        if not uri.startswith("cdrom:") and "security" not in uri:
            return uri
    raise ImageError("apt knows no Debian mirror")
