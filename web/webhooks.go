package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// maxDelivery bounds a delivery of a payment provider.
const maxDelivery = 256 << 10

// mountWebhooks takes the deliveries of payment providers. Answers say nothing
// but their status: 204 taken, 400 not accepted, 404 no such provider, 413 too
// large, 503 deliver again.
func mountWebhooks(e *echo.Echo, engine *registrar.Engine, log *slog.Logger) {
	e.POST("/webhooks/:provider", func(c echo.Context) error {
		body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxDelivery))
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return c.NoContent(http.StatusRequestEntityTooLarge)
		case err != nil:
			return c.NoContent(http.StatusBadRequest)
		}
		provider := c.Param("provider")
		err = engine.PaymentWebhook(c.Request().Context(), provider, registrar.WebhookDelivery{Header: c.Request().Header, Body: body})
		switch registrar.KindOf(err) {
		case registrar.KindNotFound:
			return c.NoContent(http.StatusNotFound)
		case registrar.KindInvalid:
			log.WarnContext(c.Request().Context(), "payment delivery not accepted", "provider", provider, "error", err)
			return c.NoContent(http.StatusBadRequest)
		}
		if err != nil {
			log.ErrorContext(c.Request().Context(), "payment delivery not worked on", "provider", provider, "error", err)
			return c.NoContent(http.StatusServiceUnavailable)
		}
		return c.NoContent(http.StatusNoContent)
	})
}
