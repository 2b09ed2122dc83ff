"""Runs a program on a terminal of its own, as a shell does: in a foreground group that the shell can continue.

Given: columns, rows, the program and its arguments. Reads orders, a JSON object a line: {"type": text}, {"size": [columns,
rows]}, {"signal": number}, {"modes": true}. Says, a JSON object a line: {"pid": number}, {"output": text}, {"raw": bool},
{"stopped": true}, and at the end {"exit": status or null, "signal": number or null, "raw": bool}.
"""

import codecs
import fcntl
import json
import os
import select
import signal
import struct
import sys
import termios


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def resize(handle, columns, rows):
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def is_raw(handle):
    return not termios.tcgetattr(handle)[3] & (termios.ICANON | termios.ECHO)


def as_shell(program, report):
    """The first process of the terminal: starts the program, hears of its end and its stops, and tells `report`."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(program[0], program)
    os.write(report, f"pid {child}\n".encode())
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.write(report, b"stopped\n")
            continue
        if os.WIFSIGNALED(status):
            os.write(report, f"signal {os.WTERMSIG(status)}\n".encode())
        else:
            os.write(report, f"exit {os.WEXITSTATUS(status)}\n".encode())
        # The terminal must be there for as long as somebody asks how it was left.
        signal.pause()


def main():
    columns, rows, *program = sys.argv[1:]
    reports, report = os.pipe()
    # The size is there before the program can ask for it.
    master, slave = os.openpty()
    resize(master, int(columns), int(rows))
    shell = os.fork()
    if shell == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for handle in (0, 1, 2):
            os.dup2(slave, handle)
        os.set_inheritable(report, False)
        as_shell(program, report)
    os.close(report)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    orders = b""
    told = b""
    child = None
    ended = None
    while True:
        ready, _, _ = select.select([master, reports, 0], [], [], 0 if ended else None)
        if master in ready:
            say(output=decoder.decode(os.read(master, 65536)))
            continue
        if ended:
            # All that the program wrote has been read.
            say(**ended, raw=is_raw(slave))
            os.kill(shell, signal.SIGKILL)
            return
        if reports in ready:
            told += os.read(reports, 4096)
            *lines, told = told.split(b"\n")
            for line in lines:
                what, *number = line.decode().split()
                if what == "pid":
                    child = int(number[0])
                    say(pid=child)
                elif what == "stopped":
                    say(stopped=True, raw=is_raw(slave))
                else:
                    value = int(number[0])
                    ended = {"exit": value if what == "exit" else None, "signal": value if what == "signal" else None}
        if 0 in ready:
            given = os.read(0, 65536)
            if not given:
                if child is not None:
                    os.kill(child, signal.SIGKILL)
                os.kill(shell, signal.SIGKILL)
                return
            orders += given
            *lines, orders = orders.split(b"\n")
            for line in lines:
                order = json.loads(line)
                if "type" in order:
                    os.write(master, order["type"].encode())
                if "size" in order:
                    # The system tells the foreground group.
                    resize(master, *order["size"])
                if "signal" in order and child is not None:
                    os.kill(child, order["signal"])
                if "modes" in order:
                    say(raw=is_raw(slave))


main()
