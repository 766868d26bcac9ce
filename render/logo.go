package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"image/png"
	"strconv"
	"strings"

	"vitrine/store/regular"
)

// maxLogo is the biggest file that is taken for a logo, in bytes.
const maxLogo = 1_000_000

// Logo is the shop's logo.
type Logo struct {
	// URL is its address; Width and Height are those of a file, in pixels, and 0 for a logo given as an address.
	URL           string
	Width, Height int

	file    string // below /_vitrine/; "" for a logo given as an address
	content []byte
}

// Files are what the logo needs below /_vitrine/, by path.
func (l *Logo) Files() map[string][]byte {
	if l == nil || l.file == "" {
		return nil
	}
	return map[string][]byte{l.file: l.content}
}

// LoadLogo reads SITE_LOGO: the path of an SVG or PNG file, or an address. Empty gives nil.
func LoadLogo(value string) (*Logo, error) {
	if value == "" {
		return nil, nil
	}
	content, err := regular.Read(value, maxLogo)
	if _, refused := errors.AsType[*regular.Error](err); refused {
		return nil, errors.New("should be a file of at most 1 MB")
	}
	if err != nil {
		if address, ok := safeAddress(value); ok && (strings.HasPrefix(address, "/") || isAbsolute(address)) {
			return &Logo{URL: address}, nil
		}
		return nil, errors.New("there is no such file; it should be the path of an SVG or PNG file, " +
			"or an address that starts with / or https://")
	}
	return newLogo(content)
}

func newLogo(content []byte) (*Logo, error) {
	l := &Logo{content: content}
	ending := ".svg"
	if config, err := png.DecodeConfig(bytes.NewReader(content)); err == nil {
		l.Width, l.Height, ending = config.Width, config.Height, ".png"
	} else if l.Width, l.Height, err = svgSize(content); err != nil {
		return nil, errors.New("is neither an SVG nor a PNG file")
	}
	if l.Width < 1 || l.Height < 1 {
		return nil, errors.New("does not say how big it is: give its <svg> a viewBox, as in viewBox=\"0 0 120 40\"")
	}
	sum := sha256.Sum256(content)
	l.file = "logo-" + hex.EncodeToString(sum[:4]) + ending
	l.URL = assetPrefix + l.file
	return l, nil
}

// svgSize reads the size off a drawing's first element: width and height, else those of the viewBox, rounded up.
func svgSize(content []byte) (width, height int, err error) {
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.Token()
		if err != nil {
			return 0, 0, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "svg" {
			return 0, 0, errors.New("is no drawing")
		}
		at := map[string]string{}
		for _, a := range start.Attr {
			at[a.Name.Local] = a.Value
		}
		width, height = pixels(at["width"]), pixels(at["height"])
		box := strings.FieldsFunc(at["viewBox"], func(r rune) bool { return r == ' ' || r == ',' })
		if (width < 1 || height < 1) && len(box) == 4 {
			width, height = pixels(box[2]), pixels(box[3])
		}
		return width, height, nil
	}
}

// pixels is a length in pixels; 0 for other units.
func pixels(length string) int {
	n, err := strconv.ParseFloat(strings.TrimSuffix(length, "px"), 64)
	if err != nil || !(n > 0 && n < 1e6) {
		return 0
	}
	return int(n + .999)
}
