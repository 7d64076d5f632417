package main

const (
	inStore      = "./adapters/gormstore"
	storeRows    = "adapters/gormstore/rows.go"
	storeQueue   = "adapters/gormstore/queue.go"
	storeSweep   = "adapters/gormstore/overdue.go"
	storeJournal = "adapters/gormstore/journal.go"
)

// ofTheStore are mistakes in what is written, by whom first, and when.
var ofTheStore = []bug{
	{
		name: "taken-version-is-overwritten", breaks: "S20, rule 3", file: storeRows,
		old: "insertMoves = `INSERT INTO moves", new: "insertMoves = `INSERT OR REPLACE INTO moves",
		tests: inStore, test: "TestSQLiteIsAJournal/a second first move of an id is a duplicate",
	},
	{
		name: "taken-version-is-ignored", breaks: "S20, rule 3", file: storeRows,
		old: "insertMoves = `INSERT INTO moves", new: "insertMoves = `INSERT OR IGNORE INTO moves",
		tests: inStore, test: "TestSQLiteIsAJournal/of fifty first moves of an id one is written",
	},
	{
		name: "stranger-under-the-key-is-taken-for-oneself", breaks: "S2, rule 4", file: storeJournal,
		old: `	case bytes.Equal(kept.Digest, w.digest):
		return nil
`,
		new: `	case bytes.Equal(kept.Digest[:1], w.digest[:1]) || w.Version == 1:
		return nil
`,
		tests: inStore, test: "TestSQLiteIsAJournal/a second first move of an id is a duplicate",
	},
	{
		name: "move-without-its-advice", breaks: "S10", file: storeJournal,
		old:   `err = s.enqueue(tx, batch, now)`,
		new:   `_ = s.enqueue(tx, batch, now)`,
		tests: inStore, test: "TestADecisionIsWrittenWholeOrNotAtAll",
	},
	{
		name: "failed-commit-is-a-refusal", breaks: "S21, rule 4", file: "adapters/gormstore/dialect.go",
		old:   `case inDoubt || committing:`,
		new:   `case inDoubt:`,
		tests: inStore, test: "TestACommitThatFailsIsAmbiguous",
	},
	{
		name: "one-bad-decision-fails-its-batch", breaks: "one channel costs the others nothing",
		file:  "adapters/gormstore/gather.go",
		old:   `alone := len(batch) == 1 ||`,
		new:   `alone := len(batch) >= 1 ||`,
		tests: inStore, test: "TestABadDecisionFailsAlone",
	},
	{
		name: "taken-version-fails-its-batch", breaks: "one channel costs the others nothing",
		file: "adapters/gormstore/gather.go",
		old: `		clear(outcomes)
		for i := range batch {
			err := s.limited(tx, batch[i:i+1], outcomes[i:i+1])
			if err != nil {
				outcomes[i] = err
			}
			if err != nil && !errors.Is(err, errTaken) {`,
		new: `		clear(outcomes)
		for i := range batch {
			err := s.limited(tx, batch[i:i+1], outcomes[i:i+1])
			if err != nil {
				outcomes[i] = err
			}
			if errors.Is(err, errTaken) {
				return fault.New(fault.Stale, "somebody moved first")
			}
			if err != nil {`,
		tests: inStore, test: "TestATakenVersionSpoilsNoneOfItsBatch",
	},
	{
		name: "contents-of-a-batch-in-the-wrong-order", breaks: "S3, S25", file: storeJournal,
		old:   `s.contents.values(places(i), c)`,
		new:   `s.contents.values(places(width-1-i), c)`,
		tests: inStore, test: "TestContentsOfABatchBelongToTheirMovesWhereverNumbersAreLeftOut",
	},
	{
		name: "claim-without-compare-and-set", breaks: "rule 3", file: storeQueue,
		old:   `				WHERE transaction_id = ? AND id = ? AND epoch = ?` + "`,",
		new:   `				WHERE transaction_id = ? AND id = ? AND epoch <> ? - 1` + "`,",
		tests: inStore, test: "TestSQLiteIsAnAdviceQueue/claimers at one time share no claim, and leave nothing",
	},
	{
		name: "void-claim-postpones", breaks: "rule 3", file: storeQueue,
		old:   `backs_off = ? WHERE transaction_id = ? AND id = ? AND epoch = ?"`,
		new:   `backs_off = ? WHERE transaction_id = ? AND id = ? AND epoch >= ?"`,
		tests: inStore, test: "TestSQLiteIsAnAdviceQueue/a later claim voids an earlier one",
	},
	{
		name: "lease-by-the-local-clock", breaks: "S22, rule 8", file: storeSweep,
		old:   `"SELECT decided_to, ? AS now FROM watermarks WHERE name = 'leases'", s.now())`,
		new:   `"SELECT decided_to, ? AS now FROM watermarks WHERE name = 'leases'", time.Now().UnixMicro())`,
		tests: inStore, test: "TestSQLiteIsAJournal/overdue/a lease that has not ended is not overdue",
	},
	{
		name: "horizon-by-the-local-clock", breaks: "S22, rule 8", file: storeQueue,
		old:   `append([]any{s.now(), provider}, values...)`,
		new:   `append([]any{time.Now().UnixMicro(), provider}, values...)`,
		tests: inStore, test: "TestSQLiteIsAnAdviceQueue/the time until the horizon is the database's",
	},
	{
		name: "watermark-passes-an-undecided-intent", breaks: "L1, rule 8", file: storeSweep,
		old: `	if len(lapsed) > 0 {
		decided = lapsed[0].LeaseEnds
	}
`,
		new:   ``,
		tests: inStore, test: "TestSQLiteIsAJournal/overdue/what is left undecided for days stays overdue, " +
			"whatever is decided around it",
	},
	{
		name: "daily-limit-without-a-condition", breaks: "the daily limit", file: "adapters/gormstore/takings.go",
		old:   `key + " AND taken <= ?"`,
		new:   `key + " AND taken <= ? + 9000000000000000000"`,
		tests: inStore, test: "TestSQLiteIsAJournal/limits/of fifty sales at once those are written that the " +
			"limit has room for",
	},
	{
		name: "seal-is-bound-to-nothing", breaks: "S25", file: "adapters/gormstore/seal.go",
		old:   `fmt.Appendf(nil, "contents.body/%d/%s/%d/%s", len(r.TransactionID), r.TransactionID, r.Version, r.Kind)`,
		new:   `[]byte("contents.body")`,
		tests: inStore, test: "TestASealOpensInItsOwnRowAlone",
	},
	{
		name: "code-in-clear-in-the-index", breaks: "S25", file: storeRows,
		old:   `code = s.mark("code", v.Approval.Voucher.Code.Reveal())`,
		new:   `code = []byte(v.Approval.Voucher.Code.Reveal())`,
		tests: inStore, test: "TestNoSecretStandsInAFileOfTheDatabase",
	},
}
