package archtest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocs_LinkToWhatIsThereAndAreFound(t *testing.T) {
	t.Parallel()
	files, err := read(root)
	require.NoError(t, err)
	var pages []file
	var index file
	for _, f := range files {
		if f.path == "docs/README.md" {
			index = f
		}
		if f.path == "README.md" || f.path == "CHANGELOG.md" || strings.HasPrefix(f.path, "docs/") && strings.HasSuffix(f.path, ".md") {
			pages = append(pages, f)
		}
	}
	require.Greater(t, len(pages), 10)
	require.Empty(t, checkLinks(pages, files))
	require.Empty(t, checkIndexed(index, pages))
}

func TestCheckLinks_FindsWhatLeadsNowhere(t *testing.T) {
	t.Parallel()
	page := file{"docs/how-to/a.md", []byte("[b](b.md), [b too](b.md#top), [up](../c.md), [a folder](../decisions),\n" +
		"[far](https://example.org/x.md), [here](#top), [lost](lost.md), [`up`](../how-to/)\n" +
		"`f[T](x)`\n```\nf[T](x)\n```\n")}
	files := []file{page, {"docs/how-to/b.md", nil}, {"docs/c.md", nil}, {"docs/decisions/1.md", nil}}
	require.Equal(t, []string{"docs/how-to/a.md:2: links to lost.md, which is not there"}, checkLinks([]file{page}, files))
}

func TestCheckIndexed_FindsPagesThatNobodyFinds(t *testing.T) {
	t.Parallel()
	index := file{"docs/README.md", []byte("[a](how-to/a.md)")}
	require.Equal(t, []string{"docs/README.md: does not link to b.md"},
		checkIndexed(index, []file{{"docs/how-to/a.md", nil}, {"docs/b.md", nil}, index, {"README.md", nil}}))
}
