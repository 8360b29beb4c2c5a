package preset

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPytestRunBlamesTheCaseInWhichTheInterpreterDies(t *testing.T) {
	needPytest(t)
	for name, crash := range map[string]struct{ body, message string }{
		"a segmentation fault": {"import ctypes; ctypes.string_at(0)", "signal 11, SIGSEGV"},
		"os._exit":             {"import os; os._exit(0)", "exit status 0"},
		"a kill":               {"import os; os.kill(os.getpid(), 9)", "signal 9, SIGKILL"},
		"an abort":             {"import os; os.abort()", "signal 6, SIGABRT"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(t, `{"tool":"pytest","cases":true}`)
			pod.write("test_crash.py", "def test_before(): pass\n\ndef test_dies():\n    "+crash.body+"\n\ndef test_after(): pass\n")
			pod.cases("test_crash.py::test_before", "test_crash.py::test_dies", "test_crash.py::test_after")
			if status := pod.do(); status != 1 {
				t.Fatalf("status %d\n%s", status, pod.log())
			}
			ends := pod.ends()
			dead := ends["test_crash.py::test_dies"]
			if dead.Outcome != "errored" || !dead.Crash || !strings.Contains(dead.Message, crash.message) {
				t.Errorf("the dead case says %+v", dead)
			}
			if ends["test_crash.py::test_before"].Outcome != "passed" || ends["test_crash.py::test_after"].Outcome != "passed" {
				t.Errorf("ends are %+v", ends)
			}
		})
	}
}

func TestPytestRunEndsWhenPytestDiesTwiceWithoutACase(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","cases":true}`)
	pod.write("test_a.py", "import os\nos._exit(7)\n\ndef test_a(): pass\n")
	pod.cases("test_a.py::test_a")
	if status := pod.do(); status != 3 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	if end := pod.ends()["test_a.py::test_a"]; end.Outcome != "errored" || !strings.Contains(end.Message, "exit status 7") {
		t.Errorf("the case says %+v", end)
	}
	if !strings.Contains(pod.log(), "starting it once more") {
		t.Errorf("there was no second try:\n%s", pod.log())
	}
}

func TestPytestRunLosesNoCaseSilently(t *testing.T) {
	needPytest(t)
	const three = "import pytest\ndef test_a(): assert 0\ndef test_b(): pass\ndef test_c(): pytest.exit('enough')\n"
	for name, example := range map[string]struct{ spec, suite, lost, message string }{
		"-x":               {`{"tool":"pytest","cases":true,"args":["-x"]}`, three, "test_s.py::test_b", "-x or --maxfail"},
		"pytest.exit":      {`{"tool":"pytest","cases":true}`, three, "test_s.py::test_c", "no result"},
		"a renamed case":   {`{"tool":"pytest","cases":true}`, three, "test_s.py::test_gone", "not collected in this shard"},
		"a deselected one": {`{"tool":"pytest","cases":true,"args":["-k","not test_b"]}`, three, "test_s.py::test_b", "not collected in this shard"},
		"a broken file":    {`{"tool":"pytest","cases":true}`, "import nope_nope\ndef test_b(): pass\n", "test_s.py::test_b", "nope_nope"},
		"--collect-only":   {`{"tool":"pytest","cases":true,"args":["--collect-only"]}`, three, "test_s.py::test_b", "no result"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(t, example.spec)
			pod.write("test_s.py", example.suite)
			pod.cases("test_s.py::test_a", example.lost)
			if status := pod.do(); status != 1 {
				t.Fatalf("status %d\n%s", status, pod.log())
			}
			if end := pod.ends()[example.lost]; end.Outcome != "errored" || !strings.Contains(end.Message, example.message) {
				t.Errorf("the lost case says %+v", end)
			}
		})
	}
}

func TestPytestRunWithoutAVerdictSaysWhy(t *testing.T) {
	needPytest(t)
	for name, example := range map[string]struct{ spec, conftest, reason string }{
		"an unknown option":     {`{"tool":"pytest","cases":true,"args":["--no-such-option"]}`, "", "pytest could not start"},
		"a status of its own":   {`{"tool":"pytest","cases":true}`, "def pytest_sessionfinish(session):\n    session.exitstatus = 6\n", "exit status 6"},
		"a death after the end": {`{"tool":"pytest","cases":true}`, "import os\ndef pytest_unconfigure():\n    os._exit(99)\n", "exit status 99"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(t, example.spec)
			pod.write("test_a.py", "def test_a(): pass\n")
			pod.write("conftest.py", example.conftest)
			pod.cases("test_a.py::test_a")
			if status := pod.do(); status != 3 {
				t.Fatalf("status %d\n%s", status, pod.log())
			}
			if !strings.Contains(pod.log(), example.reason) {
				t.Errorf("the log says\n%s", pod.log())
			}
		})
	}
}

func TestPytestRunWithoutCasesHasNoVerdict(t *testing.T) {
	pod := newPod(t, `{"tool":"pytest","cases":true}`)
	pod.cases()
	if status := pod.do(); status != 3 {
		t.Errorf("status %d", status)
	}
}

func TestPytestRunPassesSIGTERMOnAndDoesNotStartAgain(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","cases":true}`)
	pod.write("test_slow.py", "import time, pathlib\ndef test_slow():\n    pathlib.Path('started').touch()\n    time.sleep(600)\n\ndef test_next(): pass\n")
	pod.cases("test_slow.py::test_slow", "test_slow.py::test_next")
	signals := make(chan os.Signal, 1)
	go pod.preset.process.pass(signals)
	go func() {
		for !pod.exists("work/started") {
			time.Sleep(10 * time.Millisecond)
		}
		signals <- syscall.SIGTERM
	}()
	if status := pod.do(); status != 3 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	for name, end := range pod.ends() {
		if end.Outcome != "errored" || !strings.Contains(end.Message, "asked to stop") {
			t.Errorf("%s says %+v", name, end)
		}
	}
	if len(pod.ends()) != 2 {
		t.Errorf("ends are %+v", pod.ends())
	}
}

func TestPytestRunWorksUnderXdist(t *testing.T) {
	needPytest(t)
	if err := exec.Command("python3", "-c", "import xdist").Run(); err != nil {
		t.Skip("pytest-xdist is not installed here: install it to run this test")
	}
	for _, flags := range []string{`"-n","2"`, `"-n","2","--dist","loadgroup","--deselect","test_x.py::test_dies"`} {
		t.Run(flags, func(t *testing.T) {
			pod := newPod(t, `{"tool":"pytest","cases":true,"args":[`+flags+`]}`)
			pod.write("test_x.py", "import os, pytest\n\n@pytest.mark.xdist_group('g')\n@pytest.mark.parametrize('n', range(4))\ndef test_n(n): assert n != 2\n\ndef test_dies(): os._exit(1)\n\ndef test_other(): pass\n")
			cases := []string{"test_x.py::test_n[0]", "test_x.py::test_n[2]", "test_x.py::test_n[3]", "test_x.py::test_dies", "test_x.py::test_gone"}
			pod.cases(cases...)
			if status := pod.do(); status != 1 {
				t.Fatalf("status %d\n%s", status, pod.log())
			}
			ends := pod.ends()
			for index, outcome := range []string{"passed", "failed", "passed", "errored", "errored"} {
				if ends[cases[index]].Outcome != outcome {
					t.Errorf("%s is %+v, expected %s", cases[index], ends[cases[index]], outcome)
				}
			}
			if len(ends) != len(cases) {
				t.Errorf("ends are %+v", ends)
			}
		})
	}
}
