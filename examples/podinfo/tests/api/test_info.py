import re

from client import get


def test_the_version_is_the_one_of_the_chart():
    assert get("/version").json()["version"] == "6.9.2"


def test_it_says_what_it_runs_on():
    info = get("/api/info").json()
    assert info["goos"] == "linux"
    assert re.match(r"go1\.\d+", info["runtime"])


def test_its_name_is_its_pods():
    assert get("/api/info").json()["hostname"].startswith("podinfo-")


def test_its_process_has_what_the_chart_sets():
    assert "PODINFO_UI_COLOR=#1f6f8b" in get("/env").json()


def test_headers_are_shown_as_they_came():
    assert get("/headers", X_Harbour="Bremen").json()["X-Harbour"] == ["Bremen"]
