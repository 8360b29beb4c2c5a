package unpack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seatrial.dev/helper/internal/failure"
)

var roomy = Limits{Bytes: 1 << 20, Entries: 1000}

func file(name, content string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content)), Uname: content}
}
func folder(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
}
func link(name, target string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target}
}
func hard(name, target string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: target}
}

// archive packs entries; a file's content travels in Uname.
func archive(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	writer := tar.NewWriter(zipped)
	for _, entry := range entries {
		content := entry.Uname
		entry.Uname = ""
		if err := writer.WriteHeader(&entry); err != nil {
			t.Fatal(err)
		}
		if entry.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(writer, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(writer.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// into unpacks below a folder of its own, so that an escape would show beside it.
func into(t *testing.T, packed []byte, limits Limits) (string, error) {
	t.Helper()
	outside := t.TempDir()
	target := filepath.Join(outside, "work")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Into(target, bytes.NewReader(packed), limits, ForOwner)
	if entries, _ := os.ReadDir(outside); len(entries) != 1 {
		t.Errorf("something was written outside: %v", entries)
	}
	return target, err
}

func expectCode(t *testing.T, err error, code failure.Code) {
	t.Helper()
	var known *failure.Failure
	if !errors.As(err, &known) || known.Code != code {
		t.Errorf("expected %s, got %v", code, err)
	}
}

func TestOrdinaryContentIsUnpackedWithItsExecutableBits(t *testing.T) {
	script := file("bin/run.sh", "#!/bin/sh\n")
	script.Mode = 0o4755
	comment := tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "abc"}}
	target, err := into(t, archive(t, comment, folder("./"), folder("src/"), file("src/a.py", "one"), script, link("src/latest", "a.py"),
		link("deep/up", "../src"), hard("b.py", "src/a.py"), file("src/a b/ü.txt", ""), file("twice", "first"), file("twice", "second")), roomy)
	if err != nil {
		t.Fatal(err)
	}
	for name, expected := range map[string]string{"src/a.py": "one", "src/latest": "one", "deep/up/a.py": "one", "b.py": "one", "twice": "second"} {
		if text, err := os.ReadFile(filepath.Join(target, name)); err != nil || string(text) != expected {
			t.Errorf("%s holds %q (%v)", name, text, err)
		}
	}
	if info, _ := os.Stat(filepath.Join(target, "bin/run.sh")); info.Mode() != 0o755 {
		t.Errorf("the script has mode %v", info.Mode())
	}
	if info, _ := os.Stat(filepath.Join(target, "src/a.py")); info.Mode() != 0o644 {
		t.Errorf("the file has mode %v", info.Mode())
	}
}

func TestHostileContentIsRefused(t *testing.T) {
	device := tar.Header{Name: "dev", Typeflag: tar.TypeChar}
	for name, entries := range map[string][]tar.Header{
		"a parent in a name":             {file("../evil", "x")},
		"a parent inside of a name":      {folder("a"), file("a/../../evil", "x")},
		"a harmless parent in a name":    {folder("a"), file("a/../b", "x")},
		"an absolute name":               {file("/etc/evil", "x")},
		"an absolute link":               {link("a", "/etc")},
		"a link to outside":              {link("a", "../outside")},
		"a link to outside, deeper":      {link("a/b/c", "../../../outside")},
		"a chain of links to outside":    {link("a/b/c/x", "../../.."), link("y", "a/b/c/x/..")},
		"a chain in the other order":     {link("y", "a/b/x/../out"), link("a/b/x", "../..")},
		"a link through a missing name":  {link("a", "missing/../../out")},
		"an entry below a link":          {folder("real"), link("a", "real"), file("a/b", "x")},
		"an entry below a link outside":  {link("a", ".."), file("a/evil", "x")},
		"a link instead of a folder":     {folder("a"), file("a/b", "x"), link("a", "..")},
		"a file instead of a folder":     {folder("a"), file("a", "x")},
		"a folder instead of a link":     {link("a", "b"), folder("a")},
		"a folder instead of a file":     {file("a", "x"), file("a/b", "x")},
		"a hard link to outside":         {hard("a", "../../etc/passwd")},
		"a hard link to a root":          {hard("a", "/etc/passwd")},
		"a hard link to a link":          {link("l", "x"), hard("a", "l")},
		"a hard link through a link":     {folder("d"), file("d/f", "x"), link("l", "d"), hard("a", "l/f")},
		"a hard link to nothing":         {hard("a", "b")},
		"a hard link to a folder":        {folder("b"), hard("a", "b")},
		"a device":                       {device},
		"a pipe":                         {{Name: "fifo", Typeflag: tar.TypeFifo}},
		"a name that nobody can hold":    {file(strings.Repeat("x", 300), "x")},
		"the folder itself as a file":    {file("./.", "x")},
		"the folder itself as a link":    {link(".", "x")},
		"a folder below a file, by name": {file("a", ""), folder("a/b")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := into(t, archive(t, entries...), roomy)
			expectCode(t, err, failure.ContentUnsafe)
		})
	}
}

func TestLinksThatStayInsideAreKept(t *testing.T) {
	_, err := into(t, archive(t, link("a/b/x", "../.."), link("y", "a/b/x/z"), link("loop", "loop"), link("dangling", "nowhere")), roomy)
	if err != nil {
		t.Error(err)
	}
}

func TestContentOverItsLimitsIsRefusedWhileItStreams(t *testing.T) {
	many := make([]tar.Header, 101)
	for index := range many {
		many[index] = file(fmt.Sprintf("f%d", index), "")
	}
	zeros := strings.Repeat("\x00", 1<<20)
	for name, example := range map[string]struct {
		packed []byte
		limits Limits
	}{
		"too many entries":       {archive(t, many...), Limits{Bytes: 1 << 20, Entries: 100}},
		"one file too large":     {archive(t, file("a", zeros)), Limits{Bytes: 1<<20 - 1, Entries: 10}},
		"files too large at all": {archive(t, file("a", zeros), file("b", "x")), Limits{Bytes: 1 << 20, Entries: 10}},
		"zeros after the end":    {append(archive(t, file("a", "x")), zipped(t, zeros+zeros+zeros)...), Limits{Bytes: 10, Entries: 10}},
		"the same name again":    {archive(t, file("a", zeros), file("a", zeros)), Limits{Bytes: 1<<20 + 5, Entries: 10}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := into(t, example.packed, example.limits)
			expectCode(t, err, failure.ContentTooLarge)
		})
	}
}

