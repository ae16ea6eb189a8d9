package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/job"
)

// scanBatch is how many files go into one enqueue.
const scanBatch = 1000

// scan enqueues a job per file, in batches, and then the jobs around them. Their
// unique keys make it harmless to scan again after a crash.
func (p *pipeline) scan(ctx context.Context, j *tasktower.Job[Scan]) error {
	by := caller(ctx)
	client := p.client.WithContext(calledBy(by))
	var batch []tasktower.Item
	send := func() error {
		_, err := client.EnqueueMany(ctx, batch)
		batch = batch[:0]
		return err
	}
	err := filepath.WalkDir(j.Args.Dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			if entry != nil && entry.IsDir() && file != j.Args.Dir && errors.Is(err, fs.ErrPermission) {
				return fs.SkipDir
			}
			return err
		}
		item, ok, err := fileItem(by.Run, j, file, entry)
		if err != nil || !ok {
			return err
		}
		if batch = append(batch, item); len(batch) == scanBatch {
			return send()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	if j.Args.Since.IsZero() {
		batch = append(batch, around(by.Run)...)
	}
	return send()
}

// fileItem is the job of one file; ok is false for what is not indexed.
func fileItem(run string, j *tasktower.Job[Scan], file string, entry fs.DirEntry) (item tasktower.Item, ok bool, err error) {
	if !entry.Type().IsRegular() || !utf8.ValidString(file) {
		return item, false, nil
	}
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return item, false, nil
	}
	if err != nil || !info.ModTime().After(j.Args.Since) {
		return item, false, err
	}
	within, err := filepath.Rel(j.Args.Dir, file)
	if err != nil {
		return item, false, err
	}
	name := filepath.ToSlash(within)
	return tasktower.Item{
		Args:    IndexFile{Run: run, Dir: j.Args.Dir, Path: name, Size: info.Size(), Since: j.Args.Since.UnixMilli()},
		Options: []tasktower.Option{tasktower.Tags(fileTags(run, name)...)},
	}, true, nil
}

// fileTags are the run, the extension and the package; odd names go without.
func fileTags(run, name string) []string {
	tags := []string{runTag(run)}
	for _, t := range []string{"ext:" + path.Ext(name), "pkg:" + path.Dir(name)} {
		if job.CheckTag("tag", t) == nil {
			tags = append(tags, t)
		}
	}
	return tags
}

func runTag(run string) string { return "run:" + run }

// around are the jobs that show what else can happen.
func around(run string) []tasktower.Item {
	one := func(args tasktower.Args, more ...tasktower.Option) tasktower.Item {
		return tasktower.Item{Args: args, Options: append(more, tasktower.Tag(runTag(run)), tasktower.UniqueFor(time.Hour))}
	}
	return []tasktower.Item{
		one(Flaky{run}), one(Doomed{run}), one(Summary{run}, tasktower.InSeconds(1)),
	}
}
