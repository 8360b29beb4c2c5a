"""The journal of Seatrial's pytest plugin: the start and the end of every case, as they happen."""

import json
import os
import time

import pytest

from seatrial_text import DETAIL_LIMIT, MESSAGE_LIMIT, clip, relative, root_of, start_of

# All details of one journal together; what comes later is told without them.
DETAIL_BUDGET = 16 * 1024 * 1024


class Journal:
    """Appends the start and the end of every case, each as one line in one write."""

    def __init__(self, config, path, selector):
        self.config = config
        self.path = path
        self.selector = selector
        self.process = os.getpid()
        self.records = {}
        self.ended = set()  # pytest-xdist may hand a case that killed its worker to another one
        self.detail_budget = DETAIL_BUDGET

    def write(self, event):
        if os.getpid() != self.process:  # a fork of a test that runs on is not this session
            return
        data = (json.dumps(event) + "\n").encode("ascii")
        # Opened each time: a test may close every descriptor it finds.
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        finally:
            os.close(descriptor)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid, location):
        case = self.selector.resolve(nodeid)
        if case not in self.records and case not in self.ended:
            self.records[case] = Record(self.config, location)
            self.write({"event": "start", "case": case, "at": int(time.time() * 1000)})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        case = self.selector.resolve(report.nodeid)
        if case in self.ended:
            return
        record = self.records.get(case)
        if record is None:
            record = self.records[case] = Record(self.config, report.location)
        record.add(report)
        if report.when not in ("setup", "call", "teardown"):  # a pytest-xdist worker died
            self.end(case)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid):
        case = self.selector.resolve(nodeid)
        left = self.selector.copies.get(case, 1) - 1
        if left > 0:  # two tests share this node id: the worst of them counts, once
            self.selector.copies[case] = left
        elif case in self.records:
            self.end(case)

    def end(self, case):
        self.ended.add(case)
        event = self.records.pop(case).event(case)
        size = len(event.get("detail", ""))
        if size > self.detail_budget:
            event["detail"] = "(left out: the details of this shard's cases are too long; see the log)"
            size = 0
        self.detail_budget -= size
        self.write(event)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self):
        self.write({"event": "finish"})


class Record:
    """What is known of a case while it runs."""

    def __init__(self, config, location):
        self.config = config
        self.location = location
        self.reset()

    def reset(self):
        self.seconds = 0.0
        self.was_called = False
        self.worst = None  # (outcome, report)
        self.skipped = None

    def add(self, report):
        self.seconds += getattr(report, "duration", 0.0) or 0.0
        if report.outcome == "rerun":  # pytest-rerunfailures: only the last try counts
            self.reset()
            return
        is_subtest = getattr(report, "context", None) is not None
        if report.failed:
            outcome = "failed" if report.when == "call" else "errored"
            if self.worst is None or (outcome == "failed" and self.worst[0] == "errored"):
                self.worst = (outcome, report)
        elif report.skipped and not is_subtest:
            self.skipped = report
        if report.when == "call" and not is_subtest:
            self.was_called = True

    def event(self, case):
        outcome, report = self.verdict()
        event = {"event": "end", "case": case, "outcome": outcome, "seconds": round(self.seconds, 6)}
        if report is not None:
            event["message"] = clip(message_of(report), MESSAGE_LIMIT)
            if outcome != "skipped":
                event["detail"] = clip(report.longreprtext, DETAIL_LIMIT)
        elif outcome == "errored":
            event["message"] = "the body of the test never ran; look for pytest options such as --setup-only"
        event["file"], event["line"] = self.place(report if outcome != "skipped" else None)
        return event

    def verdict(self):
        if self.worst is not None:
            return self.worst
        if self.skipped is not None:
            return "skipped", self.skipped
        return ("passed" if self.was_called else "errored"), None

    def place(self, report):
        """The test's file and, where the traceback passes through it, the line that it left at."""
        file, line = self.location[0], (self.location[1] or 0) + 1
        path = os.path.join(root_of(self.config), file)
        for entry_path, entry_line in reversed(traceback_of(report)):
            if os.path.join(start_of(self.config), entry_path) == path:
                line = entry_line
                break
        return relative(self.config, path), line


def traceback_of(report):
    longrepr = getattr(report, "longrepr", None)
    entries = getattr(getattr(longrepr, "reprtraceback", None), "reprentries", None) or []
    places = [getattr(entry, "reprfileloc", None) for entry in entries]
    return [(str(place.path), int(place.lineno)) for place in places if place is not None]


def message_of(report):
    if getattr(report, "wasxfail", None) is not None and report.skipped:
        return "xfail: " + (report.wasxfail or "expected to fail")
    longrepr = report.longrepr
    if isinstance(longrepr, tuple):
        return str(longrepr[2])
    crash = getattr(longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message)
    lines = [line for line in report.longreprtext.splitlines() if line.strip()]
    return lines[-1] if lines else report.outcome
