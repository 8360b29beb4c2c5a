"""Asks podinfo at BASE_URL, with nothing but Python's own library."""

import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

BASE_URL = os.environ["BASE_URL"]


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


def ask(method, path, body=None, headers=None):
    """An answer of any status; only a connection that fails raises."""
    data = body.encode() if isinstance(body, str) else body
    request = Request(BASE_URL + path, data=data, headers=headers or {}, method=method)
    try:
        with urlopen(request, timeout=20) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def get(path, **headers):
    return ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def post(path, body):
    return ask("POST", path, body)
