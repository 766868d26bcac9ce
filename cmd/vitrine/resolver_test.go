package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// resolvFile names a resolv.conf that a child process is to see, in a mount namespace of its own.
const resolvFile = "VITRINE_TEST_RESOLV"

// databaseName is the one name that a nameServer knows.
const databaseName = "database.fault.test"

// needRoot ends the test where it cannot have what only root may have: loudly, and as a failure under CI.
func needRoot(t testing.TB, what string) {
	t.Helper()
	if os.Getuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(what + " needs root")
	}
	fmt.Fprintln(os.Stderr, "SKIPPED "+t.Name()+": "+what+" needs root")
	t.Skip(what + " needs root")
}

// nameServer answers DNS questions: 127.0.0.1 for databaseName, until it is told to fail.
type nameServer struct{ fail atomic.Bool }

// start listens on port 53 of an address of this machine's own and returns the path of a resolv.conf that names it. It
// needs root.
func (n *nameServer) start(t testing.TB) string {
	t.Helper()
	needRoot(t, "a name server of the test's own")
	ip := fmt.Sprintf("127.53.%d.%d", os.Getpid()>>8&0xff, os.Getpid()&0xff)
	conn, err := net.ListenPacket("udp", ip+":53")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go n.serve(conn)
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver "+ip+"\noptions timeout:1 attempts:1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func (n *nameServer) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if answer, err := n.answer(buf[:size]); err == nil {
			_, _ = conn.WriteTo(answer, from) // who asked asks again
		}
	}
}

func (n *nameServer) answer(question []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	m.Response, m.Additionals = true, nil
	q := m.Questions[0]
	switch {
	case n.fail.Load() || q.Name.String() != databaseName+".":
		m.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	return m.Pack()
}
