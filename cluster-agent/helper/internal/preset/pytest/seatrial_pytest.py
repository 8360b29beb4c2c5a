"""Seatrial's pytest plugin: lists the cases, or runs the given ones and keeps a journal of them.

Loaded with ``-p seatrial_pytest``; Python 3.8 and later, pytest 6 and later, nothing else. The journal is
appended to line by line while the tests run, so that what ended before a crash is known. Whoever starts
pytest sets SEATRIAL_PYTEST_MODE (list or run), SEATRIAL_PYTEST_OUT (list or journal file) and, for run,
SEATRIAL_PYTEST_STATE and SEATRIAL_PYTEST_CASES (empty: run everything).
"""

import json
import os
import time

import pytest

MESSAGE_LIMIT = 2000
DETAIL_LIMIT = 20000
# All details of one journal together; what comes later is told without them.
DETAIL_BUDGET = 16 * 1024 * 1024


def pytest_configure(config):
    mode = os.environ.get("SEATRIAL_PYTEST_MODE")
    if mode == "list":
        config.pluginmanager.register(Lister(config, os.environ["SEATRIAL_PYTEST_OUT"]), "seatrial-lister")
    if mode != "run":
        return
    selector = Selector(config, os.environ["SEATRIAL_PYTEST_STATE"], os.environ.get("SEATRIAL_PYTEST_CASES"))
    config.pluginmanager.register(selector, "seatrial-selector")
    if not hasattr(config, "workerinput"):  # with pytest-xdist only the controller keeps the journal
        selector.save(loaded=True)
        journal = Journal(config, os.environ["SEATRIAL_PYTEST_OUT"], selector)
        config.pluginmanager.register(journal, "seatrial-journal")


class Lister:
    """Writes the collected cases and the collection errors as one JSON document."""

    def __init__(self, config, path):
        self.config = config
        self.path = path
        self.cases = {}
        self.errors = []
        self.is_complete = False

    def pytest_collectreport(self, report):
        if report.failed:
            self.errors.append(collection_error(self.config, report))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        for item in session.items:
            case = clean(item.nodeid)
            self.cases[case] = {"id": case, "weight": 1, "file": file_of(self.config, item)}
        self.is_complete = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self):
        if not self.is_complete and not self.errors:
            message = "pytest ended before it had collected every test; its output says why"
            self.errors.append({"file": "", "message": message})
        document = {"tool": "pytest", "cases": list(self.cases.values())}
        if self.errors:
            document["errors"] = self.errors
        replace_json(self.path, document)


class Selector:
    """Deselects what this shard does not run, and tells which of its cases were not found."""

    def __init__(self, config, state_path, cases_path):
        self.config = config
        self.state_path = state_path
        self.wanted = None
        if cases_path:
            with open(cases_path, encoding="utf-8") as file:
                self.wanted = set(json.load(file)["cases"])
        self.copies = {}
        self.errors = []

    def resolve(self, nodeid):
        """The case that a node id belongs to; pytest-xdist's loadgroup appends "@group" to node ids."""
        case = clean(nodeid)
        if self.wanted is not None and case not in self.wanted:
            plain = case.rpartition("@")[0]
            if plain in self.wanted:
                return plain
        return case

    def pytest_collectreport(self, report):
        if report.failed:
            self.errors.append(collection_error(self.config, report))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        yield  # everybody else has chosen and ordered before us
        if self.wanted is None:
            return
        kept = [item for item in items if self.resolve(item.nodeid) in self.wanted]
        if len(kept) < len(items):
            chosen = set(map(id, kept))
            config.hook.pytest_deselected(items=[item for item in items if id(item) not in chosen])
            items[:] = kept

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        for item in session.items:
            case = self.resolve(item.nodeid)
            self.copies[case] = self.copies.get(case, 0) + 1
        state = {"loaded": True, "errors": self.errors}
        if self.wanted is None:
            state["collected"] = list(self.copies)
        else:
            state["missing"] = sorted(self.wanted.difference(self.copies))
        self.save(**state)

    def save(self, **state):
        replace_json(self.state_path, state)


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


def collection_error(config, report):
    file = report.nodeid.split("::")[0]
    return {
        "file": relative(config, os.path.join(root_of(config), file)) if file else "",
        "message": clip(report.longreprtext, MESSAGE_LIMIT),
    }


def root_of(config):
    return str(getattr(config, "rootpath", None) or config.rootdir)


def start_of(config):
    return str(config.invocation_params.dir)


def file_of(config, item):
    return relative(config, str(getattr(item, "path", None) or item.fspath))


def relative(config, path):
    """Relative to the folder that pytest was started in: the suite's path."""
    return clean(os.path.relpath(path, start_of(config)).replace(os.sep, "/"))


def clean(text):
    """Text that is valid UTF-8 without NUL, as databases want it."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def clip(text, limit):
    """At most limit UTF-16 units; the middle is left out, because errors stand at the end."""
    text = clean(text)
    if len(text) <= limit // 2 or len(text.encode("utf-16-le")) // 2 <= limit:
        return text
    if any(ord(character) > 0xFFFF for character in text):
        limit //= 2
    mark = "\n[...]\n"
    head = limit // 4
    return text[:head] + mark + text[len(text) - (limit - head - len(mark)) :]


def replace_json(path, document):
    temporary = "%s.%d" % (path, os.getpid())
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(document, file)
    os.replace(temporary, path)
