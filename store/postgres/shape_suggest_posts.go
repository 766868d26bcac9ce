package postgres

import (
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// suggestPosts knows the tables of WooCommerce, whose products are posts with their attributes in another table, under any prefix.
func suggestPosts(tables []table) (sketch, bool) {
	var posts, meta, terms, kinds, links *table
	for i := range tables {
		for suffix, at := range map[string]**table{"posts": &posts, "postmeta": &meta, "terms": &terms, "termtaxonomy": &kinds, "termrelationships": &links} {
			if n := plain(tables[i].name); strings.HasSuffix(n, suffix) && *at == nil {
				*at = &tables[i]
			}
		}
	}
	if posts == nil || meta == nil || terms == nil || kinds == nil || links == nil {
		return sketch{}, false
	}
	id, ok := posts.find("N", "id")
	if _, isPost := posts.find("S", "posttype"); !ok || !isPost {
		return sketch{}, false
	}
	d := sketch{id: "p." + id.quoted()}
	metaValue := func(key string) string {
		return fmt.Sprintf("(SELECT min(m.meta_value) FROM %s AS m WHERE m.post_id = %s AND m.meta_key = %s AND m.meta_value ~ '^[0-9.]+$')::numeric",
			meta.quoted(), d.id, pq.QuoteLiteral(key))
	}
	d.sales = metaValue("total_sales")
	d.rating = metaValue("_wc_average_rating")
	d.columns = []outColumn{{"category", "t.name::text"}, {"id", d.id + "::text"}, {"name", "p.post_title"}, {"slug", "p.post_name"},
		{"price", metaValue("_price")}, {"list_price", metaValue("_regular_price")}, {"avg_rating", d.rating},
		{"num_reviews", metaValue("_wc_review_count")}, {"num_sales", d.sales}, {"count_in_stock", metaValue("_stock")},
		{"images", fmt.Sprintf("(SELECT min(i.guid) FROM %s AS m JOIN %s AS i ON i.%s::text = m.meta_value WHERE m.post_id = %s AND m.meta_key = '_thumbnail_id')",
			meta.quoted(), posts.quoted(), id.quoted(), d.id)}}
	if _, ok := posts.find("S", "guid"); !ok {
		d.columns = d.columns[:len(d.columns)-1]
	}
	d.from = []string{posts.quoted() + " AS p", "JOIN " + links.quoted() + " AS l ON l.object_id = " + d.id,
		"JOIN " + kinds.quoted() + " AS k ON k.term_taxonomy_id = l.term_taxonomy_id AND k.taxonomy = 'product_cat'",
		"JOIN " + terms.quoted() + " AS t ON t.term_id = k.term_id"}
	d.where = []string{"p.post_type = 'product'", "p.post_status = 'publish'"}
	return d, true
}
