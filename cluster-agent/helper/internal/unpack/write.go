package unpack

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"seatrial.dev/helper/internal/failure"
)

// folder makes a folder and its parents. Nothing but real folders may be on the way.
func (w *writer) folder(name string) error {
	if w.folders[name] {
		return nil
	}
	if err := w.folder(path.Dir(name)); err != nil {
		return err
	}
	info, err := w.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := w.makeFolder(name); err != nil {
			return w.local(name, err)
		}
	case err != nil:
		return w.local(name, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return unsafe(name, "is a link and a folder at once, or has entries below it")
	case !info.IsDir():
		return unsafe(name, "is a file and a folder at once")
	}
	w.folders[name] = true
	return nil
}

func (w *writer) makeFolder(name string) error {
	mode := w.access.mode(true)
	if err := w.root.Mkdir(name, mode); err != nil {
		return err
	}
	return w.root.Chmod(name, mode) // whatever the process's umask is
}

func (w *writer) file(name string, header *tar.Header, body io.Reader) error {
	if header.Size > w.limits.Bytes-w.totals.Bytes {
		return tooManyBytes(w.limits)
	}
	if err := w.makeRoom(name); err != nil {
		return err
	}
	mode := w.access.mode(header.Mode&0o111 != 0)
	file, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return w.local(name, err)
	}
	return w.fill(file, name, mode, body)
}

func (w *writer) fill(file *os.File, name string, mode fs.FileMode, body io.Reader) error {
	source := &tracedReader{source: io.LimitReader(body, w.limits.Bytes-w.totals.Bytes+1)}
	written, err := io.Copy(file, source)
	w.totals.Bytes += written
	if err == nil {
		err = file.Chmod(mode) // the process's umask must not take the executable bit away
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	switch {
	case source.failed != nil:
		return damaged(source.failed, name)
	case err != nil:
		return w.local(name, err)
	case w.totals.Bytes > w.limits.Bytes:
		return tooManyBytes(w.limits)
	}
	return nil
}

// symlink makes a link; whether its target stays inside is checked once all links are known.
func (w *writer) symlink(name, target string) error {
	if target == "" || path.IsAbs(target) {
		return unsafe(name, "is a link to an absolute place: use a relative target")
	}
	if err := w.makeRoom(name); err != nil {
		return err
	}
	if err := w.root.Symlink(target, name); err != nil {
		return w.local(name, err)
	}
	w.links[name] = target
	return nil
}

func (w *writer) hardLink(name, target string) error {
	old, err := safeName(target)
	if err != nil {
		return unsafe(name, "is a hard link to outside of the content")
	}
	for parent := path.Dir(old); parent != "."; parent = path.Dir(parent) {
		if _, isLink := w.links[parent]; isLink {
			return unsafe(name, "is a hard link through a symbolic link")
		}
	}
	info, err := w.root.Lstat(old)
	if err != nil || !info.Mode().IsRegular() {
		return unsafe(name, "is a hard link to something that is not a file earlier in the content")
	}
	if old == name {
		return nil
	}
	if err := w.makeRoom(name); err != nil {
		return err
	}
	if err := w.root.Link(old, name); err != nil {
		return w.local(name, err)
	}
	return nil
}

// makeRoom removes an earlier file or link of the same name: the last one counts, as in tar. A folder
// is never replaced.
func (w *writer) makeRoom(name string) error {
	info, err := w.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return w.local(name, err)
	case info.IsDir():
		return unsafe(name, "replaces a folder by a file or link")
	}
	delete(w.links, name)
	if err := w.root.Remove(name); err != nil {
		return w.local(name, err)
	}
	return nil
}

func (w *writer) local(name string, err error) error {
	if isNameTrouble(err) {
		return unsafe(name, "has a name that this system cannot hold ("+err.Error()+")")
	}
	return failure.Local(err, "unpacking "+name)
}

// tracedReader remembers that it was the source, not the disk, that failed.
type tracedReader struct {
	source io.Reader
	failed error
}

func (t *tracedReader) Read(buffer []byte) (int, error) {
	read, err := t.source.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) {
		t.failed = err
	}
	return read, err
}
