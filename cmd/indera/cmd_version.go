package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "version", Short: "Print version, commit and Go release", Args: noArgs,
		Long: "Prints version, commit and Go release. With --sbom it prints the bill of materials of this\nbinary instead: every Go module in it with its version, as CycloneDX 1.5 JSON.",
	}
	parts := cmd.Flags().Bool("sbom", false, "print the bill of materials (CycloneDX 1.5, JSON)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		info, ok := debug.ReadBuildInfo()
		if *parts {
			return writeSBOM(cmd.OutOrStdout(), info)
		}
		goVersion := "unknown"
		if ok {
			goVersion = info.GoVersion
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "indera %s (%s)\n", version(), goVersion)
		return err
	}
	return cmd
}

// bill is a CycloneDX 1.5 document, as far as it is used here.
type bill struct {
	Format     string `json:"bomFormat"`
	Spec       string `json:"specVersion"`
	Version    int    `json:"version"`
	Metadata   about  `json:"metadata"`
	Components []part `json:"components"`
}

type about struct {
	Component part `json:"component"`
}

type part struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl"`
}

// writeSBOM lists what the linker put into this binary.
func writeSBOM(w io.Writer, info *debug.BuildInfo) error {
	if info == nil {
		return fmt.Errorf("this binary does not say what it was built from")
	}
	b := bill{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: about{partOf("application", &info.Main)}, Components: []part{
		{Type: "library", Ref: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"), Name: "std", Version: info.GoVersion, PURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")},
	}}
	for _, m := range info.Deps {
		b.Components = append(b.Components, partOf("library", m))
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(b)
}

// partOf names a module by its package URL; one that is replaced keeps the name
// under which it is imported.
func partOf(kind string, m *debug.Module) part {
	version := m.Version
	if m.Replace != nil && m.Replace.Version != "" {
		version = m.Replace.Version
	}
	purl := "pkg:golang/" + m.Path
	if version != "" {
		purl += "@" + url.QueryEscape(version)
	}
	return part{Type: kind, Ref: purl, Name: m.Path, Version: version, PURL: purl}
}

// version is what the build says of itself: a tag, a pseudo-version made of
// the commit, or "devel" where the build knows neither.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
