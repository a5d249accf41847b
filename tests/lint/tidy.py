#!/usr/bin/env python3
"""What holds for every file: sources are listed in a meson.build, nothing is left for later, nothing belongs to one machine."""

import os
import re
import subprocess
import sys

SOURCE = os.environ["CDC_SOURCE"]
os.chdir(SOURCE)
listing = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         capture_output=True)
if listing.returncode != 0:
    print("no git checkout")
    sys.exit(77)
files = [name for name in listing.stdout.decode().split("\0") if name and os.path.isfile(name)]
failures = 0


def report(name, faults):
    global failures
    for fault in faults:
        print("  " + fault)
    failures += bool(faults)
    print(("not ok - " if faults else "ok - ") + name)


def read(name):
    with open(name, "rb") as file:
        return file.read().decode("utf-8", "replace")


def nearest_meson(name):
    """The texts of the meson.build files from the file's folder up to the root."""
    folder = os.path.dirname(name)
    while True:
        build = os.path.join(folder, "meson.build")
        if os.path.isfile(build):
            yield folder, read(build)
        if not folder:
            return
        folder = os.path.dirname(folder)


def is_listed(name):
    return any("'" + os.path.relpath(name, folder or ".") + "'" in text for folder, text in nearest_meson(name))


report("every .cc is listed in a meson.build", [name for name in files if name.endswith(".cc") and not is_listed(name)])

# Built of two parts each, so that this file does not find itself.
words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "not " + "implemented", "/wo" + "rk/", "/ro" + "ot/"]
hosts = ["deb.deb" + "ian.org", "repo." + "maven", "repo1." + "maven", "registry." + "npmjs", "py" + "pi.org", "crates" + ".io"]
own_text = (".h", ".cc", ".sh", ".py", ".build", ".md", ".1", ".5", ".7", ".sql", ".json", ".xml")
faults = []
for name in files:
    if name.startswith("tests/data/") or not (name.endswith(own_text) or "." not in os.path.basename(name)) or name == "LICENSE":
        continue
    for number, line in enumerate(read(name).split("\n"), 1):
        for word in words:
            if re.search(r"\b" + re.escape(word) + r"\b" if word.isalpha() else re.escape(word), line):
                faults.append("%s:%d: %s" % (name, number, word))
        faults += ["%s:%d: %s" % (name, number, host) for host in hosts if host in line]
report("nothing is left for later, no path or host of one machine", faults)

report("text files end with one line feed and have no blanks at line ends",
       [name for name in files if name.endswith(own_text) and not name.startswith("tests/") and read(name)
        and (not read(name).endswith("\n") or read(name).endswith("\n\n") or re.search(r"[ \t]+$", read(name), re.M))])

sys.exit(1 if failures else 0)
