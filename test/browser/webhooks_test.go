package browser

// makeWebhook goes through all pages about webhooks. The demo sends to public
// addresses only, so the test message is refused, and the log says why.
func (s shopper) makeWebhook() {
	s.visit("/security/webhooks")
	s.sees("There are no webhooks yet.")
	s.examine("webhooks")
	s.fill("url", "https://hooks.invalid/indera")
	s.fill("description", "Billing system")
	s.press("Make the webhook")
	s.sees("whsec_")
	s.accessible("webhooks with a new secret")
	s.visit("/security/webhooks")
	s.press("https://hooks.invalid/indera")
	s.at("/security/webhooks/whk_")
	s.examine("webhook")
	s.press("Send a test")
	s.at("/security/webhooks/whk_")
	s.sees("webhook.ping")
	s.examine("webhook-delivery")
}
