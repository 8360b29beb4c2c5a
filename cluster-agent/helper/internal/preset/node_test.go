package preset

import (
	"os/exec"
	"strings"
	"testing"
)

// needNode skips with a reason where the machine has no Node that these tests are about.
func needNode(t *testing.T) {
	t.Helper()
	output, err := exec.Command("node", "-p", nodeProbe).Output()
	if err != nil || !strings.Contains(string(output), `"HasTypes":true`) {
		t.Skipf("node on PATH does not run TypeScript (%s, %v): put Node 24 first on PATH to run this test", output, err)
	}
}

const oneTest = "require('node:test').test('ok', () => {})\n"

func TestNodeListsExactlyWhatNodeWouldRun(t *testing.T) {
	needNode(t)
	pod := newPod(t, `{"tool":"node","mode":"list","path":"app"}`)
	expected := []string{"a.test.js", "b/c-test.cjs", "b/d_test.js", "b/e.test.ts", "b/test-f.js", "b/test.js", "g[1]/h.test.js", "test/deep/i.js", "test/j.cjs"}
	for _, file := range expected {
		pod.write("app/"+file, oneTest)
	}
	for _, file := range []string{"node_modules/x/a.test.js", "b/latest.js", "b/testing.js", "b/k.test.jsx", "b/.l.test.js", ".hidden/m.test.js", "test/n.json", "b/test-o.md", "tests/p.js"} {
		pod.write("app/"+file, oneTest)
	}
	if status := pod.do(); status != 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	var got []string
	for _, one := range pod.list().Cases {
		got = append(got, one.ID)
	}
	if strings.Join(got, " ") != strings.Join(expected, " ") {
		t.Errorf("listed %q", got)
	}
	command := exec.Command("node", "--test", "--test-reporter=tap")
	command.Dir = pod.preset.settings.SuiteFolder()
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "\n# tests 9\n") {
		t.Errorf("node itself runs another number (%v):\n%s", err, output)
	}
}

func TestNodeWithoutTypesListsNoTypeScript(t *testing.T) {
	for name, expected := range map[string][2]bool{
		"a.test.ts": {true, false}, "a.test.mts": {true, false}, "a.test.js": {true, true}, "test/a.mjs": {true, true}, "a.js": {false, false},
	} {
		if isNodeTest(name, true) != expected[0] || isNodeTest(name, false) != expected[1] {
			t.Errorf("%s is not told apart", name)
		}
	}
}

func TestNodeRunsItsFilesOnlyAndSaysWhatIsRed(t *testing.T) {
	needNode(t)
	pod := newPod(t, `{"tool":"node","cases":true}`)
	pod.write("a.test.js", oneTest)
	pod.write("sp[1]/b.test.js", "require('node:test').test('in brackets', () => {})\n")
	pod.write("sp1/b.test.js", "require('node:test').test('not mine', () => {})\n")
	pod.write("bad.test.js", "require('node:test').test('bad', () => { throw new Error('no') })\n")
	pod.cases("a.test.js", "sp[1]/b.test.js")
	if status := pod.do(); status != 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	if report := pod.read("out/junit-node.xml"); !strings.Contains(report, `"in brackets"`) || strings.Contains(report, "not mine") {
		t.Errorf("report is %s", report)
	}
	if !strings.Contains(pod.log(), "✔ ok") {
		t.Errorf("the tool's output did not come through:\n%s", pod.log())
	}
	pod.cases("a.test.js", "bad.test.js")
	if status := pod.do(); status != 1 {
		t.Errorf("status %d\n%s", status, pod.log())
	}
}

func TestNodeRunWithoutAVerdictSaysWhy(t *testing.T) {
	needNode(t)
	for name, example := range map[string]struct{ args, file, reason string }{
		"an unknown option": {`["--no-such-option"]`, "a.test.js", "without a complete report"},
		"a missing file":    {`[]`, "gone.test.js", "gone.test.js"},
		"a file outside":    {`[]`, "../../cases.json", "not there"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(t, `{"tool":"node","cases":true,"args":`+example.args+`}`)
			pod.write("a.test.js", oneTest)
			pod.cases(example.file)
			if status := pod.do(); status != 3 || !strings.Contains(pod.log(), example.reason) {
				t.Errorf("status %d\n%s", status, pod.log())
			}
		})
	}
}

func TestAnImageWithoutTheToolIsAClearError(t *testing.T) {
	for _, tool := range []string{"node", "pytest", "vitest"} {
		pod := newPod(t, `{"tool":"`+tool+`","cases":true}`)
		pod.preset.settings.Path = "/nowhere"
		t.Setenv("PATH", "/nowhere")
		pod.write("a.test.js", oneTest)
		pod.cases("a.test.js")
		if status := pod.do(); status != 3 || !strings.Contains(pod.log(), "seatrial: ") {
			t.Errorf("%s: status %d\n%s", tool, status, pod.log())
		}
	}
}
