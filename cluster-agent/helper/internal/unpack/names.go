package unpack

import (
	"errors"
	"path"
	"slices"
	"strings"
	"syscall"
)

// safeName cleans an entry's name, or refuses it: it must be relative and free of "..".
func safeName(name string) (string, error) {
	switch {
	case name == "":
		return "", unsafe(name, "has no name")
	case strings.HasPrefix(name, "/"):
		return "", unsafe(name, "is absolute: pack with relative names")
	case strings.ContainsRune(name, 0):
		return "", unsafe(name, "has a NUL character in its name")
	}
	if slices.Contains(strings.Split(name, "/"), "..") {
		return "", unsafe(name, `has ".." in its name: pack from the top folder`)
	}
	return path.Clean(name), nil
}

func isNameTrouble(err error) bool {
	return errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EILSEQ)
}

// checkLinks follows every symbolic link the way the kernel would, through other links too, and refuses
// one that leaves the folder. It looks at names only, so targets that do not exist are checked as well.
func checkLinks(links map[string]string) error {
	for name, target := range links {
		if escapes(links, name) {
			return unsafe(name, "is a link to outside of the content ("+shorten(target)+")")
		}
	}
	return nil
}

// maxHops is Linux's limit; a longer chain cannot be followed by anybody.
const maxHops = 40

func escapes(links map[string]string, name string) bool {
	pending := strings.Split(name, "/")
	var place []string
	for hops := 0; len(pending) > 0; {
		part := pending[0]
		pending = pending[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(place) == 0 {
				return true
			}
			place = place[:len(place)-1]
			continue
		}
		place = append(place, part)
		target, isLink := links[strings.Join(place, "/")]
		if !isLink {
			continue
		}
		if hops++; hops > maxHops {
			return false
		}
		place = place[:len(place)-1]
		pending = append(strings.Split(target, "/"), pending...)
	}
	return false
}

func shorten(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}
