package scenarios

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// fetching makes the switch fetch Netcare's list of products that often.
func fetching(every string) []string {
	return []string{"--set", "providers.netcare.products.fetch_every=" + every}
}

// listed waits until a product of that id is on sale, and gives the listing.
func (c channel) listed(t *testing.T, id string) answer {
	t.Helper()
	var listing answer
	eventually(t, 10*time.Second, func() string {
		listing = c.must(t, http.MethodGet, "/products", nil)
		if !strings.Contains(string(listing.body), `"productId":"`+id+`"`) {
			return id + " is not listed: " + string(listing.body)
		}
		return ""
	})
	return listing
}

// of is a sale of a product, routed by that alone.
func of(product string, amount int64) message {
	return sale("", amount).without("receiver").with("product", message{"productId": product})
}

func (w *world) said(t *testing.T, words string) int {
	t.Helper()
	log, err := os.ReadFile(w.log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(log), words)
}

func TestAProvidersProductsAreSoldFromTheKeptListWhileItIsAway(t *testing.T) {
	t.Parallel()
	w := deploy(t, 1, "", "2s", fetching("1s")...)[0]
	c := w.channel()
	first := c.listed(t, "netcareListed300")
	c.sold(t, of("netcareListed300", 30000))
	c.provision(t, of("netcareListed300", 20000)).wantError(t, http.StatusBadRequest, "INVALID_AMOUNT")
	c.provision(t, of("netcareListed", 9999)).wantError(t, http.StatusBadRequest, "INVALID_AMOUNT")

	w.rule(t, "netcare", "7001", "3s")
	eventually(t, 5*time.Second, func() string {
		if w.said(t, "is no list of products") == 0 {
			return "nobody noticed the garbage"
		}
		return ""
	})
	same(t, first, c.listed(t, "netcareListed300"))

	w.rule(t, "", "refuse", "8s")
	w.kill()
	w.restart(t)
	again := c.must(t, http.MethodGet, "/products", nil)
	if again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("the listing became %s", again.body)
	}
	c.provision(t, of("netcareListed300", 20000)).wantError(t, http.StatusBadRequest, "INVALID_AMOUNT")
	c.provision(t, of("netcareListed300", 30000)).wantError(t, http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE")
	eventually(t, 15*time.Second, func() string {
		if got := c.provision(t, of("netcareListed300", 30000)); got.status != http.StatusCreated {
			return "the sale is answered " + string(got.body)
		}
		return ""
	})
	eventually(t, 5*time.Second, func() string {
		if w.said(t, "can be had again") == 0 {
			return "nobody noticed that the list can be had again"
		}
		return ""
	})
	if told := w.said(t, "cannot be had"); told > 3 { // garbage, its end, and the closed listener before and after the kill
		t.Errorf("%d lines tell of lists that cannot be had", told)
	}
}

func TestReplicasListTheSameProductsUnderOneETag(t *testing.T) {
	t.Parallel()
	a, b, _ := pair(t, "2s", fetching("1h")...)
	one, other := a.channel().listed(t, "netcareListed300"), b.channel().listed(t, "netcareListed300")
	tag := one.header.Get("ETag")
	if tag == "" || tag != other.header.Get("ETag") || string(one.body) != string(other.body) {
		t.Errorf("%s %s\n%s %s", tag, one.body, other.header.Get("ETag"), other.body)
	}
	for _, path := range []string{"/products", "/products?channelName=WebShop"} {
		tag := a.channel().must(t, http.MethodGet, path, nil).header.Get("ETag")
		if got := b.channel().must(t, http.MethodGet, path, nil, "If-None-Match", tag); got.status != http.StatusNotModified {
			t.Errorf("%s: answered %d", path, got.status)
		}
	}
	shop := b.channel().must(t, http.MethodGet, "/products?channelName=WebShop", nil).want(t, http.StatusOK)
	if got := shop.value("products.0.productId"); got != "netcareListed" { // the only one that has a place in this shop
		t.Errorf("the shop begins with %v", got)
	}
	if got := a.channel().must(t, http.MethodGet, "/products?channelName=BankApp", nil); strings.Contains(string(got.body), `"netcareListed"`) {
		t.Errorf("the bank shows what is listed for the shop alone: %s", got.body)
	}
}
