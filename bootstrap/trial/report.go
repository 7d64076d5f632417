package trial

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Verdict is what became of a step.
type Verdict string

// The verdicts.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped"
)

// Seconds is a duration that is written as a number of seconds.
type Seconds time.Duration

// String is the number with three decimals.
func (s Seconds) String() string { return fmt.Sprintf("%.3f", time.Duration(s).Seconds()) }

// MarshalJSON writes the number.
func (s Seconds) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText writes the number, for XML.
func (s Seconds) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Step is one thing that was tried.
type Step struct {
	Name     string  `json:"name"`
	Expected string  `json:"expected"`
	Came     string  `json:"came"` // or why the step was skipped
	Verdict  Verdict `json:"verdict"`
	Took     Seconds `json:"seconds"`
}

// Print writes the step for people.
func (s Step) Print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "%-8s %s\n", strings.ToUpper(string(s.Verdict)), s.Name)
	came := "came:     "
	if s.Verdict == Skipped {
		came = "because:  "
	}
	if s.Verdict == Failed {
		_, _ = fmt.Fprintf(out, "         expected: %s\n", s.Expected)
	}
	_, _ = fmt.Fprintf(out, "         %s%s", came, s.Came)
	if s.Verdict != Skipped {
		_, _ = fmt.Fprintf(out, " (%s s)", s.Took)
	}
	_, _ = fmt.Fprintln(out)
}

// Report is what a trial came to.
type Report struct {
	Provider string    `json:"provider"`
	URL      string    `json:"url"`
	Began    time.Time `json:"began"`
	Took     Seconds   `json:"seconds"`
	Passed   int       `json:"passed"`
	Failed   int       `json:"failed"`
	Skipped  int       `json:"skipped"`
	Steps    []Step    `json:"steps"`
}

func (r *Report) add(s Step) {
	r.Steps = append(r.Steps, s)
	switch s.Verdict {
	case Passed:
		r.Passed++
	case Failed:
		r.Failed++
	case Skipped:
		r.Skipped++
	}
}

// WriteJSON writes the report as JSON.
func (r Report) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

type junitCase struct {
	Name    string  `xml:"name,attr"`
	Class   string  `xml:"classname,attr"`
	Took    Seconds `xml:"time,attr"`
	Failure *junitWhy
	Skipped *junitWhy
	Came    string `xml:"system-out"`
}

type junitWhy struct {
	XMLName xml.Name
	Message string `xml:"message,attr"`
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Began    string      `xml:"timestamp,attr"`
	Took     Seconds     `xml:"time,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

// WriteJUnit writes the report as JUnit's XML, a test case a step.
func (r Report) WriteJUnit(out io.Writer) error {
	suite := junitSuite{
		Name: "provider check " + r.Provider, Began: r.Began.UTC().Format("2006-01-02T15:04:05"), Took: r.Took,
		Tests: len(r.Steps), Failures: r.Failed, Skipped: r.Skipped,
	}
	for _, s := range r.Steps {
		c := junitCase{Name: s.Name, Class: r.Provider, Took: s.Took, Came: s.Came}
		switch s.Verdict {
		case Passed:
		case Failed:
			c.Failure = &junitWhy{xml.Name{Local: "failure"}, "expected " + s.Expected + ", came " + s.Came}
		case Skipped:
			c.Skipped = &junitWhy{xml.Name{Local: "skipped"}, s.Came}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}
