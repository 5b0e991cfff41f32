// Package deploy tests that image and compose file say what the program does:
// both are parsed, and the image's exact command lines are run as non-root.
package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar/seal"
)

// instruction is one line of a Dockerfile.
type instruction struct{ word, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	raw, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var out []instruction
	for _, line := range strings.Split(strings.ReplaceAll(string(raw), "\\\n", " "), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out = append(out, instruction{word, strings.TrimSpace(rest)})
	}
	return out
}

// last returns the last instruction of a kind: the one that counts.
func last(t *testing.T, ins []instruction, word string) string {
	t.Helper()
	for _, i := range slices.Backward(ins) {
		if i.word == word {
			return i.rest
		}
	}
	t.Fatalf("the Dockerfile has no %s", word)
	return ""
}

func words(t *testing.T, list string) []string {
	t.Helper()
	var out []string
	if err := json.Unmarshal([]byte(list), &out); err != nil {
		t.Fatalf("%s is not in exec form: %v", list, err)
	}
	return out
}

func TestDockerfile(t *testing.T) {
	ins := dockerfile(t)
	known := []string{"FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
	for _, i := range ins {
		if !slices.Contains(known, i.word) {
			t.Errorf("unknown instruction %q", i.word)
		}
		if i.word != "COPY" || strings.Contains(i.rest, "--from=") || strings.HasPrefix(i.rest, ". ") {
			continue
		}
		sources := strings.Fields(i.rest)
		for _, src := range sources[:len(sources)-1] {
			if _, err := os.Stat(filepath.Join("..", src)); err != nil {
				t.Errorf("COPY %s: %v", src, err)
			}
		}
	}
	gomod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	from := strings.TrimPrefix(ins[0].rest, "golang:")
	release, _, _ := strings.Cut(from, "-")
	if !strings.Contains(string(gomod), "\ngo "+release) {
		t.Errorf("the image is built with Go %s, go.mod says otherwise", release)
	}
	if user := last(t, ins, "USER"); strings.HasPrefix(user, "0") || strings.HasPrefix(user, "root") {
		t.Errorf("the image runs as %s", user)
	}
	if got := last(t, ins, "ENTRYPOINT"); got != `["/indera"]` {
		t.Errorf("entry point = %s", got)
	}
}

// service is what we use of a compose service.
type service struct {
	Image   string
	Command []string
	Secrets []string
	Volumes []string
	Ports   []string
	Build   struct{ Context, Dockerfile string }
	Depends map[string]struct{ Condition string } `yaml:"depends_on"`
	Grace   string                                `yaml:"stop_grace_period"`
}

type compose struct {
	Services map[string]service
	Volumes  map[string]any
	Secrets  map[string]struct{ File string }
}

// root is where the compose file stands and what its paths are relative to.
const root = ".."

func readCompose(t *testing.T) compose {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var c compose
	if err := yaml.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComposeIsWhole(t *testing.T) {
	c := readCompose(t)
	for name, s := range c.Services {
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s uses secret %s, which is not defined", name, secret)
			}
		}
		for other := range s.Depends {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s depends on %s, which is not there", name, other)
			}
		}
		if s.Build.Context != "" {
			if _, err := os.Stat(filepath.Join(root, s.Build.Context, s.Build.Dockerfile)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, named := c.Volumes[from]; named {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, from)); err != nil {
				t.Errorf("%s mounts %s: %v", name, from, err)
			}
		}
	}
	cfg, err := config.Load("indera.yaml")
	if err != nil {
		t.Fatal(err)
	}
	grace, err := time.ParseDuration(c.Services["indera"].Grace)
	if err != nil || grace <= cfg.Drain {
		t.Errorf("stop_grace_period %s is not longer than drain_timeout %s", c.Services["indera"].Grace, cfg.Drain)
	}
	checkPorts(t, c.Services["indera"], cfg)
	checkSecrets(t, c, cfg)
}

