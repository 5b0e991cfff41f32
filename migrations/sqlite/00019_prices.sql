-- +goose Up
-- The dated price list; currency is that of the sale.
CREATE TABLE prices (
    tld text NOT NULL CHECK (length(tld) <= 255 AND tld NOT GLOB '*[^ -~]*'),
    action text NOT NULL CHECK (length(action) <= 20 AND action NOT GLOB '*[^ -~]*'),
    class text NOT NULL CHECK (length(class) <= 32 AND class NOT GLOB '*[^ -~]*'),
    years integer NOT NULL CHECK (typeof(years) = 'integer'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    valid_from datetime NOT NULL,
    valid_until datetime NULL,
    sale_minor integer NOT NULL CHECK (typeof(sale_minor) = 'integer'),
    cost_minor integer NOT NULL CHECK (typeof(cost_minor) = 'integer'),
    cost_currency text NOT NULL CHECK (length(cost_currency) <= 3 AND cost_currency NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (tld, action, class, years, currency, valid_from)
) WITHOUT ROWID;
