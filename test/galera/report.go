package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

const mostShown = 20

// report prints what was done, what it led to, and every promise that was broken.
func report(p plan, t *traffic, episodes []episode, f findings) {
	calls, byStatus := t.answers()
	var approved, undone, confirmed int
	for _, told := range t.stories {
		approved += one(told.approval != nil)
		undone += one(!told.undone.IsZero())
		confirmed += one(!told.confirmed.IsZero())
	}
	fmt.Printf("\nThree replicas on three Galera nodes, seed %d\n", p.seed)
	fmt.Printf("  calls         %d: %s\n", calls, byStatus)
	fmt.Printf("  transactions  %d: %d approved, %d reversed by their channel, %d confirmed by it\n",
		len(t.stories), approved, undone, confirmed)
	fmt.Printf("  journal       %d moves of %d transactions, the same on all nodes; settled %s after the last sale\n",
		f.moves, len(f.states), f.took.Round(time.Second))
	fmt.Printf("  vouchers      %d issued, %d different codes:", sum(f.places), f.codes)
	for _, place := range []string{standing, reversed, owed, asked, lost} {
		fmt.Printf(" %d %s,", f.places[place], place)
	}
	fmt.Printf(" %d cases open\n\n", len(f.cases))
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "FAULT\tAT\tLASTED\tOTHERS SILENT\tWHILE HEALING\tIN SYNC AFTER\tALL SELLING AFTER")
	for _, e := range episodes {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.name, e.victim, brief(e.lasted), e.ofOthers(e.others),
			e.ofOthers(e.healing), brief(e.rejoin), brief(e.back))
	}
	_ = table.Flush()
	fmt.Println()
	for _, broken := range f.wrong[:min(len(f.wrong), mostShown)] {
		fmt.Println("BROKEN:", broken)
	}
	if len(f.wrong) == 0 {
		fmt.Println("Every promise was kept: no voucher lost, none issued twice, no answer contradicted.")
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func sum(counts map[string]int) (total int) {
	for _, n := range counts {
		total += n
	}
	return total
}
