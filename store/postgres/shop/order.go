package shop

import "strings"

var (
	salesNames = strings.Fields(`
		numsales salescount soldcount sold sales totalsales unitssold quantitysold timessold totalsold
		soldquantity numsold purchasecount ordercount orderscount numorders totalorders`)
	ratingNames = strings.Fields(`
		avgrating averagerating rating ratingaverage ratingavg averagescore stars ratings`)
	reviewNames = strings.Fields(`
		numreviews reviewcount reviewscount ratingcount ratingscount totalreviews numratings reviewsnumber`)
	createdNames = strings.Fields(`
		createdat created createdon createddate createdate createat datecreated dateadded addedat insertedat
		creationdate datecreate publishedat createtime createdtime`)
)

// sort settles the order of a category's products, best first: sales, then rating; where one of the two is missing,
// the newest come first among equals; the id last.
func (r *reader) sort() {
	t := r.Products
	r.Order = "id"
	sales, sold := t.find("N", salesNames...)
	rating, rated := t.find("N", ratingNames...)
	created, dated := t.find("D", createdNames...)
	if sold {
		r.Order, r.sorting = "sales", append(r.sorting, sales)
		r.counts(t, sales)
		r.output("num_sales", r.p(sales)+"::text")
	}
	if rated {
		r.sorting = append(r.sorting, rating)
		r.counts(t, rating)
		r.output("avg_rating", r.p(rating)+"::text")
		if !sold {
			r.Order = "rating"
		}
	}
	if dated && len(r.sorting) < 2 {
		r.sorting = append(r.sorting, created)
		if !sold && !rated {
			r.Order = "newest"
		}
	}
	if c, ok := t.find("N", reviewNames...); ok {
		r.counts(t, c)
		r.output("num_reviews", r.p(c)+"::text")
	}
	for _, c := range r.sorting {
		r.use(t, c)
	}
	r.role("order", r.Order+": "+r.order(""))
}

// order is the ORDER BY list of a category's products, on alias p or, for an index, without alias. A column that may
// hold NULL says NULLS LAST, in the query and in the index alike: an index serves only the very order it was made for.
func (m *Mapping) order(alias string) string {
	var b strings.Builder
	for _, c := range m.sorting {
		b.WriteString(alias + c.quoted() + " DESC")
		if !c.NotNull {
			b.WriteString(" NULLS LAST")
		}
		b.WriteString(", ")
	}
	return b.String() + alias + m.id.quoted()
}
