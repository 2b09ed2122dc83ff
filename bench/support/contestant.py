"""What a contestant in Python says: a line when it is ready, and one for each line that it reads."""

import json
import sys
import time

import torch


def say(facts):
    print(json.dumps(facts), flush=True)


def answer(run):
    """Runs once for each line of the input. The first run, which nobody asks for, pays for what is set up once."""
    run()
    say({"version": torch.__version__})
    for _ in sys.stdin:
        start, before = time.perf_counter(), time.process_time()
        run()
        say({"seconds": time.perf_counter() - start, "cpu": time.process_time() - before})
