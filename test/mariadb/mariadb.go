// Package mariadb runs MariaDB servers for tests, chaos and benchmarks: each
// with its own data folder and a free port on loopback, gone afterwards.
package mariadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/test/child"
)

// ErrNotInstalled says that this machine has no MariaDB server.
var ErrNotInstalled = errors.New("MariaDB is not installed (Debian package mariadb-server)")

// Options shape a server. The zero value suits tests.
type Options struct {
	// Durable makes a commit survive the loss of power, as production must.
	Durable bool
	// Args are further options of mariadbd, for example "--max-connections=50".
	Args []string
}

// Server is one running, or stopped, MariaDB server.
type Server struct {
	dir  string // data, socket, log: all of it is removed by Close
	port int
	opt  Options
	proc *child.Process
	root *sql.DB
}

// readyLimit bounds how long a server may take to answer.
const readyLimit = 60 * time.Second

// Start makes a data folder and runs a server on it. ErrNotInstalled when there
// is none on this machine.
func Start(ctx context.Context, opt Options) (*Server, error) {
	if _, err := exec.LookPath(serverPath()); err != nil {
		return nil, ErrNotInstalled
	}
	if err := sweep(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", prefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, fmt.Errorf("making a data folder: %w", err)
	}
	s := &Server{dir: dir, opt: opt}
	if err := s.install(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for try := 1; ; try++ {
		if s.port, err = freePort(ctx); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
		if err = s.Restart(ctx); err == nil {
			return s, nil
		}
		if try == 3 || ctx.Err() != nil { // somebody may have taken the port
			return nil, errors.Join(err, s.Kill(), os.RemoveAll(dir))
		}
	}
}

// serverPath finds mariadbd where Debian keeps it, which is not in every PATH.
func serverPath() string {
	for _, p := range []string{"mariadbd", "/usr/sbin/mariadbd", "/usr/libexec/mariadbd"} {
		if found, err := exec.LookPath(p); err == nil {
			return found
		}
	}
	return "mariadbd"
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return "root"
	}
	return u.Username
}

func (s *Server) install(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		return fmt.Errorf("making a data folder: %w", err)
	}
	cmd := exec.CommandContext(ctx, "mariadb-install-db", "--no-defaults", "--user="+userName(), "--datadir="+filepath.Join(s.dir, "data"),
		"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("installing the system tables: %w: %s", err, tail(string(out)))
	}
	return nil
}

func (s *Server) args() []string {
	// Waiting for the disk makes building a schema twenty times slower.
	speed := []string{"--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--loose-sync-frm=0"}
	if s.opt.Durable {
		speed = []string{"--innodb-flush-log-at-trx-commit=1"}
	}
	args := append([]string{"--no-defaults", "--user=" + userName(), "--datadir=" + filepath.Join(s.dir, "data"), "--tmpdir=" + filepath.Join(s.dir, "tmp"),
		"--socket=" + filepath.Join(s.dir, "s.sock"), "--pid-file=" + filepath.Join(s.dir, "pid"), "--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(s.port), "--skip-name-resolve", "--innodb-buffer-pool-size=64M",
		"--innodb-log-file-size=48M", "--character-set-server=utf8mb4", "--performance-schema=OFF", "--log-error=" + s.logPath()}, speed...)
	return append(args, s.opt.Args...)
}

func (s *Server) logPath() string { return filepath.Join(s.dir, "error.log") }

// Addr returns host:port; it stays the same over Stop, Kill and Restart.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// DSN returns root@tcp(host:port)/database.
func (s *Server) DSN(database string) string {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = "root", "tcp", s.Addr(), database
	return c.FormatDSN()
}

// Restart runs the server on its data again and waits until it answers.
func (s *Server) Restart(ctx context.Context) error {
	if s.proc != nil && !s.proc.Exited() {
		return errors.New("the server is running")
	}
	p, err := child.Run("", serverPath(), s.args()...)
	if err != nil {
		return err
	}
	s.proc = p
	if s.root == nil {
		c, err := mysql.ParseDSN(s.DSN(""))
		if err != nil {
			return fmt.Errorf("preparing a connection: %w", err)
		}
		c.Timeout, c.Logger = time.Second, &mysql.NopLogger{}
		connector, err := mysql.NewConnector(c)
		if err != nil {
			return fmt.Errorf("preparing a connection: %w", err)
		}
		s.root = sql.OpenDB(connector)
		s.root.SetMaxIdleConns(1)
	}
	if err := s.ready(ctx); err != nil {
		if closeErr := s.root.Close(); closeErr != nil {
			err = errors.Join(err, closeErr)
		}
		s.root = nil // a second try may use another port
		return errors.Join(err, s.Kill())
	}
	return nil
}

// ready asks until the server answers or has ended.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.root.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.proc.Done():
			log, readErr := os.ReadFile(s.logPath())
			if readErr != nil {
				return fmt.Errorf("the server ended at once: %w (and its log: %v)", err, readErr)
			}
			return fmt.Errorf("the server ended at once: %s", tail(string(log)))
		case <-ctx.Done():
			return fmt.Errorf("waiting for the server: %w (last answer: %v)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// CreateDatabase makes an empty database.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	if strings.ContainsAny(name, "`\\") {
		return fmt.Errorf("bad database name %q", name)
	}
	if _, err := s.root.ExecContext(ctx, "CREATE DATABASE `"+name+"` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		return fmt.Errorf("creating database %s: %w", name, err)
	}
	return nil
}

// Stop ends the server as its administrator would; the data stays.
func (s *Server) Stop() error {
	if s.proc == nil {
		return nil
	}
	return s.proc.Stop(readyLimit)
}

// Kill ends the server as a crash would (SIGKILL); the data stays.
func (s *Server) Kill() error {
	if s.proc == nil {
		return nil
	}
	return s.proc.Kill()
}

// Close kills the server and removes its data.
func (s *Server) Close() error {
	err := s.Kill()
	if s.root != nil {
		err = errors.Join(err, s.root.Close())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port // a TCP listener has a TCP address
	if err := l.Close(); err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	return port, nil
}

func tail(s string) string {
	const n = 2000
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
