#!/usr/bin/env python3
"""Runs the commands of a .test file and compares what they print.

  run_script.py [--update] FILE.test CDC-SQL

Text at the left margin is commentary. Indented by two, `$ command` (with `> more` lines) is run by bash in a directory
of its own, where cdc-sql is in PATH; the indented lines after it are what it prints on stdout and stderr, and a last
`[N]` its exit status if that is not 0. A command that takes longer than CDC_TEST_SECONDS (default 20, with the
sanitizers 120) is ended, and has failed. --update writes what is printed now into the file.
"""
import os, signal, subprocess, sys, tempfile

SECONDS = float(os.environ.get("CDC_TEST_SECONDS", "120" if "CDC_SANITIZED" in os.environ else "20"))


def run(command, folder, environment):
    """What the command prints, and its exit status; `ended` where it took too long."""
    process = subprocess.Popen(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        printed, status = process.communicate(timeout=SECONDS)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # what it has started too
        printed, status = process.communicate()[0], f"ended after {SECONDS:g} seconds"
    lines = printed.decode("utf-8", "replace").split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines, status


def main():
    arguments = [a for a in sys.argv[1:] if a != "--update"]
    path, tool = arguments
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    out, failed, i = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        bin_folder = os.path.join(folder, ".bin")
        os.mkdir(bin_folder)
        os.symlink(os.path.abspath(tool), os.path.join(bin_folder, "cdc-sql"))
        environment = dict(os.environ, PATH=bin_folder + ":" + os.environ["PATH"], LC_ALL="C.UTF-8")
        while i < len(lines):
            if not lines[i].startswith("  $ "):
                out.append(lines[i])
                i += 1
                continue
            command, first = [lines[i][4:]], i
            i += 1
            while i < len(lines) and lines[i].startswith("  > "):
                command.append(lines[i][4:])
                i += 1
            expected = []
            while i < len(lines) and lines[i].startswith("  ") and not lines[i].startswith("  $ "):
                expected.append(lines[i][2:])
                i += 1
            got, status = run("\n".join(command), folder, environment)
            if status != 0:
                got.append(f"[{status}]")
            out += lines[first:first + len(command)] + ["  " + line for line in got]
            if got != expected:
                failed += 1
                print(f"{path}:{first + 1}: {command[0]}")
                for line in expected:
                    if line not in got:
                        print("- " + line)
                for line in got:
                    if line not in expected:
                        print("+ " + line)
    if "--update" in sys.argv:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(out))
        return 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
