package store

import "errors"

// Class is the kind of a failure, as status, health and metrics name it. Driver text never leaves the logs; a class and
// a sentence of our own do.
type Class string

// The classes. Template, Gate, Publish, Upload and Shutdown are those of the program around the database.
const (
	AcquireTimeout     Class = "acquire_timeout"
	ConnectRefused     Class = "connect_refused"
	ConnectTimeout     Class = "connect_timeout"
	DNS                Class = "dns"
	Auth               Class = "auth"
	TLS                Class = "tls"
	TooManyConnections Class = "too_many_connections"
	QueryTimeout       Class = "query_timeout"
	Network            Class = "network"
	SchemaMismatch     Class = "schema_mismatch"
	Question           Class = "question"
	Template           Class = "template"
	Gate               Class = "gate"
	Publish            Class = "publish"
	Upload             Class = "upload"
	Shutdown           Class = "shutdown"
	Other              Class = "other"
)

// Error is a classed failure of a database operation.
type Error struct {
	// Class is what programs branch on.
	Class Class
	// Sentence is ours, safe to show to anyone: no host, user, database name or driver text in it.
	Sentence string
	// Cure is the statement or setting that puts it right, ready to paste; "" where there is none. It may name role and
	// database, so it is for an operator's terminal only.
	Cure string
	// Err is the cause, for the log only (scrubbed of the password).
	Err error
}

// Error gives class, sentence and cause: text for the log, not for the status.
func (e *Error) Error() string {
	s := string(e.Class) + ": " + e.Sentence
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err: that of the first *Error in its chain, else Other; "" for nil.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Other
}

// Sentence returns what may be shown of err to anyone: the sentence of the first *Error in its chain, else a plain one.
func Sentence(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Sentence
	}
	return "an unexpected error; the log has the original message"
}

// CureOf returns the Cure of the first *Error in the chain of err.
func CureOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cure
	}
	return ""
}
