package sandbox

import (
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	nsLaunch = "urn:ietf:params:xml:ns:launch-1.0"
	nsSMD    = "urn:ietf:params:xml:ns:signedMark-1.0"
	nsMark   = "urn:ietf:params:xml:ns:mark-1.0"
	// validator is the only one there is.
	validator = "tmch"
	// noticeAge is how old an acceptance may be.
	noticeAge = 48 * time.Hour
)

// Launch is the phase a zone is in (RFC 8334 §2.3).
type Launch struct {
	Phase string            // "sunrise", "claims" or "open"
	Sub   string            // its sub-phase
	Marks map[string]string // claim keys by label
	// Applications says that a sunrise create makes an application (1001), which
	// waits for a Decision.
	Applications bool
}

func (l *Launch) check() error {
	if l != nil && !slices.Contains([]string{"sunrise", "claims", "open"}, l.Phase) {
		return fmt.Errorf("launch phase %q", l.Phase)
	}
	return nil
}

// launchCmd is what the launch extension adds to a command.
type launchCmd struct {
	phase, sub  string
	check       string // of a check: claims, avail or trademark
	kind        string // of a create: application, registration or ""
	encoded     []string
	otherMarks  int // signedMark and codeMark elements
	notices     []launchNotice
	application string
	includeMark bool
}

type launchNotice struct {
	id, validator      string
	notAfter, accepted time.Time
}

var phases = []string{"sunrise", "landrush", "claims", "open", "custom"}

func decodeLaunch(s *strict, req *request, n *node) {
	c := &launchCmd{}
	req.ext.launch = c
	if req.object != "domain" || n.name != req.verb {
		s.misplaced(n)
		return
	}
	switch n.name {
	case "check":
		c.check = s.enum(n, "type", "claims", "claims", "avail", "trademark")
		q := s.open(n, "type")
		if p := q.maybe("phase"); p != nil {
			s.phase(c, p)
		} else if c.check != "trademark" && s.err == nil {
			q.missing("phase")
		}
		q.done()
	case "info":
		mark := s.enum(n, "includeMark", "false", "0", "1", "false", "true")
		c.includeMark = mark == "1" || mark == "true"
		q := s.open(n, "includeMark")
		s.phase(c, q.need("phase"))
		if id := q.maybe("applicationID"); id != nil {
			c.application = s.token(id, 1, -1)
		}
		q.done()
	case "create":
		s.launchCreate(c, n)
	default:
		s.failAt(2102, n, "applications are not changed here")
	}
}

func (s *strict) phase(c *launchCmd, n *node) {
	c.sub, _ = s.attr(n, "name")
	c.phase = s.token(n, 1, -1, "name")
	if n != nil && s.err == nil && !slices.Contains(phases, c.phase) {
		s.failAt(2005, n, "not a phase")
	}
}

func (s *strict) launchCreate(c *launchCmd, n *node) {
	if _, given := s.attr(n, "type"); given {
		c.kind = s.enum(n, "type", "", "application", "registration")
	}
	q := s.open(n, "type")
	s.phase(c, q.need("phase"))
	// Marks are of other namespaces, which sequence does not walk: they are taken
	// by hand, one kind only, as the schema says.
	for s.err == nil && q.next < len(n.children) {
		m := n.children[q.next]
		switch {
		case m.ns == nsSMD && m.name == "encodedSignedMark" && c.otherMarks == 0:
			s.enum(m, "encoding", "base64", "base64")
			c.encoded = append(c.encoded, s.token(m, 0, -1, "encoding"))
		case (m.ns == nsSMD && m.name == "signedMark" || m.ns == nsLaunch && m.name == "codeMark") && len(c.encoded) == 0:
			c.otherMarks++
		default:
			m = nil
		}
		if m == nil {
			break
		}
		q.next++
	}
	for _, notice := range q.list("notice", 0, -1) {
		inner := s.open(notice)
		id := inner.need("noticeID")
		by, _ := s.attr(id, "validatorID")
		c.notices = append(c.notices, launchNotice{
			id: s.token(id, 1, -1, "validatorID"), validator: by,
			notAfter: s.instant(inner.need("notAfter")), accepted: s.instant(inner.need("acceptedDate")),
		})
		inner.done()
	}
	q.done()
}

// labelOf is the second-level label of a registrable name.
func labelOf(tld *TLD, name string) string { return strings.TrimSuffix(name, "."+tld.Name) }

