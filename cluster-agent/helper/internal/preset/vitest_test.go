package preset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withVitest links the repository's own node_modules into the pod, or skips with a reason.
func withVitest(t *testing.T, pod *pod) {
	t.Helper()
	needNode(t)
	modules, err := filepath.Abs("../../../../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, ".bin", "vitest")); err != nil {
		t.Skipf("no vitest in %s: run npm install to run this test", modules)
	}
	if err := os.Symlink(modules, filepath.Join(pod.root, "work", "node_modules")); err != nil {
		t.Fatal(err)
	}
	pod.write("package.json", `{"type":"module"}`)
}

const twoTests = "import { test, expect } from 'vitest';\ntest('one', () => { expect(1).toBe(1) });\ntest('two', () => {});\n"

func TestVitestListsFilesWithTheirNumberOfCases(t *testing.T) {
	pod := newPod(t, `{"tool":"vitest","mode":"list","path":"app"}`)
	withVitest(t, pod)
	pod.write("app/a.test.ts", twoTests)
	pod.write("app/deep/b.test.ts", "import { test } from 'vitest';\ntest('one', () => {});\n")
	if status := pod.do(); status != 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	cases := pod.list().Cases
	if len(cases) != 2 || cases[0] != (listed{"a.test.ts", 2, "a.test.ts"}) || cases[1] != (listed{"deep/b.test.ts", 1, "deep/b.test.ts"}) {
		t.Errorf("listed %+v", cases)
	}
}

func TestVitestThatCannotListIsAnErrorAndNoEmptyList(t *testing.T) {
	pod := newPod(t, `{"tool":"vitest","mode":"list"}`)
	withVitest(t, pod)
	pod.write("a.test.ts", "import './nope'\n")
	if status := pod.do(); status == 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	if document := pod.list(); len(document.Errors) != 1 {
		t.Errorf("list is %+v", document)
	}
}

func TestVitestRunsItsFilesOnlyThoughItsArgumentsMatchMore(t *testing.T) {
	pod := newPod(t, `{"tool":"vitest","cases":true}`)
	withVitest(t, pod)
	for _, file := range []string{"src/a.test.ts", "src/a.test.tsx", "deep/src/a.test.ts", "[id]/src/a.test.ts", "src/[x]/c.test.ts"} {
		pod.write(file, twoTests)
	}
	pod.cases("src/a.test.ts", "src/[x]/c.test.ts")
	if status := pod.do(); status != 0 {
		t.Fatalf("status %d\n%s", status, pod.log())
	}
	report := pod.read("out/junit-vitest.xml")
	if strings.Count(report, "<testsuite ") != 2 || !strings.Contains(report, `name="src/a.test.ts"`) || !strings.Contains(report, `name="src/[x]/c.test.ts"`) {
		t.Errorf("report is %s", report)
	}
}

func TestVitestRunTellsRedFromNoVerdict(t *testing.T) {
	for name, example := range map[string]struct {
		content, file string
		status        int
	}{
		"a failed case":       {"import { test } from 'vitest';\ntest('x', () => { throw new Error('no') });\n", "a.test.ts", 1},
		"a missing file":      {twoTests, "gone.test.ts", 3},
		"an unhandled error":  {"import { test } from 'vitest';\ntest('x', () => { void Promise.reject(new Error('late')) });\n", "a.test.ts", 1},
		"a file with a typo":  {"import './nope';\n", "a.test.ts", 1},
		"a process that ends": {"import { test } from 'vitest';\ntest('x', () => { process.kill(process.pid, 9) });\n", "a.test.ts", 1},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(t, `{"tool":"vitest","cases":true}`)
			withVitest(t, pod)
			pod.write("a.test.ts", example.content)
			pod.cases(example.file)
			if status := pod.do(); status != example.status {
				t.Errorf("status %d, expected %d\n%s", status, example.status, pod.log())
			}
		})
	}
}
