{{- /* Categories asked for by name ($1, text[], each once). An unknown name gives no row: the program knows the names. */ -}}
SELECT c.ord, NULL::text AS category, p.*
FROM unnest($1::text[]) WITH ORDINALITY AS c(name, ord)
{{- if .Related}}
JOIN {{.Categories}} AS k ON k.{{.CategoryName}} = c.name
{{- end}}
CROSS JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY {{.Order}}) AS rank,
           {{.Columns}}
    FROM (
        SELECT {{.Raw}} FROM {{.Products}} AS p
        WHERE p.{{.Key}} = {{if .Related}}k.{{.CategoryID}}{{else}}{{.NameKey}}{{end}}{{.Published}}
        ORDER BY {{.Order}}
        LIMIT {{.PerCategory}}
    ) AS p
) AS p
