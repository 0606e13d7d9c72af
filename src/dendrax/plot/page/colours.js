/** What a page can be coloured by. */
const PLAIN = SCHEME.dark ? [168, 176, 190] : [86, 98, 116];
const GREY = SCHEME.dark ? [92, 95, 101] : [196, 199, 204];

/** "#0072B2" as three numbers. */
const channels = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));

/**
 * All colourings of a scene: by classes (`classes`, `classOf(comp)`), by a number (`numbers`), or over time (`series`).
 * @param {object} scene What `page.js` unpacked.
 */
function colouringsOf(scene) {
  const { count, palette } = scene;
  const own = palette.map(channels);
  const list = [{ section: "", name: "nothing", classes: [["compartments", PLAIN]], classOf: () => 0 }];
  for (const series of scene.series) {
    if (!series.labels.length) list.push({ section: "over time", name: series.name, unit: series.unit, series });
  }
  const groups = Object.entries(scene.groups);
  if (groups.length > 1) {
    // The smallest group says most about a compartment that is in several.
    const size = groups.map(([, members]) => members.reduce((sum, one) => sum + one, 0));
    const order = groups.map((_, at) => at).sort((a, b) => size[b] - size[a]);
    const of = new Uint8Array(count).fill(groups.length);
    for (const at of order) groups[at][1].forEach((one, comp) => one && (of[comp] = at));
    const classes = groups.map(([name], at) => [name, own[at % own.length]]);
    if (of.includes(groups.length)) classes.push(["none", GREY]);
    list.push({ section: "groups", name: "all groups", classes, classOf: (comp) => of[comp] });
  }
  const cells = new Set();
  for (let comp = 0; comp < count; comp++) cells.add(scene.index[4 * comp]);
  if (cells.size > 1) {
    const at = new Map([...cells].map((cell, place) => [cell, place]));
    const classes = [...cells].map((cell) => [`cell ${cell}`, own[at.get(cell) % own.length]]);
    list.push({ section: "groups", name: "cells", classes, classOf: (comp) => at.get(scene.index[4 * comp]) });
  }
  for (const [section, columns] of [["groups", groups], ["channels", Object.entries(scene.channels)]]) {
    for (const [name, members] of columns) {
      const classes = [[section === "groups" ? "others" : "without", GREY], [name, own[0]]];
      list.push({ section, name, classes, classOf: (comp) => members[comp] });
    }
  }
  for (const [name, numbers] of Object.entries(scene.numbers)) {
    const known = numbers.filter(Number.isFinite);
    if (!known.length) continue;
    const [low, high] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
    list.push({ section: "parameters and states", name, unit: scene.units[name] || "", numbers, low, high });
  }
  for (const one of list) {
    if (one.series) [one.low, one.high] = [one.series.least, one.series.greatest];
    if (one.low === one.high) { // the middle of the bar
      const around = 0.1 * Math.abs(one.low) || 1;
      [one.low, one.high] = [one.low - around, one.high + around];
    }
  }
  return list;
}

/** Values of a series in one frame by compartment; NaN where nothing was recorded. */
function frameOf(series, frame, into) {
  into.fill(NaN);
  const rows = series.comp.length, span = (series.greatest - series.least) / (series.missing - 1);
  for (let row = 0; row < rows; row++) {
    const code = series.codes[frame * rows + row];
    if (code !== series.missing) into[series.comp[row]] = series.least + span * code;
  }
  return into;
}

/** Values of one recording over all frames; NaN where there is none. */
function traceOf(series, row) {
  const rows = series.comp.length, span = (series.greatest - series.least) / (series.missing - 1);
  const trace = new Float64Array(series.codes.length / rows);
  for (let frame = 0; frame < trace.length; frame++) {
    const code = series.codes[frame * rows + row];
    trace[frame] = code === series.missing ? NaN : series.least + span * code;
  }
  return trace;
}

/** Write the colours of all compartments, four bytes each, as a colouring has them in a frame. */
function paint(scene, colouring, frame, bytes) {
  if (colouring.classes) {
    for (let comp = 0; comp < scene.count; comp++) bytes.set(colouring.classes[colouring.classOf(comp)][1], 4 * comp);
    return;
  }
  const values = colouring.series ? frameOf(colouring.series, frame, scene.scratch) : colouring.numbers;
  const factor = 255.999 / (colouring.high - colouring.low);
  for (let comp = 0; comp < scene.count; comp++) {
    const at = Math.floor((values[comp] - colouring.low) * factor);
    for (let k = 0; k < 3; k++) {
      bytes[4 * comp + k] = at === at ? scene.colours[3 * Math.min(255, Math.max(0, at)) + k] : GREY[k];
    }
  }
}
