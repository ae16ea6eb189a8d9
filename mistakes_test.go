package tasktower_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

// sloppy is args whose own defaults are wrong.
type sloppy struct{}

func (sloppy) Kind() string { return "sloppy" }
func (sloppy) Defaults() []tasktower.Option {
	return []tasktower.Option{tasktower.Queue(""), tasktower.Timeout(-1)}
}

func TestNewWorker_NamesTheOwnerOfEachMistakeOnce(t *testing.T) {
	t.Parallel()
	_, err := tasktower.NewWorker(newMemory(t), tasktower.WorkerConfig{
		Handlers: []tasktower.Registration{
			tasktower.HandleFunc(send),
			tasktower.HandleFunc(send, tasktower.MaxRetries(-1), tasktower.UniqueKey("k"), tasktower.In(time.Minute)),
			tasktower.HandleFunc(ignore[sloppy]),
			tasktower.HandleFunc(ignore[sloppy], tasktower.Tags("fine", "a,b", "", "fine too", " c"), tasktower.OnDeath(nil, says("x"), nil)),
			{},
		},
		Recurring: []tasktower.Recurring{
			tick(),
			tick(func(r *tasktower.Recurring) {
				r.When = tasktower.Series{}
				r.Options = []tasktower.Option{tasktower.Queue(""), tasktower.In(time.Second)}
			}),
			{Key: "sloppy", When: tasktower.Every(time.Minute), Args: sloppy{}, Options: []tasktower.Option{tasktower.MaxRetries(1001)}},
			{Key: "sloppier", When: tasktower.Every(time.Minute), Args: sloppy{}},
		},
		OnSuccess: []tasktower.After{nil, says("x"), nil},
	})
	require.ErrorIs(t, err, tasktower.ErrInvalid)
	require.Equal(t, []string{
		`Handlers[1] "email": invalid max_retries: is -1; want 0 to 1000`,
		`Handlers[1] "email": invalid option: UniqueKey belongs to an enqueue`,
		`Handlers[1] "email": invalid option: At or In belongs to an enqueue`,
		`Handlers[1] "email": invalid kind: has a handler already, Handlers[0]`,
		`Handlers[2] "sloppy": invalid queue: is empty; want 1 to 128 bytes`,
		`Handlers[2] "sloppy": invalid timeout: is -1ns; want 1ms to 100 years`,
		`Handlers[3] "sloppy": invalid queue: is empty; want 1 to 128 bytes`,
		`Handlers[3] "sloppy": invalid timeout: is -1ns; want 1ms to 100 years`,
		`Handlers[3] "sloppy": invalid tags[1]: has a comma`,
		`Handlers[3] "sloppy": invalid tags[2]: is empty; want 1 to 128 bytes`,
		`Handlers[3] "sloppy": invalid tags[4]: begins or ends with a blank`,
		`Handlers[3] "sloppy": invalid OnDeath[0]: is nil`,
		`Handlers[3] "sloppy": invalid OnDeath[2]: is nil`,
		`Handlers[3] "sloppy": invalid kind: has a handler already, Handlers[2]`,
		`Handlers[4]: invalid handler: is empty; make it with Handle or HandleFunc`,
		`Recurring[1] "tick": invalid when: is empty; want Cron or Every`,
		`Recurring[1] "tick": invalid queue: is empty; want 1 to 128 bytes`,
		`Recurring[1] "tick": invalid option: At or In belongs to a single job`,
		`Recurring[1] "tick": invalid key: is that of Recurring[0]`,
		`Recurring[2] "sloppy": invalid max_retries: is 1001; want 0 to 1000`,
		`invalid OnSuccess[0]: is nil`,
		`invalid OnSuccess[2]: is nil`,
	}, strings.Split(err.Error(), "\n"))
}

func TestNewClient_NamesTheOwnerOfEachMistakeOnce(t *testing.T) {
	t.Parallel()
	_, err := tasktower.NewClient(newMemory(t), tasktower.ClientConfig{
		Handlers: []tasktower.Registration{
			tasktower.HandleFunc(send),
			tasktower.HandleFunc(send, tasktower.MaxRetries(-1), tasktower.Queue("")),
		},
		Contextualizers: []tasktower.Contextualizer{nil, nil},
	})
	require.EqualError(t, err, strings.Join([]string{
		`invalid Contextualizers[0]: is nil`,
		`invalid Contextualizers[1]: is nil`,
		`Handlers[1] "email": invalid max_retries: is -1; want 0 to 1000`,
		`Handlers[1] "email": invalid queue: is empty; want 1 to 128 bytes`,
		`Handlers[1] "email": invalid kind: has a handler already, Handlers[0]`,
	}, "\n"))
}

func TestEnqueueMany_NamesEachItemThatIsWrong(t *testing.T) {
	t.Parallel()
	client := must(tasktower.NewClient(newMemory(t), tasktower.ClientConfig{}))
	_, err := client.EnqueueMany(t.Context(), []tasktower.Item{
		{Args: Email{}, Options: []tasktower.Option{tasktower.Queue(""), tasktower.Tag("")}},
		{Args: Email{}},
		{},
		{Args: Email{}, Options: []tasktower.Option{tasktower.OnDeath(says("x")), tasktower.Retain(tasktower.Retention{})}},
	})
	require.ErrorIs(t, err, tasktower.ErrInvalid)
	require.EqualError(t, err, strings.Join([]string{
		`jobs[0]: invalid queue: is empty; want 1 to 128 bytes`,
		`jobs[0]: invalid tags[0]: is empty; want 1 to 128 bytes`,
		`jobs[2]: invalid args: are nil`,
		`jobs[3]: invalid option: OnDeath belongs to Handle or Defaults, not to an enqueue`,
		`jobs[3]: invalid option: Retain belongs to Handle or Defaults, not to an enqueue`,
	}, "\n"))
}

func TestEnqueueMany_BoundsWhatItNames(t *testing.T) {
	t.Parallel()
	client := must(tasktower.NewClient(newMemory(t), tasktower.ClientConfig{}))
	_, err := client.EnqueueMany(t.Context(), make([]tasktower.Item, 1000))
	require.ErrorIs(t, err, tasktower.ErrInvalid)
	lines := strings.Split(err.Error(), "\n")
	require.Len(t, lines, 21)
	require.Equal(t, `jobs[19]: invalid args: are nil`, lines[19])
	require.Equal(t, `invalid jobs: 980 more are wrong`, lines[20])
}

func TestEnqueue_NamesEachParameterThatIsWrong(t *testing.T) {
	t.Parallel()
	client := must(tasktower.NewClient(newMemory(t), tasktower.ClientConfig{}))
	_, err := client.WithContext(func(_ context.Context, p tasktower.Params) error {
		p["A"], p["B"], p["C"] = []byte("{"), []byte("1"), []byte("[")
		return nil
	}).Enqueue(t.Context(), Email{})
	require.ErrorContains(t, err, "params.A")
	require.ErrorContains(t, err, "params.C")
}

func TestEnqueue_RefusesDefaultsThatBelongToOneJob(t *testing.T) {
	t.Parallel()
	client := must(tasktower.NewClient(newMemory(t), tasktower.ClientConfig{}))
	_, err := client.Enqueue(t.Context(), tardy{})
	require.EqualError(t, err, "invalid option: At or In belongs to an enqueue, not to Defaults")
}

// tardy is args whose defaults say what only one job can say.
type tardy struct{}

func (tardy) Kind() string                 { return "tardy" }
func (tardy) Defaults() []tasktower.Option { return []tasktower.Option{tasktower.InHours(1)} }
