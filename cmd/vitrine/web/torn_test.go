package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vitrine/render/publish"
)

// known maps every ETag that may be seen, in every coding, to the bytes it stands for.
type known map[string][]byte

func (k known) add(d *publish.Document) {
	k[d.ETag], k[d.ETagOf("br")], k[d.ETagOf("gzip")] = d.Body, d.BR, d.Gzip
}

// reader is one visitor on one connection who asks again and again, each time another way.
type reader struct {
	conn    net.Conn
	in      *bufio.Reader
	pages   known
	seen    map[string]string // the last ETag by what was accepted
	page    string            // the last ETag without its coding
	byCode  map[int]int
	changes int // how often the page was another one
}

// read sends one request and checks the answer: status, coding, length and bytes belong to one published page.
func (rd *reader) read(n int) error {
	accept := []string{"", "br", "gzip", "gzip, deflate, br, zstd"}[n%4]
	partial, conditional := n%5 == 0, n%3 == 0
	var b strings.Builder
	fmt.Fprintf(&b, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: %s\r\n", accept)
	if partial {
		b.WriteString("Range: bytes=100-299\r\n")
	}
	if conditional && rd.seen[accept] != "" {
		b.WriteString("If-None-Match: " + rd.seen[accept] + "\r\n")
	}
	b.WriteString("\r\n")
	if _, err := io.WriteString(rd.conn, b.String()); err != nil {
		return err
	}
	resp, err := http.ReadResponse(rd.in, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read %d bytes: %w", len(body), err)
	}
	rd.byCode[resp.StatusCode]++
	if err := rd.check(resp, body, rd.seen[accept]); err != nil {
		return err
	}
	if etag := resp.Header.Get("Etag"); !partial {
		rd.seen[accept] = etag
	}
	return nil
}

// check holds an answer against the page that its ETag stands for. known is the ETag that the request may have carried.
func (rd *reader) check(resp *http.Response, body []byte, known string) error {
	etag := resp.Header.Get("Etag")
	want, ok := rd.pages[etag]
	if !ok {
		return fmt.Errorf("status %d with an ETag that nobody published: %q", resp.StatusCode, etag)
	}
	switch resp.StatusCode {
	case 200:
	case 206:
		want = want[100:300]
	case 304:
		if want = nil; etag != known {
			return fmt.Errorf("304 for %s when %s was asked for", etag, known)
		}
	default:
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	page, mark, _ := strings.Cut(strings.Trim(etag, `"`), "-")
	coding := map[string]string{"br": "br", "gz": "gzip"}[mark]
	if string(body) != string(want) {
		return fmt.Errorf("status %d: %d bytes that are not those of %s", resp.StatusCode, len(body), etag)
	}
	if got := resp.Header.Get("Content-Encoding"); got != coding && resp.StatusCode != 304 {
		return fmt.Errorf("coding %q with the ETag %s", got, etag)
	}
	if resp.Header.Get("Vary") != "Accept-Encoding" {
		return fmt.Errorf("no Vary: %v", resp.Header)
	}
	if page != rd.page {
		rd.page = page
		rd.changes++
	}
	return nil
}

// Eight readers over connections of their own, in all codings, conditional and partial, while pages are published:
// every answer is one whole published page (invariant I5). The long form, with VITRINE_LONG set, is 1,000 publishes and
// 200,000 reads.
func TestNoTornReads(t *testing.T) {
	const readers, pages = 8, 20
	publishes, reads := 60, 400
	if os.Getenv("VITRINE_LONG") != "" {
		publishes, reads = 1000, 25_000
	}
	docs, all := make([]*publish.Document, pages), known{}
	for n := range docs {
		docs[n] = testPage(t, n, 3000+n*1500) // around the sizes of net/http's buffers, and beyond
		all.add(docs[n])
	}
	s := newTestServer(t, nil)
	s.Show(testSnapshot(docs[0]))
	addr := serve(t, s.Public)
	var total, changes atomic.Int64
	var finished sync.WaitGroup
	byCode := make([]map[int]int, readers)
	due := make(chan struct{}, publishes) // publishes are spread over the reads
	for i := range readers {
		conn, err := net.Dial("tcp", addr)
		must(t, err)
		defer conn.Close()
		rd := &reader{conn: conn, in: bufio.NewReader(conn), pages: all, byCode: map[int]int{}, seen: map[string]string{}}
		byCode[i] = rd.byCode
		finished.Go(func() {
			for n := range reads {
				if err := rd.read(n + i); err != nil {
					t.Errorf("reader %d, read %d: %v", i, n, err)
					return
				}
				if total.Add(1)%int64(readers*reads/publishes) == 0 {
					due <- struct{}{}
				}
			}
			changes.Add(int64(rd.changes))
		})
	}
	go func() { finished.Wait(); close(due) }()
	published := 0
	for range due {
		published++
		s.Show(testSnapshot(docs[published%pages]))
	}
	codes := map[int]int{}
	for _, m := range byCode {
		for code, n := range m {
			codes[code] += n
		}
	}
	if !t.Failed() {
		fmt.Printf("| publish under 8 readers (%d reads in all encodings, none torn) | %d | %d | |\n", total.Load(),
			published, published)
	}
	if codes[200] == 0 || codes[206] == 0 || codes[304] == 0 || changes.Load() < int64(published) ||
		published < publishes {
		t.Error("the readers did not see what they were to see")
	}
}
