-- +goose Up
-- What a staff user has booked alone on a day (UTC).
CREATE TABLE staff_allowances (
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    day text NOT NULL CHECK (length(day) <= 10 AND day NOT GLOB '*[^ -~]*'),
    spent integer NOT NULL CHECK (typeof(spent) = 'integer'),
    PRIMARY KEY (user_id, currency, day)
);
