-- +goose Up
-- What a staff user has booked alone on a day (UTC).
CREATE TABLE staff_allowances (
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    day varchar(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    spent bigint NOT NULL,
    PRIMARY KEY (user_id, currency, day)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
