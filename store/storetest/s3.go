package storetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Storage is a running S3 server (versitygw) over a temporary folder, with one empty bucket.
type Storage struct {
	// URL is its address, for AWS_ENDPOINT_URL.
	URL string
	// Bucket is the name of the bucket.
	Bucket string
	// KeyID and Secret may do everything.
	KeyID, Secret string

	client *minio.Client
}

// S3 starts a server for this test alone, with flags. It is gone when the test ends.
func S3(t testing.TB, flags ...string) *Storage {
	t.Helper()
	path, err := lookS3()
	if err != nil {
		missing(t, "the S3 server versitygw", "make bin/versitygw")
	}
	dir, err := tempDir("vitrine-s3-")
	if err != nil {
		t.Fatal(err)
	}
	reap, err := newReaper(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reap.close)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	s := &Storage{URL: fmt.Sprintf("http://127.0.0.1:%d", port), Bucket: "shop",
		KeyID: "storetest", Secret: "storetest-secret"}
	if err := os.MkdirAll(filepath.Join(dir, "data", s.Bucket), 0o755); err != nil {
		t.Fatal(err)
	}
	s.run(t, reap, path, dir, append([]string{"--quiet", "--keep-alive", "--port", s.Addr()}, flags...))
	key := credentials.NewStaticV4(s.KeyID, s.Secret, "")
	s.client, err = minio.New(s.Addr(), &minio.Options{Creds: key, Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run starts the server and waits until it listens.
func (s *Storage) run(t testing.TB, reap *reaper, path, dir string, flags []string) {
	t.Helper()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(path, append(flags, "posix", filepath.Join(dir, "data"))...)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s.KeyID, "ROOT_SECRET_KEY="+s.Secret)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reap.watch(cmd.Process.Pid)
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", s.Addr()); err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) || exited(cmd.Process.Pid) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("start versitygw: its log: %s", text)
		}
	}
}

// Addr is the address without its scheme.
func (s *Storage) Addr() string { return s.URL[len("http://"):] }

// Get returns an object with its headers, as they are stored; nil where it is not there.
func (s *Storage) Get(t testing.TB, key string) ([]byte, http.Header) {
	t.Helper()
	core := minio.Core{Client: s.client}
	body, _, header, err := core.GetObject(context.Background(), s.Bucket, key, minio.GetObjectOptions{})
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	return data, header
}

// Put writes an object.
func (s *Storage) Put(t testing.TB, key, text string) {
	t.Helper()
	_, err := s.client.PutObject(context.Background(), s.Bucket, key, strings.NewReader(text), int64(len(text)),
		minio.PutObjectOptions{})
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

// lookS3 finds the program: on PATH, else in the folder bin of the project, where make puts it.
var lookS3 = sync.OnceValues(func() (string, error) {
	if p, err := exec.LookPath("versitygw"); err == nil {
		return p, nil
	}
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, errModule := os.Stat(filepath.Join(dir, "go.mod")); errModule == nil {
			return exec.LookPath(filepath.Join(dir, "bin", "versitygw"))
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return "", exec.ErrNotFound
})
