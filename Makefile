# Voucher Switch. `make help` lists the targets.
GOLANGCI_VERSION := v2.15.0
export CGO_ENABLED ?= 1

.PHONY: help run build test lint smoke load galera deps clean
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the switch with a provider simulator, in development mode
	go run ./bootstrap/voucherswitch dev

build: ## build the static binary bin/voucherswitch
	CGO_ENABLED=0 go build -trimpath -o bin/voucherswitch ./bootstrap/voucherswitch

# Never from the test cache: it cannot see that the binary which test/scenarios drives has changed.
test: deps ## run every test, with the race detector
	go vet ./...
	go test -race -count=1 -timeout 20m ./...

lint: bin/golangci-lint-$(GOLANGCI_VERSION) ## check format and style
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$< run ./...

smoke: deps ## start the switch and execute every command of the README
	go run ./test/smoke README.md

load: deps ## measure what a million old transactions cost (fifteen minutes and 10 GB; FLAGS="-help" tells more)
	go run ./test/load $(FLAGS)

galera: deps ## show three replicas on three Galera nodes under faults, as root (four minutes; FLAGS="-help" tells more)
	@command -v ip >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends iproute2; }
	go run ./test/galera $(FLAGS)

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
