// Package unpack writes an untrusted gzip'd tar into a folder. What it cannot write safely it refuses
// with a reason; it never leaves an entry out silently.
package unpack

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"seatrial.dev/helper/internal/failure"
)

// Limits bounds what an archive may unpack to, counted while it streams.
type Limits struct {
	Bytes   int64
	Entries int64
}

// Access says who may write what is unpacked.
type Access bool

// ForOwner gives the usual modes; ForEveryone is for a pod whose tests run as another user than we do.
const (
	ForOwner    Access = false
	ForEveryone Access = true
)

// mode gives the permissions of a file, or of a folder or program (isExecutable).
func (a Access) mode(isExecutable bool) fs.FileMode {
	switch {
	case a == ForEveryone && isExecutable:
		return 0o777
	case a == ForEveryone:
		return 0o666
	case isExecutable:
		return 0o755
	default:
		return 0o644
	}
}

// Totals says what was written.
type Totals struct {
	Entries int64
	Bytes   int64
}

// headerBytes is what one entry's headers and padding may add to the stream: a tar header block, a
// PAX record of the size Go's reader accepts rarely, padding. It keeps a bomb of headers bounded.
const headerBytes = 8 << 10

// Into unpacks source into folder, which must exist and be empty. Only regular files, folders, symbolic
// and hard links are accepted, and only where everything stays inside folder; of the mode just the
// executable bit counts. Errors are *failure.Failure: content_unsafe, content_too_large,
// content_damaged, disk_full, permission_denied, or what the source itself failed with.
func Into(folder string, source io.Reader, limits Limits, access Access) (Totals, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return Totals{}, failure.Local(err, "opening "+folder)
	}
	defer root.Close()
	stream, err := gzip.NewReader(source)
	if err != nil {
		return Totals{}, damaged(err, "its start")
	}
	counted := &boundedReader{source: stream, left: limits.Bytes + limits.Entries*headerBytes + 1<<20, limits: limits}
	writer := &writer{root: root, limits: limits, access: access, folders: map[string]bool{".": true}, links: map[string]string{}}
	if err := writer.all(tar.NewReader(counted)); err != nil {
		return writer.totals, err
	}
	// Reading on to the end of the stream checks gzip's checksum.
	if _, err := io.Copy(io.Discard, counted); err != nil {
		return writer.totals, damaged(err, "its end")
	}
	return writer.totals, checkLinks(writer.links)
}

type writer struct {
	root    *os.Root
	limits  Limits
	access  Access
	totals  Totals
	folders map[string]bool   // real folders that we made or met
	links   map[string]string // symbolic links by name
}

func (w *writer) all(archive *tar.Reader) error {
	last := "its start"
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err, "after "+last)
		}
		if w.totals.Entries++; w.totals.Entries > w.limits.Entries {
			return failure.New(failure.ContentTooLarge, "the content has more than %d entries: leave generated folders out of it", w.limits.Entries)
		}
		if err := w.entry(header, archive); err != nil {
			return err
		}
		last = fmt.Sprintf("%.200q", header.Name)
	}
}

func (w *writer) entry(header *tar.Header, body io.Reader) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil // a comment for readers of the archive, as git writes it
	}
	name, err := safeName(header.Name)
	if err != nil {
		return err
	}
	if header.Typeflag == tar.TypeDir {
		return w.folder(name)
	}
	if name == "." {
		return unsafe(header.Name, "names the folder itself")
	}
	if err := w.folder(path.Dir(name)); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeReg:
		return w.file(name, header, body)
	case tar.TypeSymlink:
		return w.symlink(name, header.Linkname)
	case tar.TypeLink:
		return w.hardLink(name, header.Linkname)
	default:
		return unsafe(header.Name, fmt.Sprintf("is of type %q: only files, folders and links are accepted", header.Typeflag))
	}
}

// boundedReader ends a stream that unpacks to more than files and their headers may take.
type boundedReader struct {
	source io.Reader
	left   int64
	limits Limits
}

func (b *boundedReader) Read(buffer []byte) (int, error) {
	read, err := b.source.Read(buffer)
	if b.left -= int64(read); b.left < 0 {
		return 0, tooManyBytes(b.limits)
	}
	return read, err
}

func tooManyBytes(limits Limits) error {
	return failure.New(failure.ContentTooLarge, "the content unpacks to more than %d bytes: leave large files out of it", limits.Bytes)
}

func damaged(err error, where string) error {
	var known *failure.Failure
	if errors.As(err, &known) {
		return known
	}
	return failure.New(failure.ContentDamaged, "the content is not a readable gzip'd tar at %s (%v): send it again", where, err)
}

func unsafe(name, why string) error {
	return failure.New(failure.ContentUnsafe, "the content's entry %.200q %s", name, why)
}
