package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type userSessionRow struct {
	ID        string   `gorm:"column:id;primaryKey"`
	UserID    string   `gorm:"column:user_id"`
	Door      string   `gorm:"column:door"`
	Method    string   `gorm:"column:method"`
	Device    string   `gorm:"column:device"`
	Agent     string   `gorm:"column:agent"`
	IP        string   `gorm:"column:ip"`
	Created   instant  `gorm:"column:created_at"`
	Seen      instant  `gorm:"column:seen_at"`
	Proved    instant  `gorm:"column:proved_at"`
	Ends      instant  `gorm:"column:ends_at"`
	Ended     *instant `gorm:"column:ended_at"`
	EndReason string   `gorm:"column:end_reason"`
}

// TableName names the table.
func (userSessionRow) TableName() string { return "user_sessions" }

func userSessionToRow(s registrar.Session) userSessionRow {
	return userSessionRow{ID: s.ID, UserID: s.UserID, Door: string(s.Door), Method: string(s.Method), Device: s.Device, Agent: s.Agent, IP: s.IP,
		Created: at(s.CreatedAt), Seen: at(s.SeenAt), Proved: at(s.ProvedAt), Ends: at(s.EndsAt), Ended: optional(s.EndedAt), EndReason: string(s.EndReason)}
}

func userSessionFromRow(r userSessionRow) registrar.Session {
	return registrar.Session{ID: r.ID, UserID: r.UserID, Door: registrar.Door(r.Door), Method: registrar.SignInMethod(r.Method), Device: r.Device,
		Agent: r.Agent, IP: r.IP, CreatedAt: r.Created.Time, SeenAt: r.Seen.Time, ProvedAt: r.Proved.Time, EndsAt: r.Ends.Time,
		EndedAt: timePtr(r.Ended), EndReason: registrar.EndReason(r.EndReason)}
}

func (r reader) Session(ctx context.Context, id string) (registrar.Session, error) {
	row, err := one[userSessionRow](ctx, r, "session", "id = ?", id)
	return userSessionFromRow(row), err
}

func (r reader) LiveSessions(ctx context.Context, userID string, now time.Time) ([]registrar.Session, error) {
	if !plain(userID) {
		return nil, nil
	}
	rows, err := many[userSessionRow](ctx, r, "sessions", "id DESC", "user_id = ? AND ended_at IS NULL AND ends_at > ?", userID, at(now))
	return convert(rows, userSessionFromRow), err
}

func (r reader) DeviceKnown(ctx context.Context, userID, device string) (known, before bool, err error) {
	_, err = one[userSessionRow](ctx, r, "session", "user_id = ? AND device = ?", userID, device)
	if err == nil || !registrar.IsNotFound(err) {
		return err == nil, err == nil, err
	}
	_, err = one[userSessionRow](ctx, r, "session", "user_id = ?", userID)
	if registrar.IsNotFound(err) {
		return false, false, nil
	}
	return false, err == nil, err
}

func (t *transaction) InsertSession(ctx context.Context, s registrar.Session) error {
	row := userSessionToRow(s)
	return t.insert(ctx, "session", &row)
}

// TouchSession never moves the time back.
func (t *transaction) TouchSession(ctx context.Context, id string, seen, ends time.Time) error {
	_, err := t.update(ctx, "session", &userSessionRow{}, map[string]any{"seen_at": at(seen), "ends_at": at(ends)},
		"id = ? AND ended_at IS NULL AND seen_at < ?", id, at(seen))
	return err
}

func (t *transaction) ProveSession(ctx context.Context, id string, when time.Time) (bool, error) {
	return t.update(ctx, "session", &userSessionRow{}, map[string]any{"proved_at": at(when)}, "id = ? AND ended_at IS NULL", id)
}

func (t *transaction) EndSession(ctx context.Context, userID, id string, when time.Time, why registrar.EndReason) (bool, error) {
	return t.update(ctx, "session", &userSessionRow{}, map[string]any{"ended_at": at(when), "end_reason": string(why)},
		"id = ? AND user_id = ? AND ended_at IS NULL AND ends_at > ?", id, userID, at(when))
}

func (t *transaction) EndSessions(ctx context.Context, userID, except string, when time.Time, why registrar.EndReason) (int, error) {
	res := t.q(ctx).Model(&userSessionRow{}).Where("user_id = ? AND id <> ? AND ended_at IS NULL AND ends_at > ?", userID, except, at(when)).
		Updates(map[string]any{"ended_at": at(when), "end_reason": string(why)})
	if res.Error != nil {
		return 0, t.d.wrap("ending sessions", res.Error)
	}
	return int(res.RowsAffected), nil
}

func (t *transaction) PurgeUserSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	return purge[userSessionRow](ctx, t, "sessions", "id", "ends_at", before, limit)
}

// purge removes up to limit rows whose time lies before a moment, oldest first.
// The keys are read first: DELETE … LIMIT is not known to every database.
func purge[R any](ctx context.Context, t *transaction, what, key, column string, before time.Time, limit int) (int, error) {
	var row R
	var keys []string
	err := t.q(ctx).Model(&row).Where(column+" < ?", at(before)).Order(column).Limit(registrar.Page{Limit: limit}.Size()).Pluck(key, &keys).Error
	if err != nil || len(keys) == 0 {
		return 0, t.d.wrap("listing old "+what, err)
	}
	res := t.q(ctx).Where(key+" IN ? AND "+column+" < ?", keys, at(before)).Delete(&row)
	return int(res.RowsAffected), t.d.wrap("removing old "+what, res.Error)
}
