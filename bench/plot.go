package main

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const plotWidth, plotHeight = 18 * vg.Centimeter, 10 * vg.Centimeter

// colors of the peers: also told apart by people who see few colors.
var colors = map[string]color.Color{
	ours: rgb(0x0072b2), river: rgb(0xd55e00), riverDefaults: rgb(0xe69f00),
	asynqPeer: rgb(0x009e73), floor: rgb(0x999999), notify: rgb(0x999999), inMemory: rgb(0x56b4e9),
}

func rgb(c uint32) color.Color { return color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 255} }

// group is a place on the axis and the figure that stands there.
type group struct{ label, figure string }

// plots writes those of which something was measured.
func plots(dir string, r *results) error {
	var drains, batch, latencies []group
	for _, jobs := range r.Size.Drains {
		for _, slots := range r.Size.Slots {
			drains = append(drains, group{fmt.Sprintf("%s jobs\n%s slots", grouped(jobs), grouped(slots)), drainRate(jobs, slots)})
		}
	}
	for _, callers := range enqueueCallers {
		batch = append(batch, group{fmt.Sprintf("%d goroutines", callers), singleEnqueue(callers)})
	}
	batch = append(batch, group{"batches of 1,000", batchEnqueue})
	for _, rate := range r.Size.Rates {
		for _, p := range []string{"p50", "p99"} {
			latencies = append(latencies, group{fmt.Sprintf("%s/s\n%s", grouped(rate), p), latencyFigure(rate, p)})
		}
	}
	done := func(p point) float64 { return float64(p.Done) }
	for _, err := range []error{
		bars(filepath.Join(dir, "drain.svg"), r, "Drain of waiting no-op jobs", "jobs/s", drains, false),
		bars(filepath.Join(dir, "enqueue.svg"), r, "Enqueue", "jobs/s", batch, true),
		bars(filepath.Join(dir, "latency.svg"), r, "Enqueue to start of the handler in another process", "ms", latencies, true),
		lines(filepath.Join(dir, "sustained-rate.svg"), r, "Sustained enqueue and work", "jobs/s", slope(done)),
		lines(filepath.Join(dir, "sustained-dead.svg"), r, "Dead rows", "rows", level(func(p point) float64 { return p.Dead })),
		lines(filepath.Join(dir, "sustained-bytes.svg"), r, "Tables and indexes", "MB",
			level(func(p point) float64 { return (p.TableBytes + p.IndexBytes) / (1 << 20) })),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// bars writes one bar per group and peer; log makes the axis logarithmic.
func bars(path string, r *results, title, unit string, groups []group, log bool) error {
	p := plot.New()
	p.Title.Text, p.Y.Label.Text = title, unit
	var labels []string
	for _, g := range groups {
		labels = append(labels, g.label)
	}
	var present []string
	least, most := math.Inf(1), 0.0
	for _, peer := range peers {
		measured := false
		for _, g := range groups {
			if v, ok := r.median(peer.name, g.figure); ok && v > 0 {
				measured, least, most = true, min(least, v), max(most, v)
			}
		}
		if measured {
			present = append(present, peer.name)
		}
	}
	if len(present) == 0 {
		return nil
	}
	height := func(v float64) float64 { return v }
	if log { // bars start at 0, which has no logarithm: the axis is in powers of ten
		lowest := math.Floor(math.Log10(least))
		height = func(v float64) float64 { return max(math.Log10(v)-lowest, 0) }
		var ticks plot.ConstantTicks
		for k := 0.0; k <= math.Ceil(height(most)); k++ {
			ticks = append(ticks, plot.Tick{Value: k, Label: number(math.Pow(10, lowest+k))})
		}
		p.Y.Tick.Marker = ticks
	}
	width := plotWidth * 0.7 / vg.Length(len(groups)*len(present))
	for i, name := range present {
		values := make(plotter.Values, len(groups))
		for k, g := range groups {
			if v, ok := r.median(name, g.figure); ok {
				values[k] = height(v)
			}
		}
		chart, err := plotter.NewBarChart(values, width)
		if err != nil {
			return err
		}
		chart.Color, chart.LineStyle.Width = colors[name], 0
		chart.Offset = width * vg.Length(float64(i)-float64(len(present)-1)/2)
		chart.XMin = 0
		p.Add(chart)
		p.Legend.Add(name, chart)
	}
	p.Legend.Top = true
	p.NominalX(labels...)
	p.X.Min, p.X.Max = -0.6, float64(len(groups))-0.4 // or the outer bars are cut
	p.Y.Min, p.Y.Max = 0, height(most)*1.25           // room for the legend
	return p.Save(plotWidth, plotHeight, path)
}

// lines writes one line per peer over the first sustained run of each.
func lines(path string, r *results, title, unit string, values func([]point) plotter.XYs) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "seconds", unit
	drawn := map[string]bool{}
	for _, one := range r.Results {
		if one.Workload != sustainedWork || len(one.Points) < 2 || drawn[one.Peer] {
			continue
		}
		drawn[one.Peer] = true
		line, err := plotter.NewLine(values(one.Points))
		if err != nil {
			return err
		}
		line.Color, line.Width = colors[one.Peer], vg.Points(2)
		p.Add(line)
		p.Legend.Add(one.Peer, line)
	}
	if len(drawn) == 0 {
		return nil
	}
	p.Y.Min, p.Legend.Top = 0, true
	return p.Save(plotWidth, plotHeight, path)
}

// level is a value of each point.
func level(of func(point) float64) func([]point) plotter.XYs {
	return func(points []point) (xy plotter.XYs) {
		for _, p := range points {
			xy = append(xy, plotter.XY{X: p.Seconds, Y: of(p)})
		}
		return xy
	}
}

// slope is how fast a value grows from point to point.
func slope(of func(point) float64) func([]point) plotter.XYs {
	return func(points []point) (xy plotter.XYs) {
		for i, p := range points[1:] {
			before := points[i]
			xy = append(xy, plotter.XY{X: p.Seconds, Y: (of(p) - of(before)) / (p.Seconds - before.Seconds)})
		}
		return xy
	}
}
