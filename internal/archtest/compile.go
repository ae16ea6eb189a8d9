package archtest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// compile builds every block that is a whole file as a package of its own, tests
// included. The go command sees them inside this module, in folders that exist
// only in an overlay. The error tells what the compiler says, with pages and lines in place of files.
func compile(dir, scratch string, blocks []fence) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	replace := map[string]string{}
	args := []string{"build", "-o", os.DevNull, "-overlay", filepath.Join(scratch, "overlay.json")}
	for i, f := range blocks {
		if f.from != "" || !f.program() {
			continue
		}
		place := fmt.Sprintf("internal/archtest/block%d", i)
		real := filepath.Join(scratch, fmt.Sprintf("%d.go", i))
		// The directive makes the compiler name the page.
		text := fmt.Sprintf("//line %s:%d\n%s\n", f.page, f.line+1, f.text)
		if err := os.WriteFile(real, []byte(text), 0o644); err != nil {
			return err
		}
		replace[filepath.Join(dir, filepath.FromSlash(place), "block.go")] = real
		args = append(args, "./"+place)
	}
	if len(replace) == 0 {
		return nil
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(scratch, "overlay.json"), overlay, 0o644); err != nil {
		return err
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
