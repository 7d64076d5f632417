# Voucher Switch. `make help` lists the targets.
# Every tool that is fetched is pinned here; go.mod pins the Go that builds.
GOLANGCI_VERSION := v2.15.0
GOVULNCHECK_VERSION := v1.9.0
CYCLONEDX_VERSION := v1.10.0
TOOLCHAIN := $(shell sed -n 's/^toolchain //p' go.mod)
# What `voucherswitch version` says. Whoever builds a release again names it: make build VERSION=v1.2.3
VERSION ?= $(shell git describe --tags --always --dirty --abbrev=12 2>/dev/null || echo unknown)
export VERSION
export CGO_ENABLED ?= 1

.PHONY: help run build test prove lint smoke fuzz planted lostcommits bench simulation galera deps verify sbom reproducible clean
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the switch with a provider simulator, in development mode
	go run ./bootstrap/voucherswitch dev

# The same source, version and toolchain give the same bytes, wherever it is built.
build: ## build the static binary bin/voucherswitch
	GOTOOLCHAIN=$(TOOLCHAIN) CGO_ENABLED=0 go build -trimpath -buildvcs=false \
		-ldflags="-s -w -X voucherswitch/bootstrap.release=$(VERSION)" -o bin/voucherswitch ./bootstrap/voucherswitch

# Never from the test cache: it cannot see that the binary which test/scenarios drives has changed. The model's searches
# run in one goroutine each, so the race detector would only make them slow.
test: deps ## run every test, with the race detector
	go vet ./...
	go test -count=1 -timeout 20m ./test/model
	go test -race -count=1 -timeout 20m $$(go list ./... | grep -v /test/model$$)
	go test -count=1 -timeout 20m ./test/simulation -seeds 1008

MINUTES ?= 20
prove: ## search the model's long bounds for MINUTES=20, in up to 7 GB, and append what was seen to test/model/results.txt
	go test -count=1 -v -timeout 24h ./test/model -run LongBounds -budget $(MINUTES)m -results results.txt

lint: bin/golangci-lint-$(GOLANGCI_VERSION) ## check format and style
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$< run ./...

smoke: deps ## start the switch and execute every command of the README
	go run ./test/smoke README.md

FUZZTIME ?= 30s
fuzz: ## run every fuzz target for FUZZTIME; RESULTS=FILE keeps a line of each (FLAGS="-help" tells more)
	go run ./test/fuzzing/all -time $(FUZZTIME) -results "$(RESULTS)" $(FLAGS)

BUGS := all
planted: deps ## plant every bug of test/planted and have the test beside it catch it (minutes; BUGS="NAME..." for some)
	go run ./test/planted $(BUGS)

lostcommits: deps ## lose 2,000 COMMITs or their answers, and hold every answer against the database (four minutes)
	go test -count=1 -timeout 60m -v ./adapters/gormstore -run ALostCommit -lostcommits 2000 $(FLAGS)

# Two cores of a quiet machine or more, and 10 GB of disk. ONLY=throughput,cpu runs parts of it.
bench: deps ## measure the switch against what it stands on (fifteen minutes; QUICK=1: three; FLAGS="-help" tells more)
	go run ./test/load $(if $(QUICK),-quick) $(if $(ONLY),-only $(ONLY)) $(FLAGS)

simulation: deps ## simulate failing replicas, lines and databases for half an hour (FLAGS="-budget 5m -results FILE")
	go test -count=1 -timeout 0 ./test/simulation -run 'TestSimulation$$' -v -budget 30m $(FLAGS)

galera: deps ## show three replicas on three Galera nodes under faults, as root (four minutes; FLAGS="-help" tells more)
	@command -v ip >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends iproute2; }
	go run ./test/galera $(FLAGS)

VULNERABILITIES := https://vuln.go.dev
verify: ## check the modules against go.sum, and the code against the database of known vulnerabilities
	go mod verify
	@if curl -fsS --max-time 20 -o /dev/null $(VULNERABILITIES)/index/db.json 2>/dev/null; then \
		go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) -db $(VULNERABILITIES) ./...; \
	else \
		echo "govulncheck: the vulnerability database cannot be reached from here; not checked"; \
	fi

sbom: build ## write bin/sbom.json, a bill of materials of the binary (CycloneDX)
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_VERSION) bin \
		-json -std -noserial -notimestamp -version $(VERSION) -output bin/sbom.json bin/voucherswitch
	go run ./test/supply sbom bin/voucherswitch bin/sbom.json

reproducible: build ## build once more, in another folder with an empty cache, and compare the bytes
	go run ./test/supply twice bin/voucherswitch

# The race detector needs a C compiler, the documents' commands curl, and the tests of several replicas a server, which
# they start for themselves; VOUCHERSWITCH_TEST_MYSQL=mysql://USER:PASSWORD@HOST:PORT names another one for most of them.
deps:
	@missing=; \
	command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	command -v curl >/dev/null || missing="$$missing curl"; \
	command -v mariadbd >/dev/null || missing="$$missing mariadb-server"; \
	if [ -n "$$missing" ]; then \
		echo "installing$$missing"; apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi
	go mod download

bin/golangci-lint-$(GOLANGCI_VERSION):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv bin/golangci-lint $@

clean: ## remove what was built
	rm -rf bin
