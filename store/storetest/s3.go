package storetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

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
	s := &Storage{Bucket: "shop", KeyID: "storetest", Secret: "storetest-secret"}
	addr := serve(t, func(dir string, port int) *exec.Cmd {
		data := filepath.Join(dir, "data")
		if err := os.MkdirAll(filepath.Join(data, s.Bucket), 0o755); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"--quiet", "--keep-alive", "--port", fmt.Sprintf("127.0.0.1:%d", port)}, flags...)
		cmd := exec.Command(path, append(args, "posix", data)...)
		cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s.KeyID, "ROOT_SECRET_KEY="+s.Secret)
		return cmd
	})
	s.URL = "http://" + addr
	key := credentials.NewStaticV4(s.KeyID, s.Secret, "")
	s.client, err = minio.New(addr, &minio.Options{Creds: key, Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
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
func lookS3() (string, error) {
	if p, err := exec.LookPath("versitygw"); err == nil {
		return p, nil
	}
	_, here, _, _ := runtime.Caller(0)
	return exec.LookPath(filepath.Join(filepath.Dir(here), "../../bin/versitygw"))
}
