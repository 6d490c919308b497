// Package export_wit_world is what the generated bindings call: the hook's run. It is written by hand.
package export_wit_world

import witTypes "go.bytecodealliance.org/pkg/wit/types"

// Handle handles one event. Event, result and error are JSON text.
var Handle func(event string) (result string, failure string, ok bool)

// Run is the component's export.
func Run(event string) witTypes.Result[string, string] {
	result, failure, ok := Handle(event)
	if !ok {
		return witTypes.Err[string, string](failure)
	}
	return witTypes.Ok[string, string](result)
}
