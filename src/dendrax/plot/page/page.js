/** The page: unpacks the numbers, and joins picture, controls, time and panel. */
const find = (id) => document.getElementById(id);

/** The scene, with every packed array in place of the note where it is. */
function unpack() {
  const letters = atob(find("numbers").textContent.trim());
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  find("numbers").remove();
  const kinds = { float32: Float32Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array };
  const scene = JSON.parse(find("header").textContent, (_, value) =>
    value && kinds[value.type] && "at" in value ? new kinds[value.type](bytes.buffer, value.at, value.size) : value);
  scene.scratch = new Float32Array(scene.count);
  if (SCHEME.dark) scene.palette = scene.palette.map((colour) => (colour === "#222222" ? "#dddddd" : colour));
  scene.cells = new Set(scene.index.filter((_, at) => at % 4 === 0)).size;
  return scene;
}

class Page {
  constructor() {
    const scene = (this.scene = unpack());
    this.camera = new Camera(scene.start, scene.end);
    this.picture = new Picture(find("canvas"), scene.count + scene.wires.length, SCHEME.background);
    this.picture.add(scene.start, scene.end, scene.owner, 0.75);
    this.selected = [];
    this.frame = 0;
    this.playing = false;
    this.panel = new Panel(scene, (frame) => this.seek(frame));
    this.colourings = colouringsOf(scene);
    this.describe();
    this.addWires();
    this.addControls();
    followPointer(this, find("canvas"));
    new ResizeObserver(() => this.fitWindow()).observe(find("canvas"));
    this.fitWindow();
    this.camera.fit();
    this.use(this.firstColouring());
    this.select([]);
    this.draw();
  }

  /** What says most at first: a series that most compartments have, else groups or cells, else whatever there is. */
  firstColouring() {
    const covers = ({ series }) => series && new Set(series.comp).size > this.scene.count / 2;
    return this.colourings.find(covers) || this.colourings.find(({ section }) => section === "groups")
      || this.colourings[Math.min(1, this.colourings.length - 1)];
  }

  /** Title and notes. */
  describe() {
    find("title").textContent = this.scene.title;
    find("notes").append(...this.scene.notes.map((note) => element("li", note)));
    find("time").hidden = this.scene.frames < 2;
    find("slider").max = Math.max(this.scene.frames - 1, 0);
  }

  /** Synapses as lines that end in dots, with a switch for each type. */
  addWires() {
    const { scene, picture } = this;
    scene.wires.forEach(({ name, pre, post }, at) => {
      const ends = (comps, wider) => {
        const points = new Float32Array(4 * comps.length);
        comps.forEach((comp, i) => {
          points.set(scene.place.subarray(3 * comp, 3 * comp + 3), 4 * i);
          points[4 * i + 3] = wider * (scene.numbers.radius?.[comp] || 0);
        });
        return points;
      };
      const colour = scene.palette[(at + 1) % scene.palette.length];
      picture.colours.set(channels(colour), 4 * (scene.count + at));
      const owner = new Uint32Array(pre.length).fill(scene.count + at);
      const dots = ends(post, 1.2); // they stand out of their compartments
      const layers = [picture.add(ends(pre, 0), ends(post, 0), owner, 0.6), picture.add(dots, dots, owner, 2.6)];
      const box = Object.assign(element("input"), { type: "checkbox", checked: true });
      box.onchange = () => {
        layers.forEach((layer) => (layer.visible = box.checked));
        this.draw();
      };
      const swatch = element("i");
      swatch.style.background = colour;
      find("wires").append(element("label", "", box, element("span", " ", swatch, element("span", `${name} (${pre.length})`))));
    });
  }

