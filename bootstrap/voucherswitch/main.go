// Command voucherswitch is the switch: `voucherswitch dev` runs it with everything around it, `voucherswitch serve` for
// real. Its exit codes are 0 done, 1 failed, 2 wrong usage or configuration.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"voucherswitch/bootstrap"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one has its usual effect: it ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(bootstrap.Main(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
