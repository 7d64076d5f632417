package bootstrap

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

// limited is production whose channel has these limits.
func limited(limits string) string {
	const before = "     settlement_entity"
	return strings.Replace(production, before, "     daily_limits: "+limits+",\n"+before, 1)
}

func TestAChannelsDailyLimitsAreConfigured(t *testing.T) {
	config, warnings, wrong := Load(Sources{File: file(t, limited(
		`[{product: "Game250", amount: 500000, currency: "710"}, {amount: 1000000, currency: "710"}]`))})
	if len(wrong)+len(warnings) > 0 {
		t.Fatalf("errors %v, warnings %v", wrong, warnings)
	}
	want := []voucher.Limit{
		{Product: "Game250", Most: money.New(500000, "710")}, {Most: money.New(1000000, "710")},
	}
	if diff := cmp.Diff(want, config.Channels[0].domain().Limits); diff != "" {
		t.Error(diff)
	}
	printed := map[string]string{}
	for _, e := range config.Entries() {
		printed[e.Key] = e.Value
	}
	if printed["channels.0.daily_limits.0.product"] != "Game250" ||
		printed["channels.0.daily_limits.1.amount"] != "1000000" {
		t.Errorf("print shows %v", printed)
	}
}

func TestALimitThatLimitsNothingIsPointedOut(t *testing.T) {
	for name, c := range map[string]struct{ limits, key, says string }{
		"no amount":          {`[{currency: "710"}]`, "0.amount", "above 0"},
		"no currency":        {`[{amount: 1}]`, "0.currency", "three digits"},
		"letters":            {`[{amount: 1, currency: ZAR}]`, "0.currency", "three digits"},
		"unassigned":         {`[{amount: 1, currency: "000"}]`, "0.currency", "knows no currency 000"},
		"a product's id":     {`[{product: "a-b", amount: 1, currency: "710"}]`, "0.product", "letters and digits"},
		"an unknown product": {`[{product: Game25, amount: 1, currency: "710"}]`, "0.product", `no product "Game25"`},
		"twice": {`[{amount: 1, currency: "710"}, {amount: 1, currency: "840"}, {amount: 2, currency: "710"}]`,
			"2", "stands there already"},
	} {
		t.Run(name, func(t *testing.T) {
			_, warnings, wrong := Load(Sources{File: file(t, limited(c.limits))})
			want := "channels.0.daily_limits." + c.key
			all := slices.Concat(wrong, warnings)
			if len(all) != 1 || all[0].Key != want || !strings.Contains(all[0].Text, c.says) {
				t.Errorf("want %s to say %q alone, got:\n%v", want, c.says, all)
			}
		})
	}
}

func TestALimitOfWhatAProviderMayListIsInOrder(t *testing.T) {
	listing := strings.Replace(limited(`[{product: Listed1, amount: 1, currency: "710"}]`),
		`receivers: ["55555555"]`, `receivers: ["55555555"]`+"\n    products: {fetch_every: 1h}", 1)
	if _, warnings, wrong := Load(Sources{File: file(t, listing)}); len(wrong)+len(warnings) > 0 {
		t.Errorf("errors %v, warnings %v", wrong, warnings)
	}
}
