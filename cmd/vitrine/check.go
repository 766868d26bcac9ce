package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"vitrine/cmd/vitrine/worker"
	"vitrine/render"
	"vitrine/store"
)

type checkCmd struct {
	JSON    bool `help:"Print the findings as JSON."`
	Analyze bool `help:"Run the query under EXPLAIN ANALYZE and print the plan."`
}

// finding is one thing that check looked at.
type finding struct {
	Level    string `json:"level"` // pass, info, warn or fail; info is advice and changes nothing
	Subject  string `json:"subject"`
	Sentence string `json:"sentence"`
	// Said is what the server, the network or the system said, word for word but for secrets.
	Said string `json:"said,omitempty"`
	// Fix is the statement, setting or command that puts it right, ready to paste; "" where there is no such thing.
	Fix string `json:"fix,omitempty"`
}

// findings is what check found so far.
type findings []finding

func (f *findings) add(level, subject, format string, args ...any) *finding {
	*f = append(*f, finding{Level: level, Subject: subject, Sentence: fmt.Sprintf(format, args...)})
	return &(*f)[len(*f)-1]
}

// addError adds what a database operation failed of, with the server's own words.
func (f *findings) addError(level, subject string, err error) *finding {
	one := f.add(level, subject, "%s: %s", store.ClassOf(err), store.Sentence(err))
	if e, ok := errors.AsType[*store.Error](err); ok && e.Err != nil && !strings.Contains(e.Err.Error(), e.Sentence) {
		one.Said = e.Err.Error()
	}
	one.Fix = store.CureOf(err)
	return one
}

// verdict is the worst level.
func (f findings) verdict() string {
	worst := "pass"
	for _, one := range f {
		if one.Level == "fail" || (one.Level == "warn" && worst == "pass") {
			worst = one.Level
		}
	}
	return worst
}

// Run looks at everything that must be right before the page can be, in the order in which one thing needs another, and
// says what to put right. Exit code: 0 pass, 1 warn, 2 fail.
func (k checkCmd) Run(ctx context.Context, p program) error {
	var f findings
	c, err := p.load(false)
	if err != nil && k.JSON { // whoever asked for JSON reads nothing else
		f.add("fail", "configuration", "%v", err)
		return cmp.Or(k.print(p, f, ""), statusCode("fail"))
	}
	if err != nil {
		return err
	}
	ctx, cancel := cancelOnSignal(ctx, p)
	defer cancel()
	f.add("pass", "configuration", "read")
	for _, doubt := range c.doubts {
		f.add("warn", "configuration", "%s", doubt)
	}
	checkSchedule(&f, c)
	f = append(f, c.adminRisks()...)
	checkPorts(ctx, &f, c)
	templates := checkTemplates(ctx, &f, c)
	checkFolder(&f, "PUBLIC_DIR", c.PublicDir)
	checkFolder(&f, "STATE_DIR", c.StateDir)
	checkStorage(ctx, &f, c)
	extra, err := k.checkDatabase(ctx, &f, c, p, templates)
	if err != nil {
		return err
	}
	checkStatusFile(&f, c, time.Now())
	if err := k.print(p, f, extra); err != nil {
		return fmt.Errorf("print the findings: %w", err)
	}
	return statusCode(f.verdict())
}

func (k checkCmd) print(p program, f findings, extra string) error {
	if k.JSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(struct {
			Status   string   `json:"status"`
			Findings findings `json:"findings"`
			Extra    string   `json:"extra,omitempty"`
			Closing  string   `json:"closing"`
		}{f.verdict(), f, extra, f.closing()})
	}
	var b strings.Builder
	for _, one := range f {
		mark := map[string]string{"pass": "ok  ", "info": "info", "warn": "WARN", "fail": "FAIL"}[one.Level]
		mark = paint(mark, one.Level, colourful(isTerminal(p.stdout), p.environ))
		fmt.Fprintf(&b, "%s  %s: %s\n", mark, one.Subject, oneLine(one.Sentence))
		if one.Said != "" {
			fmt.Fprintf(&b, "      original message: %s\n", oneLine(one.Said))
		}
		for line := range strings.Lines(one.Fix) { // at the margin, to be copied as it is
			fmt.Fprintln(&b, strings.TrimRight(line, "\n"))
		}
	}
	if extra != "" {
		fmt.Fprintf(&b, "\n%s\n\n", strings.TrimRight(extra, "\n"))
	}
	fmt.Fprintln(&b, f.closing())
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// closing is the last line: whether the page is right, as far as a program can tell.
func (f findings) closing() string {
	count := map[string]int{}
	for _, one := range f {
		if one.Subject == "question" {
			count["question"]++
		} else {
			count[one.Level]++
		}
	}
	switch {
	case count["fail"] > 0:
		return "not ready: fix what is marked FAIL"
	case count["question"] > 0:
		return fmt.Sprintf("not ready: %s open, and until then the page that is up stays; "+
			"`vitrine init --query FILE` writes the statement to a file, to be edited",
			plural(count["question"], "question is", "questions are"))
	case count["warn"] > 0:
		return "ready, except for what is marked WARN: if the cards above are right, so is the page"
	}
	return "ready: if the cards above are right, so is the page"
}

func checkSchedule(f *findings, c config) {
	schedule, _ := worker.ParseSchedule(c.Schedule) // parseConfig has refused what is wrong
	f.add("pass", "REFRESH_SCHEDULE", "%s, next at %s UTC", c.Schedule,
		schedule.Next(time.Now().UTC()).Format(time.DateTime))
}

// checkTemplates returns the templates; nil where they are broken.
func checkTemplates(ctx context.Context, f *findings, c config) *render.Templates {
	t, err := render.LoadTemplates(ctx, c.TemplatesDir)
	if err != nil {
		f.add("fail", "templates", "%v", err)
		return nil
	}
	f.add("pass", "templates", "%s, rendered with sample products", t.Source)
	for _, sentence := range t.Warnings(c.site()) {
		f.add("warn", "templates", "%s", sentence)
	}
	return t
}
