package preset

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// vitestEntry is one line of `vitest list --json`: a case, or with --filesOnly a file.
type vitestEntry struct {
	Name string `json:"name"`
	File string `json:"file"`
}

// listVitest lists files, weighed by their number of cases.
func (p *Preset) listVitest() int {
	_ = os.Remove(p.settings.ListFile())
	entries, ended, ok := p.vitestEntries(nil)
	if !ok {
		message := "vitest could not list the tests (" + ended.String() + "); its output says why"
		p.say("%s", message)
		status := p.endList(list{Tool: "vitest", Errors: []listError{{Message: message}}})
		return max(status, orUnknown(ended.status))
	}
	document := list{Tool: "vitest"}
	weights := map[string]int{}
	for _, entry := range entries {
		weights[p.relativeToSuite(entry.File)]++
	}
	for file, weight := range weights {
		document.Cases = append(document.Cases, listed{ID: file, Weight: weight, File: file})
	}
	slices.SortFunc(document.Cases, func(a, b listed) int { return strings.Compare(a.ID, b.ID) })
	return p.endList(document)
}

// vitestEntries runs `vitest list`. The JSON goes to a file, since a config may print to stdout.
func (p *Preset) vitestEntries(more []string) ([]vitestEntry, ending, bool) {
	output := p.stateFile("vitest.json")
	_ = os.Remove(output)
	arguments := append([]string{"list", "--json=" + output}, p.settings.Spec.Args...)
	ended := p.process.run(p.settings.SuiteFolder(), nil, p.vitest(), append(arguments, more...)...)
	var entries []vitestEntry
	err := readJSON(output, &entries)
	return entries, ended, ended.status == 0 && err == nil
}

// runVitest runs the shard's files, and only those: vitest's file arguments match any path that contains
// them, so files of other shards that they match too are excluded.
func (p *Preset) runVitest() int {
	files, isSelected, err := p.readCases()
	if err != nil {
		return p.cannotTell("the cases of this shard cannot be read: %v", err)
	}
	report := filepath.Join(p.settings.OutFolder(), "junit-vitest.xml")
	_ = os.Remove(report)
	arguments := []string{"run", "--reporter=default", "--reporter=junit", "--outputFile.junit=" + report}
	arguments = append(arguments, p.settings.Spec.Args...)
	if isSelected {
		excludes, ok := p.vitestExcludes(files)
		if !ok {
			return exitUnknown
		}
		arguments = append(append(arguments, excludes...), files...)
	}
	return p.verdict("vitest", report, p.process.run(p.settings.SuiteFolder(), nil, p.vitest(), arguments...))
}

func (p *Preset) vitestExcludes(files []string) ([]string, bool) {
	selected, missing, ended := p.vitestSelection(files, nil)
	if ended != nil {
		p.say("vitest could not look up the files of this shard (%s); its output says why", *ended)
		return nil, false
	}
	if len(missing) > 0 {
		p.say("vitest does not find %d files of this shard, the first is %s: the content or its config differs from what was listed", len(missing), strconv.Quote(missing[0]))
		return nil, false
	}
	if len(selected) == 0 {
		return nil, true
	}
	var excludes []string
	for _, file := range selected {
		excludes = append(excludes, "--exclude="+vitestMagic.ReplaceAllString(file, `\$0`))
	}
	if still, _, _ := p.vitestSelection(files, excludes); len(still) > 0 {
		p.say("vitest will also run %s, which belongs to another shard", strconv.Quote(still[0]))
	}
	return excludes, true
}

var vitestMagic = regexp.MustCompile(`[\[\]{}()*?!+@\\]`)

// vitestSelection asks vitest which files the arguments select, and returns those that are too many and
// those that are missing. The ending is set when vitest could not say.
func (p *Preset) vitestSelection(files, excludes []string) (extra, missing []string, failed *ending) {
	entries, ended, ok := p.vitestEntries(append(append([]string{"--filesOnly"}, excludes...), files...))
	if !ok {
		return nil, nil, &ended
	}
	wanted, found := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		wanted[file] = true
	}
	for _, entry := range entries {
		file := p.relativeToSuite(entry.File)
		if !wanted[file] && !found[file] {
			extra = append(extra, file)
		}
		found[file] = true
	}
	for _, file := range files {
		if !found[file] {
			missing = append(missing, file)
		}
	}
	return extra, missing, nil
}

// vitest finds the project's own vitest, then one on PATH, then the image's.
func (p *Preset) vitest() string {
	top := p.settings.WorkFolder()
	for folder := p.settings.SuiteFolder(); ; folder = filepath.Dir(folder) {
		if candidate := filepath.Join(folder, "node_modules", ".bin", "vitest"); isProgram(candidate) {
			return candidate
		}
		if folder == top || folder == filepath.Dir(folder) {
			break
		}
	}
	if program, found := findProgram(p.settings.Path, "vitest"); found {
		return program
	}
	return "/node_modules/.bin/vitest"
}

// relativeToSuite makes vitest's absolute names relative to the suite's folder, through links as well.
func (p *Preset) relativeToSuite(file string) string {
	suite := p.settings.SuiteFolder()
	if real, err := filepath.EvalSymlinks(suite); err == nil && strings.HasPrefix(file, real+"/") {
		suite = real
	}
	relative, err := filepath.Rel(suite, file)
	if err != nil {
		return file
	}
	return filepath.ToSlash(relative)
}
