from client import ask, get


def test_it_is_alive():
    assert get("/healthz").json() == {"status": "OK"}


def test_it_is_ready():
    assert get("/readyz").json() == {"status": "OK"}


def test_it_counts_its_answers():
    metrics = get("/metrics")
    assert metrics.status == 200
    assert 'http_requests_total{status="200"}' in metrics.text


def test_a_page_that_is_not_there_is_not_found():
    assert get("/nowhere").status == 404


def test_a_method_that_is_not_allowed_is_refused():
    assert ask("DELETE", "/version").status == 405
