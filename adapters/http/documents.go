package http

import (
	"cmp"
	"embed"
	"mime"
	nethttp "net/http"
	"path"

	"github.com/labstack/echo/v4"
)

// The published interface and its page, which works offline.
//
//go:embed openapi.yaml docs
var documents embed.FS

// pagePolicy lets the page load and ask nothing but this host.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// routeDocuments serves the interface's description to anybody: it holds nothing secret.
func routeDocuments(e *echo.Echo) {
	for _, method := range []string{nethttp.MethodGet, nethttp.MethodHead} {
		e.Add(method, "/openapi.yaml", document("openapi.yaml"))
		e.Add(method, "/docs", document("docs/index.html"))
		e.Add(method, "/docs/:file", func(c echo.Context) error { return document("docs/" + c.Param("file"))(c) })
	}
}

func document(name string) echo.HandlerFunc {
	return func(c echo.Context) error {
		content, err := documents.ReadFile(name)
		if err != nil {
			return echo.ErrNotFound
		}
		kind := mime.TypeByExtension(path.Ext(name))
		if path.Ext(name) == ".yaml" {
			kind = "application/yaml"
		}
		c.Response().Header().Set("Content-Security-Policy", pagePolicy)
		return c.Blob(nethttp.StatusOK, cmp.Or(kind, "text/plain; charset=utf-8"), content)
	}
}