// checkClaims answers a claims or trademark check: no availability is in it
// (RFC 8334 §3.1.1). The phase must be the one of every zone asked (2306).
func (w *work) checkClaims(req *request) (reply, error) {
	c := req.ext.launch
	x := newData("launch", nsLaunch, "chkData")
	if c.phase != "" {
		attrs := []string{}
		if c.sub != "" {
			attrs = []string{"name", c.sub}
		}
		x.el("phase", c.phase, attrs...)
	}
	for _, name := range req.keys {
		tld, bad := w.reg.registrable(name)
		if bad != nil {
			return reply{}, bad
		}
		if c.check == "claims" && (tld.Launch == nil || tld.Launch.Phase != "claims" || c.phase != "claims" || c.sub != tld.Launch.Sub) {
			return reply{}, refuse(2306, "%s is not in this phase", tld.Name).at(nsLaunch, "phase", c.phase)
		}
		key := ""
		if tld.Launch != nil {
			key = tld.Launch.Marks[labelOf(tld, name)]
		}
		x.start("launch:cd")
		exists := "0"
		if key != "" {
			exists = "1"
		}
		x.el("name", name, "exists", exists)
		x.elIf("claimKey", key, "validatorID", validator)
		x.end("launch:cd")
	}
	return reply{code: 1000, extensions: []string{x.reply(0).resData}}, nil
}

// mayLaunch judges a create by the phase of its zone.
func (w *work) mayLaunch(req *request, tld *TLD, name string) error {
	c, l := req.ext.launch, tld.Launch
	if l == nil {
		l = &Launch{Phase: "open"}
	}
	if c != nil && (c.phase != l.Phase || c.sub != l.Sub) {
		return refuse(2306, "the phase is %s", l.Phase).at(nsLaunch, "phase", c.phase)
	}
	if c != nil && (c.kind == "application") != (l.Phase == "sunrise" && l.Applications) && c.kind != "" {
		return refuse(2306, "not in this phase").at(nsLaunch, "create", c.kind)
	}
	if c == nil {
		c = &launchCmd{}
	}
	if l.Phase != "sunrise" && len(c.encoded)+c.otherMarks > 0 {
		return refuse(2002, "signed marks belong to sunrise").at(nsLaunch, "create", "")
	}
	if l.Phase == "sunrise" {
		return w.maySunrise(c, labelOf(tld, name))
	}
	return w.mayClaim(c, l, labelOf(tld, name))
}

// maySunrise: exactly one encoded signed mark that holds for the label and is
// valid now. Its signature is not verified: that is the real registries' business.
func (w *work) maySunrise(c *launchCmd, label string) error {
	switch {
	case len(c.notices) > 0:
		return refuse(2304, "no notice in sunrise").at(nsLaunch, "notice", "")
	case c.otherMarks > 0 || len(c.encoded) > 1:
		return refuse(2306, "one encoded signed mark is wanted").at(nsLaunch, "create", "")
	case len(c.encoded) == 0:
		return refuse(2002, "sunrise wants a signed mark").at(nsLaunch, "create", "")
	}
	mark, err := readSMD(c.encoded[0])
	if err != nil {
		return refuse(2005, "%v", err).at(nsSMD, "encodedSignedMark", "")
	}
	now := w.now
	switch {
	case now < formatTime(mark.notBefore) || now >= formatTime(mark.notAfter):
		return refuse(2306, "the signed mark is not valid now").at(nsSMD, "encodedSignedMark", "")
	case !slices.Contains(mark.labels, label):
		return refuse(2003, "the label is not in the signed mark").at(nsSMD, "encodedSignedMark", "")
	}
	return nil
}

type signedMark struct {
	notBefore, notAfter time.Time
	labels              []string
}

var errSMD = errors.New("not a signed mark")

func readSMD(encoded string) (signedMark, error) {
	doc, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(encoded, " ", ""))
	if err != nil {
		return signedMark{}, err
	}
	root, err := parseTree(doc)
	if err != nil {
		return signedMark{}, err
	}
	if root.ns != nsSMD || root.name != "signedMark" {
		return signedMark{}, errSMD
	}
	var m signedMark
	for element, at := range map[string]*time.Time{"notBefore": &m.notBefore, "notAfter": &m.notAfter} {
		n := root.child(nsSMD, element)
		if n == nil {
			return signedMark{}, errSMD
		}
		if *at, err = time.Parse(time.RFC3339Nano, collapse(n.text)); err != nil {
			return signedMark{}, err
		}
	}
	m.collect(root)
	return m, nil
}

func (m *signedMark) collect(n *node) {
	if n.ns == nsMark && n.name == "label" {
		m.labels = append(m.labels, fold(collapse(n.text)))
	}
	for _, c := range n.children {
		m.collect(c)
	}
}

var noticePattern = regexp.MustCompile(`^[0-9a-f]{8}[0-9]{19}$`)

