// Package bootstrap makes the running program: it reads the configuration, joins the adapters to the use cases, and
// starts and stops them. config.go is the configuration as data, build.go the only place that knows everybody, run.go
// the life of a process from its start to its graceful end, dev.go the world to try it in.
package bootstrap
