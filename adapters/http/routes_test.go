package http_test

import (
	"io/fs"
	nethttp "net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/voucher"
)

// documentation is what is served besides the operations.
var documentation = []string{"GET /docs", "GET /docs/:file", "GET /openapi.yaml"}

func TestRoutesAndPublishedOperationsAreTheSame(t *testing.T) {
	want := slices.Clone(documentation)
	for path, item := range contract(t).Paths.Map() {
		path = strings.NewReplacer("{", ":", "}", "").Replace(path)
		for method := range item.Operations() {
			want = append(want, method+" "+path, method+" /suv/v1"+path)
		}
	}
	var got []string
	for _, route := range http.New(http.Options{}).(*echo.Echo).Routes() {
		if route.Method != nethttp.MethodHead {
			got = append(got, route.Method+" "+route.Path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-published +served):\n%s", diff)
	}
}

func TestEveryOperationAnswersOnBothPathsWithOrWithoutATrailingSlash(t *testing.T) {
	for _, prefix := range []string{"", "/suv/v1"} {
		for _, slash := range []string{"", "/"} {
			for path, item := range contract(t).Paths.Map() {
				path = strings.ReplaceAll(path, "{provisionId}", provisionID)
				for method := range item.Operations() {
					r := newRequest(method, prefix+path+slash, "{")
					r.Header.Del("Authorization")
					got := serve(http.Options{}, r)
					if got.Code != nethttp.StatusUnauthorized {
						t.Errorf("%s %s: status %d", method, r.URL, got.Code)
					}
				}
			}
		}
	}
}

func TestAnEscapedPathIsThePathItSpells(t *testing.T) {
	body := encoded(t, example(t, contract(t), "ProvisionRequest"))
	s := &scripted{reply: ends(approval())}
	post(t, s, "/vouchers/%30"+provisionID[1:]+"/retry/", body).mustBe(t, 201)
}

func TestTheLocationIsALookupOnThePathThatWasAsked(t *testing.T) {
	body := encoded(t, example(t, contract(t), "ProvisionRequest"))
	for asked, want := range map[string]string{
		"/vouchers":         "/vouchers?provisionRequestId=" + provisionID,
		"/suv/v1/vouchers/": "/suv/v1/vouchers?provisionRequestId=" + provisionID,
		"/suv/v1/vouchers/" + provisionID + "/retry": "/suv/v1/vouchers?provisionRequestId=" + provisionID,
	} {
		s := &scripted{reply: ends(approval())}
		location := post(t, s, asked, body).Header().Get("Location")
		if location != want {
			t.Errorf("%s: Location is %q", asked, location)
		}
		s.reply = says(sold(t), nil)
		get(t, s, location).mustBe(t, 200)
	}
}

func TestHEADIsGETWithoutABodyAndOPTIONSNamesTheMethods(t *testing.T) {
	s := &scripted{reply: says(voucher.Transaction{}, nil)}
	head := serve(http.Options{Switch: s}, newRequest("HEAD", "/products", ""))
	if head.mustBe(t, 200); head.Header().Get("ETag") == "" {
		t.Error("HEAD without the headers of GET")
	}
	options := serve(http.Options{}, newRequest("OPTIONS", "/vouchers", ""))
	if options.mustBe(t, 204); !strings.Contains(options.Header().Get("Allow"), "POST") {
		t.Errorf("Allow is %q", options.Header().Get("Allow"))
	}
}

func TestThePublishedInterfaceAndItsPageAreOpenToAnybody(t *testing.T) {
	files := map[string]string{"/openapi.yaml": "openapi.yaml", "/docs": "docs/index.html", "/docs/": "docs/index.html"}
	err := fs.WalkDir(os.DirFS("."), "docs", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files["/"+path] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{
		"/openapi.yaml": "application/yaml", "/docs": "text/html", "/docs/initializer.js": "text/javascript",
		"/docs/swagger-ui.css": "text/css", "/docs/favicon.png": "image/png", "/docs/LICENSE": "text/plain",
	}
	for path, file := range files {
		r := newRequest("GET", path, "")
		r.Header.Del("Authorization")
		got := serve(http.Options{}, r)
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got.Code != 200 || got.Body.String() != string(want) {
			t.Errorf("%s: status %d, %d bytes of %d", path, got.Code, got.Body.Len(), len(want))
		}
		if kind := got.Header().Get("Content-Type"); !strings.HasPrefix(kind, kinds[path]) {
			t.Errorf("%s: Content-Type %q", path, kind)
		}
		policy := got.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") {
			t.Errorf("%s: Content-Security-Policy %q", path, policy)
		}
	}
}