func TestAHundredThousandEntriesAreRefusedAtTheLimit(t *testing.T) {
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	writer := tar.NewWriter(zipped)
	for index := range 100_001 {
		_ = writer.WriteHeader(&tar.Header{Name: fmt.Sprintf("d/%d", index), Typeflag: tar.TypeReg})
	}
	_ = errors.Join(writer.Close(), zipped.Close())
	target, err := into(t, packed.Bytes(), Limits{Bytes: 1 << 20, Entries: 2000})
	expectCode(t, err, failure.ContentTooLarge)
	if entries, _ := os.ReadDir(filepath.Join(target, "d")); len(entries) > 2000 {
		t.Errorf("%d entries were written", len(entries))
	}
}

func TestDamagedContentIsRefused(t *testing.T) {
	whole := archive(t, file("a", strings.Repeat("abc", 1000)), file("b", "x"))
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 0xff // the checksum
	for name, packed := range map[string][]byte{
		"nothing":            {},
		"no gzip":            []byte("hello, this is no archive"),
		"a truncated gzip":   whole[:len(whole)/2],
		"a missing trailer":  whole[:len(whole)-4],
		"a wrong checksum":   flipped,
		"a gzip of no tar":   zipped(t, strings.Repeat("not a tar", 1000)),
		"garbage at the end": append(bytes.Clone(whole), "garbage"...),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := into(t, packed, roomy)
			expectCode(t, err, failure.ContentDamaged)
		})
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = io.WriteString(writer, text)
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestContentForAnotherUserCanBeWrittenByEveryone(t *testing.T) {
	target := t.TempDir()
	script := file("a/run.sh", "x")
	script.Mode = 0o700
	if _, err := Into(target, bytes.NewReader(archive(t, script, file("a/b", "x"))), roomy, ForEveryone); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"a": 0o777, "a/run.sh": 0o777, "a/b": 0o666} {
		if info, err := os.Stat(filepath.Join(target, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v (%v)", name, info.Mode(), err)
		}
	}
}
