// Package browser holds the tests that use the product as people do: a real
// Chromium against a running demo. They buy a domain, manage it, look at every
// page in light and dark, on a desktop and on a phone, and hold each page to
// WCAG 2.2 AA by axe-core.
//
// The tests start a demo of their own. Environment:
//
//	INDERA_AXE          path of axe.min.js (npm package axe-core)
//	INDERA_SCREENSHOTS  folder for screenshots; none are kept when unset
//	INDERA_DEMO_JSON    demo.json of a running demo to use instead
package browser
