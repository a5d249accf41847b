#!/usr/bin/env python3
"""cdc-sql on a terminal: statements are asked for, errors end nothing, an interrupt ends the query, the history stays."""

import codecs
import os
import pty
import select
import sys
import tempfile
import time


class Terminal:
    def __init__(self, state):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(XDG_STATE_HOME=state, TERM="xterm", LC_ALL="C")
            os.execvp("cdc-sql", ["cdc-sql"])
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def wait_for(self, text):
        """Reads until `text` has come; returns all that came since the last call."""
        deadline = time.monotonic() + 30
        while text not in self.text:
            if time.monotonic() > deadline or not select.select([self.fd], [], [], 30)[0]:
                sys.exit(f"{text!r} did not come, but {self.text!r}")
            self.text += self.decoder.decode(os.read(self.fd, 65536))
        before, self.text = self.text.split(text, 1)
        return before

    def write(self, text):
        os.write(self.fd, text.encode())


def main():
    with tempfile.TemporaryDirectory() as state:
        terminal = Terminal(state)
        terminal.wait_for("cdc-sql> ")
        terminal.write("SELECT 41 + 1 AS answer,\n")
        terminal.wait_for("> ")
        terminal.write("'no; end' AS words;\n")
        assert "|          42 |" in terminal.wait_for("Received a total of 1 row"), "the row"
        terminal.write("SELECT nothing;\n")
        assert "column 'nothing' not found" in terminal.wait_for("hint:"), "the error"
        terminal.write("CREATE TABLE g (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');\n")
        terminal.write("SELECT * FROM g;\n")
        terminal.wait_for("| +I |")
        terminal.write("\x03")
        terminal.wait_for("Received a total of")
        terminal.write("SHOW TABLES;\n")
        assert "|          g |" in terminal.wait_for("1 row in set"), "the table that was created"
        terminal.wait_for("cdc-sql> ")
        terminal.write("\x03\n")  # at an idle prompt: nothing ends
        terminal.wait_for("cdc-sql> ")
        terminal.write("SELECT\t'Zo\u00eb' AS y;\n")
        assert "Zo\u00eb |" in terminal.wait_for("Received a total of 1 row"), "text beyond ASCII"
        terminal.write("SHOW TABLES; SELECT 7 AS a; SHOW VIEWS; SELECT 8 AS b;\n")
        terminal.wait_for("1 row in set")
        assert "7 |" in terminal.wait_for("Received a total of 1 row"), "the query between two others"
        terminal.wait_for("Empty set")
        assert "8 |" in terminal.wait_for("Received a total of 1 row"), "the last query"
        terminal.write("SHOW TABLES;\n")
        terminal.wait_for("1 row in set")
        terminal.write("CREATE TABLE s (n INT) WITH ('connector' = 'print');\n")
        for begin in "BEGIN STATEMENT SET;", "execute statement /* of two */ set\nbegin":
            # Typed or pasted: none of the statements runs before the end of the set.
            terminal.write(begin + "\nINSERT INTO s SELECT CASE WHEN TRUE THEN 5 END;\nINSERT INTO s SELECT\n6;\nEND;\n")
            typed = terminal.wait_for("END;")
            assert "error" not in typed and "+I[" not in typed, typed
            assert "error" not in terminal.wait_for("+I[6]"), "the set"
        terminal.write("help\n")
        assert "SHOW TABLES;" in terminal.wait_for("man 7 cdc-sql"), "the help"
        terminal.write("\\q\n")
        status = os.waitpid(terminal.pid, 0)[1]
        assert status == 0, status
        with open(os.path.join(state, "cdcutils", "sql-history"), encoding="utf-8") as history:
            assert "answer" in history.read(), "the history"


if __name__ == "__main__":
    main()
