package collect

import (
	"errors"
	"fmt"
	"os"
	"path"

	"seatrial.dev/helper/internal/fileglob"
)

// Kinds of uploads, as the hub's route names them.
const (
	kindJournal  = "journal"
	kindList     = "list"
	kindJUnit    = "junit"
	kindArtifact = "artifact"
)

// maxReports bounds how many report files the globs of a suite may name.
const maxReports = 1000

// Folders of the shared volume that files are taken from.
const (
	outFolder  = "out"
	workFolder = "work"
)

// planned is a file to upload: name inside folder (a path inside the volume) is its name for the hub too.
type planned struct {
	kind, name, folder string
	size               int64
}

// plan finds what to upload: what the preset wrote, then the user's reports, then artifacts.
func (c *collection) plan() []planned {
	own := c.ownFiles()
	if c.settings.Spec.Mode == "list" {
		return own
	}
	taken := map[string]bool{}
	for _, file := range own {
		taken[file.name] = true
	}
	reports := c.match(kindJUnit, c.settings.Spec.Reports.JUnit, taken)
	if len(reports) > maxReports {
		c.skip(kindJUnit, fmt.Sprintf("%d reports", len(reports)-maxReports), fmt.Sprintf("over the limit of %d reports", maxReports))
		reports = reports[:maxReports]
	}
	artifacts := c.match(kindArtifact, c.settings.Spec.Artifacts, map[string]bool{})
	return append(append(own, c.capEach(reports)...), c.capTogether(artifacts)...)
}

// ownFiles are list or journal and the JUnit files that the preset asked its tool for.
func (c *collection) ownFiles() []planned {
	spec := c.settings.Spec
	wanted := map[string]string{}
	switch {
	case spec.Tool == "":
	case spec.Mode == "list":
		wanted["list.json"] = kindList
	case spec.Tool == "pytest":
		wanted["journal.ndjson"] = kindJournal
	default:
		wanted["junit-"+spec.Tool+".xml"] = kindJUnit
	}
	var files []planned
	for name, kind := range wanted {
		opened, size, err := c.openRegular(outFolder, name)
		if errors.Is(err, os.ErrNotExist) {
			c.note(name, "is not there: the main container ended before it wrote it")
			continue
		}
		if err != nil {
			c.fail(name, err.Error())
			continue
		}
		opened.Close()
		files = append(files, planned{kind, name, outFolder, size})
	}
	return c.capEach(files)
}

func (c *collection) match(kind string, patterns []string, taken map[string]bool) []planned {
	folder := path.Join(workFolder, c.settings.Spec.Path)
	root, err := c.openFolder(folder)
	if err != nil {
		if len(patterns) > 0 {
			c.skip(kind, c.settings.Spec.Path, "the suite's folder cannot be opened: "+err.Error())
		}
		return nil
	}
	defer root.Close()
	var files []planned
	for _, pattern := range patterns {
		found, refused := fileglob.Find(root, pattern)
		for _, one := range refused {
			c.skip(kind, one.Path, one.Reason)
		}
		if len(found)+len(refused) == 0 {
			c.note(pattern, "matches no file")
		}
		for _, file := range found {
			if !taken[file.Path] {
				taken[file.Path] = true
				files = append(files, planned{kind, file.Path, folder, file.Size})
			}
		}
	}
	return files
}

func (c *collection) capEach(files []planned) []planned {
	limit := c.settings.Spec.Limits.ReportBytes
	var kept []planned
	for _, file := range files {
		if file.size > limit {
			c.skip(file.kind, file.name, fmt.Sprintf("%d bytes, over the limit of %d bytes for a report", file.size, limit))
			continue
		}
		kept = append(kept, file)
	}
	return kept
}

func (c *collection) capTogether(files []planned) []planned {
	limits := c.settings.Spec.Limits
	var kept []planned
	var sum int64
	for _, file := range files {
		switch {
		case int64(len(kept)) >= limits.ArtifactFiles:
			c.skip(file.kind, file.name, fmt.Sprintf("over the limit of %d artifacts", limits.ArtifactFiles))
		case sum+file.size > limits.ArtifactBytes:
			c.skip(file.kind, file.name, fmt.Sprintf("%d bytes, over the limit of %d bytes for all artifacts", file.size, limits.ArtifactBytes))
		default:
			sum += file.size
			kept = append(kept, file)
		}
	}
	return kept
}
