package preset

import (
	"os/exec"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestPytestRunFailsACaseWithAFailedSubtestOnce(t *testing.T) {
	needPytest(t)
	if exec.Command("python3", "-c", "import _pytest.subtests").Run() != nil {
		t.Skip("this pytest tells no subtests apart: install pytest 9 to run this test")
	}
	pod := newPod(t, `{"tool":"pytest","cases":true}`)
	pod.write("test_sub.py", `import unittest

class TestSub(unittest.TestCase):
    def test_subs(self):
        for n in range(4):
            with self.subTest(n=n):
                self.assertNotEqual(n % 2, 1)

    def test_fine(self):
        for n in range(4):
            with self.subTest(n=n):
                if n == 2:
                    self.skipTest("not two")
`)
	pod.cases("test_sub.py::TestSub::test_subs", "test_sub.py::TestSub::test_fine")
	if status := pod.do(); status != 1 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	ends := pod.ends()
	if subs := ends["test_sub.py::TestSub::test_subs"]; subs.Outcome != "failed" || !strings.Contains(subs.Message, "1 == 1") {
		t.Errorf("the case says %+v", subs)
	}
	if fine := ends["test_sub.py::TestSub::test_fine"]; fine.Outcome != "passed" {
		t.Errorf("the case says %+v", fine)
	}
}

func TestPytestRunClipsLongTextAndSurvivesOddCharacters(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","cases":true}`)
	pod.write("test_long.py", "def test_long(): raise ValueError('x' * 100000 + '\\U0001F600' * 50000)\ndef test_odd(): raise ValueError('a\\ud800b\\0c')\n")
	pod.cases("test_long.py::test_long", "test_long.py::test_odd")
	if status := pod.do(); status != 1 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	ends := pod.ends()
	if long := ends["test_long.py::test_long"]; len(utf16.Encode([]rune(long.Message))) > 2000 || len(utf16.Encode([]rune(long.Detail))) > 20000 || long.Detail == "" {
		t.Errorf("%d and %d characters", len(long.Message), len(long.Detail))
	}
	if odd := ends["test_long.py::test_odd"]; !strings.HasPrefix(odd.Message, "ValueError: a") || strings.ContainsRune(odd.Message, 0) {
		t.Errorf("the message is %q", odd.Message)
	}
}

func TestAToolGetsATemporaryFolderWhereTheImageHasNone(t *testing.T) {
	needPytest(t)
	pod := newPod(t, `{"tool":"pytest","cases":true}`)
	pod.preset.settings.TempFolder = "/nowhere"
	pod.write("test_tmp.py", "import tempfile\ndef test_tmp(): open('where', 'w').write(tempfile.gettempdir())\n")
	pod.cases("test_tmp.py::test_tmp")
	if status := pod.do(); status != 0 || !strings.HasPrefix(pod.read("work/where"), pod.root) {
		t.Errorf("status %d, %s\n%s", status, pod.read("work/where"), pod.log())
	}
}
