package api

import "github.com/danielgtaylor/huma/v2"

// Describe returns the document with its live schemas, for tests that validate.
func Describe(opt Options) (*huma.OpenAPI, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	_, doc := (&server{opt: opt}).router()
	return doc, nil
}
