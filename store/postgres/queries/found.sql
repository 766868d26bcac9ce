{{- /* Categories that the database names: the active rows of its categories table; without such a table or row, the distinct
categories of the published products, found by stepping through the index from one to the next. */ -}}
WITH RECURSIVE
{{- if .Categories}}
active (ord, name, key) AS (
    SELECT {{.Position}}, k.{{.CategoryName}}::text, {{.CategoryKey}}
    FROM {{.Categories}} AS k
    WHERE k.{{.CategoryName}} <> ''{{.Active}}
),
{{- end}}
step (key) AS (
    (SELECT p.{{.Key}} FROM {{.Products}} AS p
     WHERE {{if .Categories}}NOT EXISTS (SELECT FROM active){{else}}true{{end}}{{.Published}}
     ORDER BY p.{{.Key}} LIMIT 1)
    UNION ALL
    SELECT (SELECT p.{{.Key}} FROM {{.Products}} AS p
            WHERE p.{{.Key}} > step.key{{.Published}}
            ORDER BY p.{{.Key}} LIMIT 1)
    FROM step WHERE step.key IS NOT NULL
),
c (ord, name, key) AS (
    {{- if .Categories}}
    SELECT ord, name, key FROM active
    UNION ALL
    {{- end}}
    {{- if .Related}}
    SELECT 0, k.{{.CategoryName}}::text, step.key FROM step JOIN {{.Categories}} AS k ON k.{{.CategoryID}} = step.key
    WHERE k.{{.CategoryName}} <> ''
    {{- else}}
    SELECT 0, step.key::text, step.key FROM step WHERE step.key::text <> ''
    {{- end}}
)
SELECT c.ord, {{.CategoryOut}} AS category, p.*
FROM c
LEFT JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY {{.Order}}) AS rank,
           {{.Columns}}
    FROM (
        SELECT {{.Raw}} FROM {{.Products}} AS p
        WHERE p.{{.Key}} = c.key{{.Published}}
        ORDER BY {{.Order}}
        LIMIT {{.PerCategory}}
    ) AS p
) AS p ON true
