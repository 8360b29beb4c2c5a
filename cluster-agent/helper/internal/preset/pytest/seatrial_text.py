"""Texts and paths of Seatrial's pytest plugin, as the hub takes them."""

import json
import os

MESSAGE_LIMIT = 2000
DETAIL_LIMIT = 20000


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
