package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// book holds what each contender of a part scored, turn by turn.
type book map[string][]float64

// median is the middle of a contender's scores.
func (b book) median(name string) float64 {
	sorted := slices.Sorted(slices.Values(b[name]))
	if len(sorted) == 0 {
		return 0
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func (b book) add(name string, score float64) { b[name] = append(b[name], score) }

// goal is what a value is held against.
type goal struct {
	Name    string  `json:"goal"`
	Want    float64 `json:"want"`
	AtLeast bool    `json:"at_least"` // else at most
}

// verdict is a goal and what was found.
type verdict struct {
	Part string `json:"part"`
	goal
	Value   float64 `json:"value"`
	Passed  bool    `json:"passed"`
	Figures string  `json:"figures"` // that the value was made of
}

// report is all that a run found.
type report struct {
	Started  time.Time       `json:"started"`
	Cores    int             `json:"cores"`
	Go       string          `json:"go"`
	Quick    bool            `json:"quick"`
	Rounds   int             `json:"turns"`
	Measured float64         `json:"seconds_a_turn"`
	Verdicts []verdict       `json:"verdicts"`
	Books    map[string]book `json:"scores"`
}

// judge holds a value against its goal.
func (r *report) judge(part string, g goal, value float64, figures string, args ...any) {
	passed := value >= g.Want
	if !g.AtLeast {
		passed = value <= g.Want
	}
	r.put(verdict{part, g, value, passed, fmt.Sprintf(figures, args...)})
}

func (r *report) put(v verdict) {
	r.Verdicts = append(r.Verdicts, v)
	fmt.Printf("  %s: %.2f, want %s: %s (%s)\n", v.Name, v.Value, v.Bound(), v.Word(), v.Figures)
}

// ratio judges the medians of two contenders. Of one that scored nothing there is no ratio, and no goal is met.
func (r *report) ratio(part string, g goal, b book, one, other, unit string) {
	above, below := b.median(one), b.median(other)
	figures := fmt.Sprintf("%s %s / %s %s, %s", number(above), one, number(below), other, unit)
	if above == 0 || below == 0 {
		r.put(verdict{part, g, 0, false, figures})
		return
	}
	r.judge(part, g, above/below, "%s", figures)
}

// number writes a figure with three digits or more.
func number(f float64) string {
	switch {
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// Bound is the goal in words.
func (v verdict) Bound() string {
	if v.AtLeast {
		return "at least " + number(v.Want)
	}
	return "at most " + number(v.Want)
}

// Word says whether it is met.
func (v verdict) Word() string {
	if v.Passed {
		return "pass"
	}
	return "FAIL"
}

func (r *report) failed() (count int) {
	for _, v := range r.Verdicts {
		if !v.Passed {
			count++
		}
	}
	return count
}

func (r *report) text() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "\tVALUE\tGOAL\t\tFIGURES")
	for _, v := range r.Verdicts {
		_, _ = fmt.Fprintf(table, "%s\t%.2f\t%s\t%s\t(%s)\n", v.Name, v.Value, v.Bound(), v.Word(), v.Figures)
	}
	_ = table.Flush()
	return text.String()
}

// markdown is the table of docs/performance.md.
func (r *report) markdown() string {
	var text strings.Builder
	text.WriteString("| what | value | goal | | figures |\n| --- | --- | --- | --- | --- |\n")
	for _, v := range r.Verdicts {
		_, _ = fmt.Fprintf(&text, "| %s | %.2f | %s | %s | %s |\n", v.Name, v.Value, v.Bound(), v.Word(), v.Figures)
	}
	return text.String()
}

//go:embed page.html
var pages embed.FS

// write leaves the results in a folder: as JSON, as a page, and as the table of a document.
func (r *report) write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := filepath.Join(folder, r.Started.Format("2006-01-02-150405"))
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(name+".json", text, 0o644)
	}
	if err == nil {
		err = os.WriteFile(name+".md", []byte(r.markdown()), 0o644)
	}
	if err != nil {
		return err
	}
	page, err := template.ParseFS(pages, "page.html")
	if err != nil {
		return err
	}
	file, err := os.Create(name + ".html")
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	fmt.Printf("\nresults: %s.json, .html and .md\n", name)
	return page.Execute(file, r)
}