// mayClaim: a listed label needs a notice that was accepted in time, any other
// takes none (2304).
func (w *work) mayClaim(c *launchCmd, l *Launch, label string) error {
	listed := l.Phase == "claims" && l.Marks[label] != ""
	switch {
	case listed && len(c.notices) == 0:
		return refuse(2304, "a claims notice must be accepted").at(nsLaunch, "notice", "")
	case !listed && len(c.notices) > 0:
		return refuse(2304, "there are no claims on this name").at(nsLaunch, "notice", "")
	case !listed:
		return nil
	case len(c.notices) > 1:
		return refuse(2306, "one notice is wanted").at(nsLaunch, "notice", "")
	}
	now, err := w.instant()
	if err != nil {
		return err
	}
	n := c.notices[0]
	at := func(code int, element, why string) error { return refuse(code, "%s", why).at(nsLaunch, element, "") }
	switch {
	case n.validator != "" && n.validator != validator:
		return at(2306, "noticeID", "unknown validator")
	case !noticePattern.MatchString(n.id):
		return at(2005, "noticeID", "not a notice id")
	case !noticeFits(n, label):
		return at(2004, "noticeID", "not a notice of this label")
	case !now.Before(n.notAfter):
		return at(2004, "notAfter", "the notice has expired")
	case n.accepted.After(now):
		return at(2004, "acceptedDate", "lies in the future")
	case now.Sub(n.accepted) > noticeAge:
		return at(2004, "acceptedDate", "older than 48 hours")
	}
	return nil
}

// noticeFits verifies the checksum in the first eight digits: CRC-32 over label,
// end of validity in Unix seconds and number.
func noticeFits(n launchNotice, label string) bool {
	text := label + strconv.FormatInt(n.notAfter.Unix(), 10) + n.id[8:]
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text))) == n.id[:8]
}

// openApplication turns a create of sunrise into an application where the zone
// wants that.
func (w *work) openApplication(out *reply, req *request, name string) error {
	c, tld := req.ext.launch, w.reg.tldOf(name)
	if tld.Launch == nil || tld.Launch.Phase != "sunrise" || !tld.Launch.Applications {
		return nil
	}
	n, _, err := value[int64](w, `UPDATE sequences SET value = value + 1 WHERE name = 'roid' RETURNING value`)
	if err != nil {
		return err
	}
	id := fmt.Sprintf("app-%d", n)
	if err := w.exec(`INSERT INTO applications (id, domain, phase, subphase, status) VALUES (?, ?, ?, ?, 'pendingAllocation')`,
		id, name, c.phase, c.sub); err != nil {
		return err
	}
	if err := w.exec(`INSERT INTO pending (object, name, verb, at, account, cl_trid, sv_trid, objects, extensions, frame)
		VALUES ('domain', ?, 'create', ?, ?, ?, ?, '', '', ?)`, name, w.now, w.clientID, w.clTRID, w.svTRID, req.frame); err != nil {
		return err
	}
	out.code = 1001
	x := newData("launch", nsLaunch, "creData")
	x.applicationID(c.phase, c.sub, id)
	out.extensions = append(out.extensions, x.reply(0).resData)
	return nil
}

func (w *objectWriter) applicationID(phase, sub, id string) {
	if sub != "" {
		w.el("phase", phase, "name", sub)
	} else {
		w.el("phase", phase)
	}
	w.elIf("applicationID", id)
}

// closeApplication ends an application and returns its last state; "" when there
// is none.
func (w *work) closeApplication(domain string, allocated bool) (string, error) {
	status := "rejected"
	if allocated {
		status = "allocated"
	}
	var id, phase, sub string
	id, found, err := value[string](w, `UPDATE applications SET status = ? WHERE domain = ? AND status = 'pendingAllocation' RETURNING id`, status, domain)
	if err != nil || !found {
		return "", err
	}
	if err := w.tx.QueryRowContext(w.ctx, `SELECT phase, subphase FROM applications WHERE id = ?`, id).Scan(&phase, &sub); err != nil {
		return "", err
	}
	return applicationInfo(phase, sub, id, status), nil
}

func applicationInfo(phase, sub, id, status string) string {
	x := newData("launch", nsLaunch, "infData")
	x.applicationID(phase, sub, id)
	x.empty("launch:status", "s", status)
	return x.reply(0).resData
}

// infoApplication adds the application that an info names: the sponsor's own only
// (2201), of that name and phase (2303).
func (w *work) infoApplication(out *reply, d *domainRow, c *launchCmd) error {
	if d.sponsor != w.clientID {
		return refuse(2201, "sponsored by another client").at(nsLaunch, "info", "")
	}
	var id, status string
	err := w.tx.QueryRowContext(w.ctx, `SELECT id, status FROM applications WHERE domain = ? AND phase = ? AND subphase = ?
		AND (id = ? OR ? = '') ORDER BY id DESC LIMIT 1`, d.name, c.phase, c.sub, c.application, c.application).Scan(&id, &status)
	if errors.Is(err, sql.ErrNoRows) {
		return refuse(2303, "no such application").at(nsLaunch, "applicationID", c.application)
	}
	if err != nil {
		return err
	}
	out.extensions = append(out.extensions, applicationInfo(c.phase, c.sub, id, status))
	return nil
}
