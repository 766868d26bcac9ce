// Package render makes a shop's homepage of a catalogue: it knows HTML. It does no input or output but for reading
// templates, and knows no time, so that the same content gives the same bytes (invariant I6).
//
// [NewPage] turns a [store.Catalogue] into a [Page], which is the contract with template authors; [Templates] writes a
// Page as HTML, with the words, numbers and prices of the [Site]'s language, and says what is wrong with an author's
// templates as a [TemplateError]. [Gate] decides whether the result may replace the page that is up, and [Diff] tells
// what is new on it.
//
// The packages below it keep what was made: publish writes the public folder and the state, status describes how the
// page is doing, watch notices edits of templates.
package render
