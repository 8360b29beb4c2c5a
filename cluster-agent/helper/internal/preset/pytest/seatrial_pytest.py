"""Seatrial's pytest plugin: lists the cases, or runs the given ones and keeps a journal of them.

Loaded with ``-p seatrial_pytest``; Python 3.8 and later, pytest 6 and later, nothing else. The journal is
appended to line by line while the tests run, so that what ended before a crash is known. Whoever starts
pytest sets SEATRIAL_PYTEST_MODE (list or run), SEATRIAL_PYTEST_OUT (list or journal file) and, for run,
SEATRIAL_PYTEST_STATE and SEATRIAL_PYTEST_CASES (empty: run everything).
"""

import json
import os

import pytest

from seatrial_journal import Journal
from seatrial_text import clean, collection_error, file_of, replace_json


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
