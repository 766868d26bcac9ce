package render

import (
	"context"
	"fmt"
	"html/template"
	"text/template/parse"
)

// onTime is the deadline check that interruptible inserts into templates.
const onTime = "_on_time"

// Within is the same set, whose pages fail with a *TemplateError once ctx has ended (invariant I7).
func (t *Templates) Within(ctx context.Context) *Templates {
	bounded := *t
	bounded.ctx = ctx
	return &bounded
}

func (t *Templates) checkTime(file string, line int) (bool, error) {
	if t.ctx.Err() == nil {
		return true, nil
	}
	return false, newTemplateError(file, line, t.sources[file],
		"did not end in time; look for a range or a template without end")
}

// interruptible puts an assignment that writes nothing and looks at the time at the beginning of every template and
// every turn of a range: what runs without end, even where it writes nothing, ends there.
func interruptible(set *template.Template) {
	for _, one := range set.Templates() {
		if one.Tree != nil && one.Tree.Root != nil {
			watchTime(one.Tree.ParseName, one.Tree.Root, 1)
		}
	}
}

// watchTime puts the look at the time before a list, line of a file, and into the loops below it.
func watchTime(file string, list *parse.ListNode, line int) {
	for _, node := range list.Nodes {
		var branch *parse.BranchNode
		switch n := node.(type) {
		case *parse.RangeNode:
			branch = &n.BranchNode
		case *parse.IfNode:
			branch = &n.BranchNode
		case *parse.WithNode:
			branch = &n.BranchNode
		default:
			continue
		}
		for _, below := range []*parse.ListNode{branch.List, branch.ElseList} {
			if below != nil {
				watchTime(file, below, branch.Line)
			}
		}
	}
	text := fmt.Sprintf("{{$_ := %s %q %d}}", onTime, file, line)
	look, _ := parse.Parse(file, text, "", "", map[string]any{onTime: (*Templates).checkTime}) // whatever the file's name
	list.Nodes = append(look[file].Root.Nodes, list.Nodes...)
}
