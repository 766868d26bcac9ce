package postgres

import (
	"bytes"
	"embed"
	"text/template"
)

//go:embed queries/*.sql
var sqlFiles embed.FS

var queries = template.Must(template.New("").ParseFS(sqlFiles, "queries/*.sql"))

// execute fills in one of the embedded statements; a failure is a fault of the program.
func execute(name string, data any) string {
	var b bytes.Buffer
	if err := queries.ExecuteTemplate(&b, name, data); err != nil {
		panic(err)
	}
	return b.String()
}
