// Package fileglob finds files of an untrusted tree by pattern without ever leaving the tree.
package fileglob

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// maxVisited bounds how many folder entries one pattern may look at.
const maxVisited = 500_000

// Found is a match: a regular file, named relative to the root.
type Found struct {
	Path string
	Size int64
}

// Skipped is a match that is no regular file inside the tree, or a pattern that cannot be followed.
type Skipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Find returns what pattern matches inside root, sorted by path. Patterns are relative, `/` separates,
// `*`, `?` and `[a-z]` match inside a name, `{a,b}` gives alternatives, `**` matches any number of
// folders (without following links to folders). A match that is a link is followed as long as it stays
// inside root.
func Find(root *os.Root, pattern string) ([]Found, []Skipped) {
	search := &search{root: root, found: map[string]int64{}, skipped: map[string]string{}}
	for _, plain := range expandBraces(pattern) {
		if reason := badPattern(plain); reason != "" {
			search.skipped[pattern] = reason
			continue
		}
		search.step(".", strings.Split(path.Clean(plain), "/"))
	}
	if search.visited > maxVisited {
		search.skipped[pattern] = "the folder has too many entries: use a narrower pattern"
	}
	return search.results()
}

func badPattern(pattern string) string {
	parts := strings.Split(pattern, "/")
	switch {
	case strings.TrimSpace(pattern) == "":
		return "the pattern is empty"
	case strings.HasPrefix(pattern, "/"), slices.Contains(parts, ".."):
		return "the pattern leaves the suite's folder"
	}
	for _, part := range parts {
		if _, err := path.Match(part, ""); err != nil {
			return "the pattern is malformed"
		}
	}
	return ""
}

type search struct {
	root    *os.Root
	visited int
	found   map[string]int64
	skipped map[string]string
}

// step matches the first part of the pattern against the entries of folder.
func (s *search) step(folder string, parts []string) {
	if s.visited > maxVisited {
		return
	}
	part, rest := parts[0], parts[1:]
	if part == "**" {
		if len(rest) == 0 {
			rest = []string{"*"}
		}
		s.step(folder, rest)
		s.below(folder, parts)
		return
	}
	if !strings.ContainsAny(part, `*?[\`) {
		s.match(path.Join(folder, part), rest, true)
		return
	}
	for _, entry := range s.entries(folder) {
		if matched, _ := path.Match(part, entry.Name()); matched {
			s.match(path.Join(folder, entry.Name()), rest, false)
		}
	}
}

// below goes on with the same pattern in every folder under this one.
func (s *search) below(folder string, parts []string) {
	for _, entry := range s.entries(folder) {
		if entry.IsDir() {
			s.step(path.Join(folder, entry.Name()), parts)
		}
	}
}

func (s *search) match(name string, rest []string, literal bool) {
	info, err := s.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if !literal {
			s.skipped[name] = "is a link to nothing"
		}
	case err != nil:
		s.skipped[name] = "cannot be followed inside the folder: " + reason(err)
	case info.IsDir():
		if len(rest) > 0 {
			s.step(name, rest)
		}
	case len(rest) > 0:
		// a file where the pattern wants a folder
	case !info.Mode().IsRegular():
		s.skipped[name] = "is not a regular file"
	default:
		s.found[name] = info.Size()
	}
}

func (s *search) entries(folder string) []fs.DirEntry {
	opened, err := s.root.Open(folder)
	if err != nil {
		s.skipped[folder] = reason(err)
		return nil
	}
	defer opened.Close()
	entries, err := opened.ReadDir(maxVisited + 1 - s.visited)
	if err != nil && len(entries) == 0 && !isEnd(err) {
		s.skipped[folder] = reason(err)
	}
	s.visited += len(entries)
	return entries
}

func (s *search) results() ([]Found, []Skipped) {
	var found []Found
	for name, size := range s.found {
		found = append(found, Found{name, size})
	}
	slices.SortFunc(found, func(a, b Found) int { return strings.Compare(a.Path, b.Path) })
	var skipped []Skipped
	for name, why := range s.skipped {
		skipped = append(skipped, Skipped{name, why})
	}
	slices.SortFunc(skipped, func(a, b Skipped) int { return strings.Compare(a.Path, b.Path) })
	return found, skipped
}
