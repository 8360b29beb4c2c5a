package fileglob

import (
	"errors"
	"io"
	"io/fs"
	"strings"
)

// maxAlternatives bounds what a pattern of braces expands to.
const maxAlternatives = 256

// expandBraces turns "{a,b}.xml" into "a.xml" and "b.xml". Braces do not nest; an unclosed one is an
// ordinary character.
func expandBraces(pattern string) []string {
	patterns := []string{""}
	for pattern != "" {
		before, after, opened := strings.Cut(pattern, "{")
		inside, rest, closed := strings.Cut(after, "}")
		if !opened || !closed {
			return appendEach(patterns, []string{pattern})
		}
		patterns = appendEach(appendEach(patterns, []string{before}), strings.Split(inside, ","))
		if len(patterns) > maxAlternatives {
			return patterns[:maxAlternatives]
		}
		pattern = rest
	}
	return patterns
}

func appendEach(patterns, endings []string) []string {
	var all []string
	for _, pattern := range patterns {
		for _, ending := range endings {
			all = append(all, pattern+ending)
		}
	}
	return all
}

// reason is the bare cause of a file error: the path is named beside it.
func reason(err error) string {
	var known *fs.PathError
	if errors.As(err, &known) {
		return known.Err.Error()
	}
	return err.Error()
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) }
