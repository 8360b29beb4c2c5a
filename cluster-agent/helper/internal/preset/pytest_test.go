package preset

import (
	"os/exec"
	"strings"
	"testing"
)

// needPytest skips with a reason where the machine has no pytest.
func needPytest(t *testing.T) {
	t.Helper()
	if output, err := exec.Command("python3", "-m", "pytest", "--version").CombinedOutput(); err != nil {
		t.Skipf("python3 -m pytest does not work here (%v: %s): install python3-pytest to run this test", err, output)
	}
}

const mixedSuite = `
import pytest

def test_passes():
    pass

def test_fails():
    answer = 41
    assert answer == 42, "wrong answer"

@pytest.fixture
def broken():
    raise RuntimeError("no database")

def test_setup_error(broken):
    pass

@pytest.fixture
def leaky():
    yield
    raise RuntimeError("teardown broke")

def test_teardown_error(leaky):
    pass

def test_fails_twice(leaky):
    assert False, "call first"

@pytest.mark.skip(reason="not today")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known bug")
def test_xfail():
    assert False

@pytest.mark.xfail(strict=True)
def test_xpass_strict():
    pass

@pytest.mark.parametrize("value", ["a b", "x::y", "ü[1]", "n\nl", "@at"])
def test_odd(value):
    pass

class TestGroup:
    def test_in_class(self):
        pass
`

func TestPytestListWritesEveryNodeID(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","mode":"list","path":"tests"}`)
	pod.write("tests/test_mixed.py", mixedSuite)
	if status := pod.do(); status != 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	document := pod.list()
	if len(document.Cases) != 14 || len(document.Errors) != 0 {
		t.Fatalf("listed %d cases, errors %v", len(document.Cases), document.Errors)
	}
	first := document.Cases[0]
	if first != (listed{ID: "test_mixed.py::test_passes", Weight: 1, File: "test_mixed.py"}) {
		t.Errorf("first case is %+v", first)
	}
}

func TestPytestListOfNothingIsAnEmptyListAndNoError(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","mode":"list"}`)
	pod.write("readme.txt", "nothing here")
	if status := pod.do(); status != 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	if text := pod.read("out/list.json"); !strings.Contains(text, `"cases": []`) {
		t.Errorf("list is %s", text)
	}
}

func TestPytestListNamesCollectionErrorsAndPassesTheStatusOn(t *testing.T) {
	needPytest(t)
	for name, content := range map[string]string{
		"an import that fails": "import no_such_module_here\n\ndef test_a(): pass\n",
		"a syntax error":       "def test_a(:\n",
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(t, `{"tool":"pytest","mode":"list"}`)
			pod.write("test_broken.py", content)
			pod.write("test_fine.py", "def test_b(): pass\n")
			if status := pod.do(); status != 2 {
				t.Fatalf("status %d\n%s", status, pod.log())
			}
			document := pod.list()
			if len(document.Errors) != 1 || document.Errors[0].File != "test_broken.py" || document.Errors[0].Message == "" {
				t.Errorf("errors are %+v", document.Errors)
			}
		})
	}
}

func TestPytestListSaysWhyWhenPytestCannotEvenStart(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","mode":"list","args":["--no-such-option"]}`)
	pod.write("test_a.py", "def test_a(): pass\n")
	if status := pod.do(); status != 4 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	if document := pod.list(); len(document.Errors) != 1 || len(document.Cases) != 0 {
		t.Errorf("list is %+v", document)
	}
}

func TestPytestRunReportsEveryKindOfOutcomeOnce(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","mode":"run","cases":true,"path":"tests"}`)
	pod.write("tests/test_mixed.py", mixedSuite)
	expected := map[string]string{
		"test_passes": "passed", "test_fails": "failed", "test_setup_error": "errored", "test_teardown_error": "errored",
		"test_fails_twice": "failed", "test_skipped": "skipped", "test_xfail": "skipped", "test_xpass_strict": "failed",
		`test_odd[a b]`: "passed", `test_odd[x::y]`: "passed", `test_odd[\xfc[1]]`: "passed", `test_odd[n\nl]`: "passed",
		`test_odd[@at]`: "passed", "TestGroup::test_in_class": "passed",
	}
	var cases []string
	for name := range expected {
		cases = append(cases, "test_mixed.py::"+name)
	}
	pod.cases(cases...)
	if status := pod.do(); status != 1 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	ends := pod.ends()
	for name, outcome := range expected {
		if got := ends["test_mixed.py::"+name]; got.Outcome != outcome {
			t.Errorf("%s is %q, expected %q (%s)", name, got.Outcome, outcome, got.Message)
		}
	}
	failed := ends["test_mixed.py::test_fails"]
	if failed.File != "test_mixed.py" || failed.Line != 9 || !strings.Contains(failed.Message, "wrong answer") || !strings.Contains(failed.Detail, "answer = 41") {
		t.Errorf("the failed case says %+v", failed)
	}
	if skipped := ends["test_mixed.py::test_skipped"]; !strings.Contains(skipped.Message, "not today") {
		t.Errorf("the skipped case says %+v", skipped)
	}
	if twice := ends["test_mixed.py::test_fails_twice"]; !strings.Contains(twice.Message, "call first") {
		t.Errorf("the case that failed twice says %+v", twice)
	}
}

func TestPytestRunSelectsItsCasesAndKeepsTheirOrder(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","cases":true}`)
	pod.write("test_many.py", "import pytest\n\n@pytest.mark.parametrize('n', range(20))\ndef test_n(n): pass\n")
	pod.cases("test_many.py::test_n[7]", "test_many.py::test_n[3]", "test_many.py::test_n[19]")
	if status := pod.do(); status != 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	var order []string
	for _, line := range pod.journal() {
		if line.Event == "end" {
			order = append(order, line.Case)
		}
	}
	if got := strings.Join(order, " "); got != "test_many.py::test_n[3] test_many.py::test_n[7] test_many.py::test_n[19]" {
		t.Errorf("ran %s", got)
	}
}

func TestPytestRunWithoutACaseListRunsEverything(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest"}`)
	pod.write("test_a.py", "import os\ndef test_a(): pass\ndef test_dies(): os._exit(9)\ndef test_z(): pass\n")
	if status := pod.do(); status != 1 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	if ends := pod.ends(); len(ends) != 3 || ends["test_a.py::test_z"].Outcome != "passed" || !ends["test_a.py::test_dies"].Crash {
		t.Errorf("ends are %+v", ends)
	}
}