// checkSecrets proves that what is shipped has seal keys and a mail relay, that
// serve takes it, and that each secret it reads is brought by each service.
func checkSecrets(t *testing.T, c compose, cfg *config.Config) {
	t.Helper()
	if err := cfg.MayServe(); err != nil || cfg.HTTP.StaffPasswordAlone || cfg.Sandbox {
		t.Errorf("the shipped settings go without sealed secrets: %v", err)
	}
	if len(cfg.Seal.Keys) == 0 || cfg.SMTP.Host == "" || cfg.SMTP.From == "" {
		t.Fatalf("seal %+v, smtp host %q", cfg.Seal, cfg.SMTP.Host)
	}
	for _, path := range []string{cfg.Database.PasswordFile, cfg.SMTP.PasswordFile, cfg.Seal.Keys[0].KeyFile} {
		for name, s := range c.Services {
			if name != "database" && (filepath.Dir(path) != "/run/secrets" || !slices.Contains(s.Secrets, filepath.Base(path))) {
				t.Errorf("%s reads %s and has the secrets %v", name, path, s.Secrets)
			}
		}
	}
}

// checkPorts proves that what is published is what the program listens on.
func checkPorts(t *testing.T, s service, cfg *config.Config) {
	t.Helper()
	var inside []string
	for _, p := range s.Ports {
		inside = append(inside, p[strings.LastIndex(p, ":")+1:])
	}
	exposed := strings.Fields(last(t, dockerfile(t), "EXPOSE"))
	for _, listen := range []string{cfg.HTTP.Listen, cfg.RDAP.Listen, cfg.WHOIS.Listen, cfg.Ops.Listen} {
		_, port, err := net.SplitHostPort(listen)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(inside, port) || !slices.Contains(exposed, port) {
			t.Errorf("port %s is not published (%v) or not exposed (%v)", port, inside, exposed)
		}
	}
}

// TestCommandLinesRunAsNonRoot runs migrate and serve as the image would, on a
// SQLite file instead of the database service.
func TestCommandLinesRunAsNonRoot(t *testing.T) {
	// t.TempDir lies below folders that only the owner may enter.
	dir, err := os.MkdirTemp("", "indera-deploy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "indera")
	build := exec.Command("go", "build", "-o", binary, "../cmd/indera")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	port := freePort(t)
	conf := filepath.Join(dir, "indera.yaml")
	if err := os.WriteFile(conf, []byte(localConfig(t, dir, port)), 0o644); err != nil {
		t.Fatal(err)
	}
	c := readCompose(t)
	run := func(args []string) *exec.Cmd { return asImage(t, binary, conf, args) }
	if out, err := run(c.Services["migrate"].Command).CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	serve := run(words(t, last(t, dockerfile(t), "CMD")))
	var log bytes.Buffer
	serve.Stdout, serve.Stderr = &log, &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	waitReady(t, port, &log)
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("serve ended with %v\n%s", err, &log)
	}
}

// asImage is the image's command line with its paths mapped to here.
func asImage(t *testing.T, binary, conf string, args []string) *exec.Cmd {
	t.Helper()
	var mapped []string
	for _, a := range args {
		if a == "/etc/indera/indera.yaml" {
			a = conf
		}
		mapped = append(mapped, a)
	}
	cmd := exec.Command(binary, mapped...)
	cmd.Env = []string{} // an image has no environment of ours, no HOME, no PATH
	cmd.Dir = filepath.Dir(conf)
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	}
	return cmd
}

// localConfig is indera.yaml with another database and free ports.
func localConfig(t *testing.T, dir string, ops int) string {
	t.Helper()
	raw, err := os.ReadFile("indera.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	doc["database"] = map[string]any{"driver": "sqlite", "path": filepath.Join(dir, "indera.db")}
	for _, face := range []string{"http", "rdap", "whois"} {
		doc[face].(map[string]any)["listen"] = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	}
	key, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"seal": key, "smtp": "not used"}
	for name, value := range secrets {
		secrets[name] = filepath.Join(dir, name)
		if err := os.WriteFile(secrets[name], []byte(value+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc["seal"].(map[string]any)["keys"].([]any)[0].(map[string]any)["key_file"] = secrets["seal"]
	doc["smtp"].(map[string]any)["password_file"] = secrets["smtp"]
	doc["ops"] = map[string]any{"listen": fmt.Sprintf("127.0.0.1:%d", ops)}
	out, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func waitReady(t *testing.T, port int, log *bytes.Buffer) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", port))
		if err == nil {
			err = resp.Body.Close()
			if err == nil && resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-deadline:
			t.Fatalf("not ready: %v\n%s", err, log)
		case <-tick.C:
		}
	}
}
