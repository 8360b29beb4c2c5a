package preset

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// nodeTraits is what a listing must know about the image's Node.
type nodeTraits struct {
	// Major is its major version, HasTypes whether it runs TypeScript as it is.
	Major    int
	HasTypes bool
}

// nodeProbe asks Node for the two; process.features.typescript is false or a word.
const nodeProbe = `JSON.stringify({Major: Number(process.versions.node.split(".")[0]), HasTypes: Boolean(process.features.typescript)})`

func (p *Preset) nodeTraits() (nodeTraits, string, bool) {
	program, found := findProgram(p.settings.Path, "node")
	if !found {
		return nodeTraits{}, "node", false
	}
	var traits nodeTraits
	output, err := exec.Command(program, "-p", nodeProbe).Output()
	if err != nil || json.Unmarshal(bytes.TrimSpace(output), &traits) != nil {
		return nodeTraits{}, program, false
	}
	return traits, program, true
}

// listNode lists the test files that `node --test` would run without arguments; a case is a file.
func (p *Preset) listNode() int {
	traits, program, ok := p.nodeTraits()
	if !ok {
		return p.endList(list{Tool: "node", Errors: []listError{{Message: "no working " + program + " in this image: use an image with Node 20 or later"}}})
	}
	files, err := nodeTestFiles(p.settings.SuiteFolder(), traits.HasTypes)
	document := list{Tool: "node"}
	if err != nil {
		document.Errors = []listError{{Message: err.Error()}}
	}
	for _, file := range files {
		document.Cases = append(document.Cases, listed{ID: file, Weight: 1, File: file})
	}
	return p.endList(document)
}

// Node's default patterns (documentation of the test runner, "Running tests from the command line"):
// by name, and everything below a folder called test. Its globs skip names that start with a dot, do not
// enter node_modules and do not follow links to folders.
var (
	nodeNames  = regexp.MustCompile(`^(test|test-.+|.+[.\-_]test)\.([cm]?[jt]s)$`)
	nodeScript = regexp.MustCompile(`^.+\.([cm]?[jt]s)$`)
)

func nodeTestFiles(folder string, hasTypes bool) ([]string, error) {
	files := []string{}
	tree := os.DirFS(folder)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != "." && (base == "node_modules" || strings.HasPrefix(base, ".")) {
				return fs.SkipDir
			}
			return nil
		}
		if isNodeTest(name, hasTypes) && isFile(tree, name) {
			files = append(files, name)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

func isNodeTest(name string, hasTypes bool) bool {
	folder, base := path.Split(name)
	if strings.HasPrefix(base, ".") {
		return false
	}
	isInTest := slices.Contains(strings.Split(folder, "/"), "test")
	if !nodeNames.MatchString(base) && !(isInTest && nodeScript.MatchString(base)) {
		return false
	}
	return hasTypes || !strings.HasSuffix(base, "ts")
}

func isFile(tree fs.FS, name string) bool {
	info, err := fs.Stat(tree, name)
	return err == nil && info.Mode().IsRegular()
}

// runNode runs the shard's files with Node's own test runner.
func (p *Preset) runNode() int {
	traits, program, ok := p.nodeTraits()
	if !ok {
		return p.cannotTell("no working %s in this image: use an image with Node 20 or later", program)
	}
	files, isSelected, err := p.readCases()
	if err == nil && !isSelected {
		files, err = nodeTestFiles(p.settings.SuiteFolder(), traits.HasTypes)
	}
	if err != nil {
		return p.cannotTell("the cases of this shard cannot be read: %v", err)
	}
	if missing := p.missingFiles(files); len(missing) > 0 {
		return p.cannotTell("%d files of this shard are not there, the first is %s: the content differs from the one that was listed", len(missing), strconv.Quote(missing[0]))
	}
	report := filepath.Join(p.settings.OutFolder(), "junit-node.xml")
	_ = os.Remove(report)
	arguments := []string{
		"--test", "--test-reporter=spec", "--test-reporter-destination=stdout",
		"--test-reporter=junit", "--test-reporter-destination=" + report,
	}
	arguments = append(arguments, p.settings.Spec.Args...)
	for _, file := range files {
		arguments = append(arguments, nodeArgument(file, traits.Major))
	}
	return p.verdict("node", report, p.process.run(p.settings.SuiteFolder(), nil, program, arguments...))
}

var nodeMagic = regexp.MustCompile(`[\[{(*?+@]`)

// nodeArgument names exactly one file: from Node 21 on the arguments are glob patterns.
func nodeArgument(file string, major int) string {
	if major >= 21 {
		file = nodeMagic.ReplaceAllString(file, "[$0]")
	}
	if strings.HasPrefix(file, "-") || strings.HasPrefix(file, "!") {
		file = "./" + file
	}
	return file
}

func (p *Preset) missingFiles(files []string) []string {
	tree := os.DirFS(p.settings.SuiteFolder())
	var missing []string
	for _, file := range files {
		if !fs.ValidPath(file) || !isFile(tree, file) {
			missing = append(missing, file)
		}
	}
	return missing
}