  addControls() {
    const menu = find("colouring"), sections = new Map([["", menu]]);
    for (const { section, name } of this.colourings) {
      if (!sections.has(section)) {
        sections.set(section, Object.assign(element("optgroup"), { label: section }));
        menu.append(sections.get(section));
      }
      sections.get(section).append(element("option", name));
    }
    menu.onchange = () => this.use(this.colourings[this.orderOf(menu.selectedIndex)]);
    find("series").append(...this.scene.series.map(({ name }) => element("option", name)));
    find("series").hidden = this.scene.series.length < 2;
    find("series").onchange = () => this.drawTraces();
    for (const side of ["low", "high"]) {
      find(side).onchange = () => {
        const value = parseFloat(find(side).value);
        if (Number.isFinite(value)) this.colouring[side] = value;
        this.draw();
      };
    }
    find("slider").oninput = () => this.seek(Number(find("slider").value));
    find("play").onclick = () => this.play(!this.playing);
    find("comp").max = Math.max(...this.rows());
    find("comp").onchange = () => {
      const comp = this.rows().indexOf(Number(find("comp").value));
      this.select(comp < 0 || find("comp").value === "" ? [] : [comp]);
    };
    const turns = { xy: [1, 0, 0, 0, 1, 0, 0, 0, 1], xz: [1, 0, 0, 0, 0, 1, 0, -1, 0], yz: [0, 1, 0, 0, 0, 1, 1, 0, 0] };
    for (const [name, turn] of Object.entries(turns)) {
      find(name).onclick = () => {
        this.camera.face(turn);
        this.draw();
      };
    }
    window.onkeydown = (event) => {
      if (event.target.matches("input, select, button")) return;
      if (event.ctrlKey || event.altKey || event.metaKey) return; // those are the browser's
      const keys = event.shiftKey
        ? { ArrowLeft: () => this.turn(-20, 0), ArrowRight: () => this.turn(20, 0), ArrowUp: () => this.turn(0, -20), ArrowDown: () => this.turn(0, 20) }
        : { " ": () => this.play(!this.playing), ArrowLeft: () => this.seek(this.frame - 1), ArrowRight: () => this.seek(this.frame + 1) };
      Object.assign(keys, { "+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(0.8) });
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    };
  }

  /** Turn as if the pointer had moved [pixel]. */
  turn(dx, dy) {
    this.camera.turnBy(dx, dy);
    this.drawSoon();
  }

  /** Come nearer to the middle. */
  zoom(factor) {
    this.camera.zoomBy(factor, this.camera.width / 2, this.camera.height / 2);
    this.drawSoon();
  }

  /** Row of `.nodes` of each compartment. */
  rows() {
    return this.scene.index.filter((_, at) => at % 4 === 3);
  }

  /** Options stand in the menu section by section, colourings in the order of their making. */
  orderOf(place) {
    const option = find("colouring").options[place];
    const section = option.parentElement.label || "";
    return this.colourings.findIndex((one) => one.name === option.textContent && one.section === section);
  }

  pick(x, y) {
    return pick(this.camera, this.scene.start, this.scene.end, this.scene.owner, x, y);
  }

  /** Select what is at a place in the picture, alone or beside what is selected. */
  click(x, y, beside) {
    const comp = this.pick(x, y);
    if (comp < 0) return beside ? undefined : this.select([]);
    const others = beside ? this.selected.filter((one) => one !== comp) : [];
    this.select([...others, comp]);
  }

  /** Say what is under the pointer. */
  hover(x, y) {
    const tip = find("tip"), comp = this.playing ? -1 : this.pick(x, y);
    tip.hidden = comp < 0;
    if (comp < 0) return;
    const { series, numbers, unit } = this.colouring;
    const value = series ? frameOf(series, this.frame, this.scene.scratch)[comp] : numbers?.[comp];
    tip.textContent = this.panel.nameOf(comp) + (value === undefined || Number.isNaN(value) ? "" : `: ${short(value)} ${unit}`);
    tip.style.transform = `translate(${x + 14}px, ${y + 12}px)`;
  }

  /** Show the traces and values of compartments. @param {number[]} comps The last one fills the table. */
  select(comps) {
    this.selected = comps;
    const menu = find("series"), recordedHere = ({ comp }) => comp.some((one) => comps.includes(one));
    const shown = this.scene.series[menu.selectedIndex];
    if (shown && !recordedHere(shown)) menu.selectedIndex = Math.max(this.scene.series.findIndex(recordedHere), 0);
    const last = comps[comps.length - 1];
    this.panel.fillTable(last);
    find("comp").value = last === undefined ? "" : this.scene.index[4 * last + 3];
    this.drawTraces();
    this.draw();
  }

  drawTraces() {
    const series = this.scene.series[Math.max(find("series").selectedIndex, 0)];
    this.panel.drawTraces(this.selected, (place) => this.colourOf(place), series);
    this.panel.moveCursor(this.frame);
  }

  /** The colour of a selected compartment in traces and picture. */
  colourOf(place) {
    return this.scene.palette[(place + 1) % this.scene.palette.length];
  }

  /** Colour by the first thing of a name. */
  colourBy(name) {
    this.use(this.colourings.find((one) => one.name === name));
  }

  use(colouring) {
    this.colouring = colouring;
    const options = [...find("colouring").options];
    find("colouring").selectedIndex = options.findIndex((_, place) => this.colourings[this.orderOf(place)] === colouring);
    const at = this.scene.series.indexOf(colouring.series);
    if (at >= 0) find("series").selectedIndex = at;
    this.showLegend();
    this.drawTraces();
    this.draw();
  }

  /** The bar of colours with its ends, or a name for each colour. */
  showLegend() {
    const { classes, low, high, unit } = this.colouring;
    find("bar").hidden = Boolean(classes);
    const shown = (classes || []).slice(0, 24).map(([name, colour]) => {
      const swatch = element("i");
      swatch.style.background = `rgb(${colour})`;
      return element("span", "", swatch, element("span", name));
    });
    find("classes").replaceChildren(...shown);
    if (classes) return;
    find("low").value = short(low, 4);
    find("high").value = short(high, 4);
    find("unit").textContent = unit;
    const bar = find("ramp"), context = bar.getContext("2d"), row = context.createImageData(256, 1);
    for (let at = 0; at < 256; at++) row.data.set([...this.scene.colours.subarray(3 * at, 3 * at + 3), 255], 4 * at);
    context.putImageData(row, 0, 0);
  }

  /** Go to a frame and draw it. */
  seek(frame) {
    this.frame = Math.min(Math.max(frame, 0), Math.max(this.scene.frames - 1, 0));
    find("slider").value = this.frame;
    find("now").textContent = `${(this.frame * this.scene.step).toFixed(2)} ms`;
    find("slider").setAttribute("aria-valuetext", find("now").textContent);
    this.panel.moveCursor(this.frame);
    this.draw();
  }

  /** Play or pause. At its speed of 1 the whole takes twelve seconds. */
  play(playing) {
    this.playing = playing;
    find("play").textContent = playing ? "❚❚" : "▶";
    find("play").title = playing ? "pause" : "play";
    find("play").setAttribute("aria-label", find("play").title);
    find("tip").hidden = true;
    let last = performance.now(), at = this.frame;
    const next = (now) => {
      if (!this.playing || this.run !== next) return;
      if (Math.round(at) % this.scene.frames !== this.frame) at = this.frame; // the reader moved the slider
      at = (at + ((now - last) / 12000) * this.scene.frames * Number(find("speed").value)) % (this.scene.frames - 0.5);
      last = now;
      if (Math.round(at) !== this.frame) this.seek(Math.round(at));
      requestAnimationFrame(next);
    };
    this.run = next;
    if (playing) requestAnimationFrame(next);
  }

  fitWindow() {
    const { canvas } = this.picture, { camera } = this;
    const share = camera.perPixel / Math.max(camera.extent[0] / camera.width, camera.extent[1] / camera.height);
    this.picture.resize();
    [camera.width, camera.height] = [Math.max(canvas.clientWidth, 1), Math.max(canvas.clientHeight, 1)];
    camera.perPixel = share * Math.max(camera.extent[0] / camera.width, camera.extent[1] / camera.height);
    if (this.colouring) this.draw();
  }

  /** Draw once before the next frame of the screen, however often it is asked for. */
  drawSoon() {
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.draw();
    });
  }

  draw() {
    if (!this.colouring) return;
    paint(this.scene, this.colouring, this.frame, this.picture.colours);
    this.picture.draw(this.camera);
    drawOverlay(this, (place) => this.colourOf(place));
  }

  /** Milliseconds that each of `count` frames takes, from the wish to see it until its pixels are there. */
  timeFrames(count) {
    return Array.from({ length: count }, (_, k) => {
      const begun = performance.now();
      this.seek(Math.floor((k * this.scene.frames) / count));
      this.picture.finish();
      return performance.now() - begun;
    });
  }
}

try {
  window.dendrax = new Page();
} catch (error) {
  find("title").textContent = error.message;
  throw error;
}
