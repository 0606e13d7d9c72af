/** What the page says of the compartments that were clicked: their traces, by plotly, and all that is known of them. */
const MARGIN = { l: 54, r: 12, t: 8, b: 38 };

/** A number as a person would write it. */
const short = (value, digits = 5) => String(Number.isInteger(value) ? value : Number(value.toPrecision(digits)));

/** An element with text and children; text is never read as HTML. */
function element(tag, text = "", ...children) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.append(...children);
  return made;
}

class Panel {
  /** @param {object} scene @param {(frame: number) => void} seek Called when the reader clicks a time. */
  constructor(scene, seek) {
    this.scene = scene;
    this.seek = seek;
    this.plot = document.getElementById("traces");
    this.cursor = document.getElementById("cursor");
    this.range = [0, 1];
  }

  /** "cell 1, branch 3, comp 0", as one would select it. */
  nameOf(comp) {
    const [cell, branch, number] = this.scene.index.subarray(4 * comp, 4 * comp + 3);
    return `${this.scene.cells > 1 ? `cell ${cell}, ` : ""}branch ${branch}, comp ${number}`;
  }

  /** Show the traces of the selected compartments in a series. */
  drawTraces(selected, colourOf, series) {
    const { scene } = this, traces = [];
    const time = Float64Array.from({ length: scene.frames }, (_, frame) => frame * scene.step);
    selected.forEach((comp, place) => {
      series?.comp.forEach((owner, row) => {
        if (owner !== comp) return;
        const name = series.labels[row] || this.nameOf(comp);
        traces.push({ x: time, y: traceOf(series, row), name, mode: "lines", line: { color: colourOf(place), width: 1.4 } });
      });
    });
    document.getElementById("hint").textContent = this.hint(selected, traces);
    this.plot.parentElement.hidden = !traces.length;
    if (!traces.length) return;
    const { subtle, grid, text } = SCHEME;
    const axis = { gridcolor: grid, zeroline: false, linecolor: subtle, ticks: "outside", tickcolor: subtle };
    const layout = {
      margin: MARGIN, height: 230, showlegend: false, hovermode: "closest", uirevision: series.name,
      paper_bgcolor: "transparent", plot_bgcolor: "transparent", font: { size: 11, color: text },
      xaxis: { ...axis, title: { text: "time [ms]", standoff: 6 }, autorange: false, range: [0, time[time.length - 1]] },
      yaxis: { ...axis, title: { text: series.name + (series.unit ? ` [${series.unit}]` : ""), standoff: 4 } },
    };
    const known = this.plot.classList.contains("js-plotly-plot");
    Plotly.react(this.plot, traces, layout, { responsive: true, displayModeBar: false });
    if (!known) {
      this.plot.on("plotly_click", (event) => this.seek(Math.round(event.points[0].x / scene.step)));
      this.plot.on("plotly_relayout", () => this.moveCursor(this.frame));
    }
  }

  /** What to do, or why there is no trace. */
  hint(selected, traces) {
    if (!selected.length) return "Click a compartment for its values; hold shift to compare several.";
    if (traces.length) return "";
    return this.scene.series.length ? "Nothing was recorded here." : "Nothing was recorded.";
  }

  /** Mark the present time in the traces. */
  moveCursor(frame) {
    this.frame = frame;
    const shown = this.plot.layout?.xaxis?.range;
    if (!shown || this.plot.parentElement.hidden) return;
    const share = (frame * this.scene.step - shown[0]) / (shown[1] - shown[0]);
    const width = this.plot.clientWidth - MARGIN.l - MARGIN.r;
    this.cursor.style.left = `${MARGIN.l + share * width}px`;
    this.cursor.hidden = !(share >= 0 && share <= 1);
  }

  /** List what is known of a compartment, undefined for none. */
  fillTable(comp) {
    const { scene } = this, table = document.getElementById("facts");
    table.replaceChildren();
    if (comp === undefined) return;
    const add = (name, value, unit = "") =>
      table.append(element("tr", "", element("th", name), element("td", value), element("td", unit)));
    table.append(element("caption", this.nameOf(comp)));
    add("row of .nodes", String(scene.index[4 * comp + 3]));
    const there = (columns) => Object.entries(columns).filter(([, members]) => members[comp]).map(([name]) => name);
    if (Object.keys(scene.groups).length) add("groups", there(scene.groups).join(", ") || "none");
    if (Object.keys(scene.channels).length) add("channels", there(scene.channels).join(", ") || "none");
    for (const { name, pre, post } of scene.wires) {
      const [out, into] = [pre, post].map((ends) => ends.reduce((sum, one) => sum + (one === comp), 0));
      if (out || into) add(name, `${into} in, ${out} out`);
    }
    for (const [name, numbers] of Object.entries(scene.numbers)) {
      if (!Number.isNaN(numbers[comp])) add(name, short(numbers[comp]), scene.units[name]);
    }
  }
}
