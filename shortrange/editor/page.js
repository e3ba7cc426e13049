// The editor's page: draws what the session tells, moves curves while a line is dragged, asks for the fit when it is let go.
// One file for two places: a notebook calls render({ model, el }), the local page joins it to a WebSocket (at the end).

const STYLE = `
.sr { --ink: #1d2733; --faint: #5c6b7a; --line: #d5dce3; --paper: #fff; --wash: #f4f6f8; --blue: #0b5cad; --red: #a3140c;
  font: 14px/1.4 system-ui, sans-serif; color: var(--ink); background: var(--paper); box-sizing: border-box; padding: 10px; }
.sr * { box-sizing: border-box; }
.sr h2 { font-size: 15px; margin: 12px 0 4px; }
.sr .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-bottom: 8px; }
.sr .gap { flex: 1 1 0; }
.sr button, .sr select, .sr input { font: inherit; color: inherit; background: var(--paper); border: 1px solid #8795a3;
  border-radius: 4px; padding: 3px 8px; min-height: 30px; max-width: 100%; }
.sr button { cursor: pointer; }
.sr button:disabled { color: #6f7b87; border-color: var(--line); cursor: default; }
.sr button[aria-pressed=true] { background: var(--blue); border-color: var(--blue); color: #fff; }
.sr :focus-visible { outline: 3px solid #e08a00; outline-offset: 1px; }
.sr .main { display: grid; grid-template-columns: minmax(0, 1fr) 400px; gap: 14px; align-items: start; }
.sr.narrow .main { grid-template-columns: minmax(0, 1fr); }
.sr svg.plot { display: block; width: 100%; touch-action: pan-y; user-select: none; background: var(--paper); }
.sr svg.adding, .sr svg.ranging { cursor: crosshair; touch-action: none; }
.sr svg text { font-size: 12px; fill: var(--faint); }
.sr .handle { cursor: grab; touch-action: none; }
.sr .handle:focus { outline: none; }
.sr .handle:focus circle.dot { stroke: #e08a00; stroke-width: 4; }
.sr .rows { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.sr .rows th { text-align: right; font-weight: 500; color: var(--faint); padding: 2px 5px; }
.sr .rows td { text-align: right; padding: 3px 5px; border-top: 1px solid var(--line); white-space: nowrap; }
.sr .rows th:first-child, .sr .rows td:first-child { text-align: left; white-space: normal; }
.sr .rows tr.chosen td { background: #e8f0fa; }
.sr .rows tr.off td { color: var(--faint); text-decoration: line-through; }
.sr .name { all: unset; cursor: pointer; display: inline-block; min-height: 26px; min-width: 26px; line-height: 26px; }
.sr .name:focus-visible { outline: 3px solid #e08a00; }
.sr .swatch { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 6px; }
.sr .panel { background: var(--wash); border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; margin-top: 8px; }
.sr .quantity { display: grid; grid-template-columns: 74px minmax(0, 1fr) 58px 66px 62px; gap: 6px; align-items: center; margin-top: 4px; }
.sr .quantity input { width: 100%; }
.sr .quantity select, .sr .quantity button { width: 100%; padding: 3px 4px; }
.sr .tie { grid-column: 2 / 6; font-size: 13px; color: var(--faint); }
.sr .meter { position: relative; height: 12px; min-width: 70px; background: #e4e9ee; border-radius: 2px; }
.sr .meter i { position: absolute; inset: 0 auto 0 0; background: #7fa6cf; border-radius: 2px; }
.sr .meter u { position: absolute; top: -2px; bottom: -2px; width: 2px; background: var(--ink); }
.sr .bad { color: var(--red); }
.sr .good { color: #14652f; }
.sr .error { color: #fff; background: var(--red); border-radius: 4px; padding: 6px 10px; margin-bottom: 8px; white-space: pre-wrap; }
.sr .small { font-size: 13px; color: var(--faint); }
.sr details { margin-top: 8px; }
.sr summary { min-height: 26px; cursor: pointer; }
.sr h1 { font-size: 17px; margin: 0 0 8px; }
.sr pre { overflow: auto; background: var(--wash); padding: 8px; max-height: 320px; font-size: 12px; }
.sr .note { border-top: 1px solid var(--line); padding: 4px 0; }
`;
const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { left: 12, right: 12, top: 10, bottom: 40 };
const RESIDUAL = 84;
const IDLE_MS = 450;
const SLOW_MS = 1000;
const NAMES = { area: "area", center: "position", fwhm: "width", gauss_fwhm: "width (Gauss)", lorentz_fwhm: "width (Lorentz)",
  fraction: "Lorentzian fraction", zeta: "ζ", eta: "η", phase_slope: "phase slope" };

function floats(text) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Float32Array(bytes.buffer);
}

function made(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  put(node, attributes);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function drawn(tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  put(node, attributes);
  return node;
}

function put(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "disabled" || key === "selected" || key === "checked") node[key] = value;
    else node.setAttribute(key, value);
  }
}

// 82.31(12): two digits of the standard deviation in units of the last digits, as in every table of a report.
export function shown(value, sd) {
  if (value === null || value === undefined) return "–";
  const power = Math.floor(Math.log10(Math.max(Math.abs(value), sd || 0)));
  if (!sd || !Number.isFinite(sd)) return value !== 0 && (power < -3 || power >= 5) ? value.toPrecision(4) : String(Number(value.toPrecision(6)));
  if (power < -3 || power > 5) return `${value.toPrecision(4)} ± ${sd.toPrecision(2)}`;
  const rounded = Number(sd.toPrecision(2)), decimals = 1 - Math.floor(Math.log10(rounded)), step = 10 ** -decimals;
  if (decimals <= 0) return `${Math.round(value / step) * step}(${Math.round(rounded)})`;
  return `${value.toFixed(decimals)}(${Math.round(rounded / step)})`;
}

function interpolated(x, y, at) {
  const last = x.length - 1;
  if (!(at >= x[0] && at <= x[last])) return 0;
  let low = 0, high = last;
  while (high - low > 1) { const middle = (low + high) >> 1; if (x[middle] <= at) low = middle; else high = middle; }
  return y[low] + ((y[high] - y[low]) * (at - x[low])) / (x[high] - x[low] || 1);
}

// A component as the draft of a line has it: moved, stretched about its centre and about every sideband, scaled.
function moved(x, curve, draft, spacing, target) {
  const stretch = draft.from.width && draft.width ? draft.from.width / draft.width : 1;
  for (let i = 0; i < x.length; i++) {
    let away = x[i] - draft.center, band = 0;
    if (spacing > 0) { band = Math.round(away / spacing) * spacing; away -= band; }
    target[i] = draft.scale * stretch * interpolated(x, curve, draft.from.center + band + away * stretch);
  }
}

class Page {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.drafts = {};
    this.chosen = null;
    this.previous = null; // the line that was chosen before this one
    this.mode = "";
    this.magnified = 1;
    this.zoom = null;
    this.questions = 0; // asked so far; answers carry the number of theirs
    this.waiting = 0;
    this.alone = Boolean(root.closest("main#editor"));
    root.classList.add("sr");
    root.append(made("style", {}, STYLE), ...this.skeleton());
    new ResizeObserver(() => this.resized()).observe(root);
    // a notebook has keys of its own; on the local page every key is the editor's, wherever the focus is
    (this.alone ? document : root).addEventListener("keydown", (event) => this.pressed(event));
    model.on("msg:custom", (message) => this.told(message));
    this.ask({ type: "open" });
  }

  skeleton() {
    const button = (text, action, more = {}) => made("button", { type: "button", onclick: action, ...more }, text);
    this.pick = made("select", { "aria-label": "spectrum", onchange: () => { this.zoom = null; this.chosen = null; this.previous = null; this.ask({ type: "select", spectrum: Number(this.pick.value) }); } });
    this.undo = button("Undo", () => this.ask({ type: "undo" }), { title: "Ctrl+Z" });
    this.redo = button("Redo", () => this.ask({ type: "redo" }), { title: "Ctrl+Y" });
    this.save = button("Save", () => this.ask({ type: "save" }), { title: "Ctrl+S" });
    this.status = made("span", { role: "status", "aria-live": "polite", class: "small" });
    this.stop = button("Stop", () => this.model.send({ type: "stop" }), { title: "stop this fit; nothing changes" });
    this.stop.hidden = true;
    this.problem = made("div", { class: "error", role: "alert", hidden: "" });
    this.modes = { add: button("Add line", () => this.enter("add")), range: button("Fit range", () => this.enter("range")), exclude: button("Exclude", () => this.enter("exclude")) };
    this.less = button("−", () => this.bend(-1), { "aria-label": "background: one degree less" });
    this.more = button("+", () => this.bend(1), { "aria-label": "background: one degree more" });
    this.degree = made("span", {});
    this.magnify = made("select", { "aria-label": "magnify the intensity", onchange: () => { this.magnified = Number(this.magnify.value); this.draw(); } },
      ...[1, 5, 20].map((times) => made("option", { value: times }, `×${times}`)));
    this.wholeButton = button("Full axis", () => { this.zoom = null; this.draw(); });
    this.clearRange = button("Range of the recipe", () => this.ask({ type: "range", window: null }));
    this.clearLeft = button("Include all points", () => this.ask({ type: "exclude", regions: [] }));
    this.phase = made("span", { class: "bar" });
    this.svg = drawn("svg", { class: "plot", role: "group", "aria-label": "spectrum with its lines" });
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    this.svg.addEventListener("dblclick", (event) => this.add(this.at(event)));
    this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.lines = made("table", { class: "rows" });
    this.detail = made("div", { class: "panel", hidden: "" });
    this.glass = made("div", { class: "glass" });
    this.notes = made("details", {}, made("summary", {}, "Notes on this fit"));
    this.toml = made("pre", { tabindex: "0", "aria-label": "recipe" });
    const text = made("details", { ontoggle: (event) => { if (event.target.open) this.ask({ type: "text" }); } }, made("summary", {}, "Current recipe"), this.toml);
    const keys = made("details", {}, made("summary", {}, "Keys"), made("p", { class: "small" },
      "On a line: ← → move it, ↑ ↓ change its area, [ ] change its width (with Shift: ten times as far), L lock its position, T tie its width to that of the previously selected line (again: untie it), Delete remove it. Anywhere: A add a line in the middle, Ctrl+Z undo, Ctrl+Y redo, Ctrl+S save, Esc stop a long fit. Drag with Shift: lock the line where you drop it."));
    // in a notebook the page has headings of its own
    this.title = made("h1", {}, "shortrange editor");
    this.title.hidden = !this.alone;
    this.top = made("div", { class: "bar" }, this.pick, this.undo, this.redo, made("span", { class: "gap" }), this.status, this.stop, this.save);
    const tools = made("div", { class: "bar" }, this.modes.add, this.modes.range, this.modes.exclude, made("span", {}, "Background degree"), this.less, this.degree, this.more, this.magnify, this.wholeButton, this.clearRange, this.clearLeft, this.phase);
    const side = made("div", {}, made("h2", {}, "Lines"), this.lines, this.detail, this.notes, text, keys);
    return [this.title, this.top, this.problem, made("div", { class: "main" }, made("div", {}, tools, this.svg, this.glass), side)];
  }

  ask(message) {
    this.flush();
    this.waiting += 1;
    this.fresh = false;
    this.status.textContent = "fitting …";
    this.asked = performance.now();
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.say(), SLOW_MS);
    this.model.send({ ...message, question: (this.questions += 1) });
  }

  // What keys have moved and not yet asked for goes before the next question.
  flush() {
    clearTimeout(this.timer);
    const last = this.late;
    this.late = null;
    if (last) this.commit(last, false);
  }

  told(message) {
    // every question ends with one of these three; answers come in the order of the questions, those of other pages between
    if (message.question && ["structure", "error", "text"].includes(message.type)) this.waiting = Math.max(0, this.waiting - 1);
    if (message.type === "state") this.stated(message);
    else if (message.type === "structure") this.structured(message);
    else if (message.type === "error") { this.explain(message.problems.join("\n")); this.settle(message.question); if (this.view) this.draw(); this.say(); }
    else if (message.type === "text") { this.toml.textContent = message.text || "no changes"; this.say(); }
    else if (message.type === "saved") this.savedAs = message.file;
  }

  explain(text) {
    this.problem.hidden = false;
    this.problem.textContent = text;
  }

  // Drafts that this answer, or an older one, is about are done with; what was moved since stays where it is.
  settle(question) {
    for (const [name, draft] of Object.entries(this.drafts)) {
      const peak = this.view && this.view.peaks.find((one) => one.name === name && !one.off);
      if (!peak || (draft.question && draft.question <= (question || 0))) { delete this.drafts[name]; continue; }
      draft.from = { center: peak.quantities.center.value, width: this.seen(peak) };
      if (!draft.touched.has("center")) draft.center = draft.from.center;
      if (!draft.touched.has(peak.width)) draft.width = draft.from.width;
    }
  }

  stated(view) {
    this.view = view;
    if (view.question) this.fresh = this.waiting <= 1; // the fit of the last question is here, its balances are still on the way
    this.problem.hidden = true;
    this.settle(view.question);
    if (view.whole) this.whole = { x: floats(view.whole.x), data: floats(view.whole.data) };
    const curves = view.curves;
    this.curves = { components: {} };
    for (const name of ["x", "data", "noise", "background", "model"]) this.curves[name] = floats(curves[name]);
    for (const [name, packed] of Object.entries(curves.components)) this.curves.components[name] = floats(packed);
    this.colour = {};
    for (const peak of view.peaks) this.colour[peak.name] = peak.colour;
    if (!view.peaks.some((peak) => peak.name === this.chosen)) this.chosen = null;
    this.glass.style.opacity = 0.45; // of the state before, until the balances are solved
    const field = this.root.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    this.fill();
    this.draw();
    this.say();
    if (field && !this.root.contains(document.activeElement)) this.root.querySelector(`[aria-label="${CSS.escape(field)}"]`)?.focus({ preventScroll: true });
    this.root.dataset.took = (performance.now() - this.asked).toFixed(1); // ms from question to picture, for the benchmark
  }

  say() {
    const long = this.waiting > 0 && performance.now() - this.asked >= SLOW_MS - 1;
    if (!long && document.activeElement === this.stop) this.pick.focus({ preventScroll: true });
    this.stop.hidden = !(this.view && long);
    if (!this.view) return;
    if (this.waiting > 0 && !this.fresh) { this.status.textContent = "fitting …"; return; }
    const fit = this.view.fit, quality = fit.dof > 0 && fit.chi2 !== null ? `χ²/dof ${(fit.chi2 / fit.dof).toPrecision(3)}` : "";
    this.status.textContent = [this.view.unsaved ? "not saved" : this.savedAs ? `saved in ${this.savedAs}` : "", fit.status, quality].filter(Boolean).join(" · ");
    this.status.className = fit.trusted ? "small" : "small bad";
  }

  // ---- what stands beside the plot
  fill() {
    const view = this.view;
    this.title.textContent = view.title;
    if (this.alone) document.title = `${view.title} – shortrange editor`;
    this.pick.replaceChildren(...view.spectra.map((one, i) => made("option", { value: i, selected: i === view.selected }, (one.edited ? "● " : "") + one.name)));
    this.undo.disabled = !view.can.undo;
    this.redo.disabled = !view.can.redo;
    this.save.disabled = !view.unsaved;
    this.degree.textContent = view.background_degree;
    this.less.disabled = view.background_degree <= 0;
    this.more.disabled = view.background_degree >= 8;
    this.clearRange.hidden = !view.window;
    this.clearLeft.hidden = !view.exclude.length;
    this.fillPhase();
    this.fillLines();
    this.fillDetail();
    const notes = view.fit.notes;
    this.notes.replaceChildren(made("summary", {}, `Notes on this fit (${notes.length})`), ...notes.map((note) => made("div", { class: "note small" }, made("b", note.severity === "error" ? { class: "bad" } : {}, note.text), ` — ${note.remedy}`)));
  }

  fillPhase() {
    const angles = this.view.phase;
    this.phase.replaceChildren();
    if (!angles) return;
    ["zero", "first"].forEach((order, i) => {
      const input = made("input", { type: "number", step: i ? 5 : 1, value: angles[i], style: "width:80px", "aria-label": `phase, ${order} order, degrees` });
      input.addEventListener("change", () => { const next = [...angles]; next[i] = Number(input.value); this.ask({ type: "phase", degrees: next }); });
      this.phase.append(i ? "first" : "Phase (°) zero", input);
    });
  }

  fillLines() {
    const head = made("tr", {}, ...["line", this.view.axis.unit, "width", "share", "pull"].map((text) => made("th", { scope: "col" }, text)));
    const total = this.view.peaks.reduce((sum, peak) => sum + (peak.off ? 0 : peak.quantities.area.value || 0), 0);
    this.lines.replaceChildren(head, ...this.view.peaks.map((peak) => this.lineRow(peak, total)));
  }

  lineRow(peak, total) {
    const swatch = made("span", { class: "swatch", style: `background:${this.colour[peak.name]}` });
    const name = made("button", { type: "button", class: "name", "aria-current": peak.name === this.chosen, onclick: () => this.choose(peak.name) }, swatch, peak.label);
    const row = made("tr", { class: (peak.off ? "off " : "") + (peak.name === this.chosen ? "chosen" : "") }, made("td", {}, name));
    if (peak.off) { row.append(...[1, 2, 3, 4].map(() => made("td", {}))); return row; }
    const q = peak.quantities, mark = (one) => (one.fixed ? " locked" : one.tie ? " =" : "");
    const share = total > 0 ? `${((100 * q.area.value) / total).toFixed(1)} %` : "–";
    const pull = peak.pull === null ? "" : peak.pull.toFixed(1);
    row.append(made("td", {}, shown(q.center.value, q.center.sd) + mark(q.center)), made("td", {}, shown(q[peak.width].value, null).slice(0, 6) + mark(q[peak.width])), made("td", {}, share + mark(q.area)), made("td", Math.abs(peak.pull) > 3 ? { class: "bad" } : {}, pull));
    return row;
  }

  choose(name) {
    if (this.chosen !== name) this.previous = this.chosen;
    this.chosen = name;
    this.fillLines();
    this.fillDetail();
    this.draw();
  }

  fillDetail() {
    const peak = this.view.peaks.find((one) => one.name === this.chosen);
    this.detail.hidden = !peak;
    if (!peak) return;
    const button = (text, message) => made("button", { type: "button", onclick: () => this.ask(message) }, text);
    const bar = made("div", { class: "bar" }, made("b", {}, peak.name));
    bar.append(made("span", { class: "gap" }), button(peak.off ? "Switch on" : "Switch off", { type: "off", peak: peak.name, on: !peak.off }));
    if (peak.hand) bar.append(button("Remove", { type: "remove", peak: peak.name }));
    this.detail.replaceChildren(bar);
    if (peak.off) return;
    this.detail.append(this.nameSelect(peak), ...Object.keys(peak.quantities).map((quantity) => this.quantityRow(peak, quantity)));
  }

  nameSelect(peak) {
    const place = peak.quantities.center.value - (this.view.fit.offset || 0);
    const options = this.view.choices.map((choice) => {
      const pull = choice.mean === null ? "not published" : `${choice.mean.toFixed(1)} ± ${choice.sd.toFixed(1)}, pull ${((place - choice.mean) / choice.sd).toFixed(1)}`;
      return made("option", { value: choice.counts, selected: choice.counts === peak.counts }, `${choice.label} (${pull})`);
    });
    if (peak.counts && !this.view.choices.some((choice) => choice.counts === peak.counts)) options.unshift(made("option", { value: peak.counts, selected: true }, peak.label));
    const select = made("select", { "aria-label": `species of ${peak.name}`, style: "width:100%" }, made("option", { value: "", selected: !peak.counts }, "no species"), ...options);
    select.addEventListener("change", () => this.ask({ type: "name", peak: peak.name, counts: select.value }));
    return select;
  }

  quantityRow(peak, quantity) {
    const one = peak.quantities[quantity], name = `${peak.name}_${quantity}`, title = NAMES[quantity] || quantity;
    const input = made("input", { type: "number", step: "any", value: one.value === null ? "" : Number(one.value.toPrecision(6)), "aria-label": `${title} of ${peak.name}`, disabled: Boolean(one.tie) });
    input.addEventListener("change", () => this.ask({ type: "set", values: { [name]: Number(input.value) } }));
    const lock = made("button", { type: "button", "aria-pressed": one.fixed, "aria-label": `lock ${title} of ${peak.name}`, disabled: Boolean(one.tie), onclick: () => this.ask({ type: "lock", parameter: name, on: !one.fixed }) }, one.fixed ? "locked" : "lock");
    const row = made("div", { class: "quantity" }, made("span", {}, title), input, made("span", { class: "small" }, one.sd ? `± ${one.sd.toPrecision(2)}` : ""), lock);
    if (one.own) row.append(made("button", { type: "button", "aria-label": `untie ${title} of ${peak.name}`, onclick: () => this.ask({ type: "untie", left: name }) }, "untie"));
    if (one.tie) row.append(made("span", { class: "tie" }, `= ${one.tie}`));
    else row.append(this.tieMenu(peak, quantity, name, title));
    return row;
  }

  tieMenu(peak, quantity, name, title) {
    const others = this.view.peaks.filter((other) => !other.off && other.name !== peak.name && this.partner(other, quantity));
    const ways = quantity === "center" ? { distance: "at this distance to", equal: "equal to" } : { equal: "equal to", ratio: "at this ratio to" };
    const groups = Object.entries(ways).map(([how, text]) => made("optgroup", { label: text }, ...others.map((other) => made("option", { value: `${how} ${other.name}_${this.partner(other, quantity)}` }, other.label))));
    const select = made("select", { "aria-label": `tie ${title} of ${peak.name}` }, made("option", { value: "" }, "tie"), ...groups);
    select.addEventListener("change", () => { const [how, right] = select.value.split(" "); if (right) this.ask({ type: "tie", left: name, right, how }); });
    return select;
  }

  partner(other, quantity) {
    if (quantity in other.quantities) return quantity;
    return quantity.endsWith("fwhm") && quantity !== "lorentz_fwhm" ? other.width : "";
  }

  structured(message) {
    this.say();
    this.glass.style.opacity = 1;
    if (!message.status) { this.glass.replaceChildren(); return; }
    const head = made("h2", {}, `${message.sample}, ${message.composition} `, made("span", { class: message.status === "ok" ? "good" : message.trusted ? "" : "bad" }, message.status));
    const parts = [head];
    if (message.problem) parts.push(made("p", { class: "bad" }, message.problem));
    const rows = message.rows.map((row) => {
      const now = Math.max(0, Math.min(1, row.value || 0)), then = row.before;
      const open = row.sd === null;
      const meter = open ? made("span", {}) : made("div", { class: "meter" }, made("i", { style: `width:${100 * now}%` }));
      if (then !== null && !open) meter.append(made("u", { style: `left:${100 * Math.max(0, Math.min(1, then))}%`, title: "when opened" }));
      const change = then === null || row.value === null ? null : row.value - then;
      const small = open || change === null || Math.abs(change) < 5e-4;
      return made("tr", {}, made("td", {}, row.pretty), made("td", {}, open ? "not determined" : shown(row.value, row.sd)), made("td", {}, small ? "" : `${change > 0 ? "▲" : "▼"} ${Math.abs(change).toFixed(3)}`), made("td", {}, meter));
    });
    parts.push(made("table", { class: "rows" }, made("tr", {}, ...["per former", "now", "change", ""].map((text) => made("th", { scope: "col" }, text))), ...rows));
    this.glass.replaceChildren(...parts);
  }

  // ---- the plot
  resized() {
    this.root.classList.toggle("narrow", this.root.clientWidth < 900);
    this.draw();
  }

  frame() {
    const box = this.svg.getBoundingClientRect();
    this.width = Math.max(200, box.width || this.root.clientWidth - 20);
    this.height = this.width < 600 ? 380 : 560;
    const x = this.whole.x;
    this.shownRange = this.zoom || [x[0], x[x.length - 1]];
  }

  px(x) {
    const [low, high] = this.shownRange, share = (x - low) / (high - low);
    return MARGIN.left + (this.view.axis.reversed ? 1 - share : share) * (this.width - MARGIN.left - MARGIN.right);
  }

  at(event) {
    const box = this.svg.getBoundingClientRect();
    return this.value(event.clientX - box.left);
  }

  value(pixel) {
    const [low, high] = this.shownRange;
    const share = (pixel - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
    return low + (this.view.axis.reversed ? 1 - share : share) * (high - low);
  }

  py(y) { return this.bottom - ((y - this.lowest) / (this.highest - this.lowest)) * (this.bottom - MARGIN.top); }

  scales() {
    const { x, data, background } = this.curves, [low, high] = this.shownRange;
    let least = Infinity, most = -Infinity;
    for (let i = 0; i < x.length; i++) if (x[i] >= low && x[i] <= high) { least = Math.min(least, data[i], background[i]); most = Math.max(most, data[i], background[i]); }
    if (!(most > least)) { least = Math.min(...data); most = Math.max(...data); }
    const room = 0.08 * (most - least) || 1;
    this.bottom = this.height - RESIDUAL - MARGIN.bottom;
    this.lowest = least - room;
    this.highest = least - room + (most - least + 2.5 * room) / this.magnified;
  }

  path(x, y, close) {
    const parts = [];
    for (let i = 0; i < x.length; i++) parts.push(`${this.px(x[i]).toFixed(1)} ${Math.max(-1e4, Math.min(1e4, this.py(y[i]))).toFixed(1)}`);
    if (close) for (let i = x.length - 1; i >= 0; i--) parts.push(`${this.px(x[i]).toFixed(1)} ${Math.max(-1e4, Math.min(1e4, this.py(close[i]))).toFixed(1)}`);
    return parts.length ? `M${parts.join("L")}${close ? "Z" : ""}` : "";
  }

  draw() {
    if (!this.view || !this.whole) return;
    this.frame();
    this.scales();
    const focused = this.svg.querySelector(".handle:focus")?.dataset.peak;
    this.svg.setAttribute("height", this.height);
    this.svg.setAttribute("class", `plot ${this.mode === "add" ? "adding" : this.mode ? "ranging" : ""}`);
    this.svg.replaceChildren(...this.ground());
    const clip = drawn("clipPath", { id: "sr-clip" });
    clip.append(drawn("rect", { x: MARGIN.left, y: 0, width: this.width - MARGIN.left - MARGIN.right, height: this.bottom + 2 }));
    this.layer = drawn("g", { "clip-path": "url(#sr-clip)" });
    this.layer.append(drawn("path", { d: this.path(this.whole.x, this.whole.data), fill: "none", stroke: "#b6c0ca", "stroke-width": 1 }));
    this.fills = {};
    for (const peak of this.on()) { this.fills[peak.name] = drawn("path", { fill: this.colour[peak.name], "fill-opacity": peak.name === this.chosen ? 0.6 : 0.38, stroke: this.colour[peak.name], "stroke-width": peak.name === this.chosen ? 1.6 : 0.8 }); this.layer.append(this.fills[peak.name]); }
    this.layer.append(drawn("path", { d: this.path(this.curves.x, this.curves.data), fill: "none", stroke: "#44505c", "stroke-width": 1.2 }));
    this.layer.append(drawn("path", { d: this.path(this.curves.x, this.curves.background), fill: "none", stroke: "#6f7b87", "stroke-dasharray": "5 4" }));
    this.sum = drawn("path", { fill: "none", stroke: "#000", "stroke-width": 1.4 });
    this.rest = drawn("path", { fill: "none", stroke: "#44505c", "stroke-width": 1 });
    this.layer.append(this.sum);
    this.svg.append(clip, this.layer, this.rest);
    this.handles = {};
    for (const peak of this.on()) this.svg.append(this.handle(peak));
    this.preview();
    if (focused && this.handles[focused]) this.handles[focused].focus({ preventScroll: true });
  }

  on() { return this.view.peaks.filter((peak) => !peak.off && this.curves.components[peak.name]); }

  ground() {
    const parts = [], [low, high] = this.shownRange, x = this.curves.x;
    const shade = (from, to, colour) => { const a = this.px(from), b = this.px(to); parts.push(drawn("rect", { x: Math.min(a, b), y: MARGIN.top, width: Math.abs(b - a), height: this.height - MARGIN.bottom - MARGIN.top, fill: colour })); };
    if (x[0] > low) shade(low, Math.min(x[0], high), "#eef1f4");
    if (x[x.length - 1] < high) shade(Math.max(x[x.length - 1], low), high, "#eef1f4");
    for (const part of this.view.exclude) shade(part[0], part[1], "#f6e3e1");
    const span = high - low, step = [1, 2, 5, 10].map((m) => m * 10 ** Math.floor(Math.log10(span / 5))).find((s) => span / s <= (this.width < 600 ? 5 : 10)) || span / 5;
    for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) {
      const text = drawn("text", { x: this.px(tick), y: this.height - MARGIN.bottom + 16, "text-anchor": "middle" });
      text.textContent = Number(tick.toPrecision(6));
      parts.push(drawn("line", { x1: this.px(tick), x2: this.px(tick), y1: this.height - MARGIN.bottom, y2: this.height - MARGIN.bottom + 4, stroke: "#6f7b87" }), text);
    }
    const title = drawn("text", { x: this.width / 2, y: this.height - 6, "text-anchor": "middle" });
    title.textContent = this.view.axis.title;
    const middle = this.bottom + RESIDUAL / 2;
    const label = drawn("text", { x: MARGIN.left + 2, y: this.bottom + 16 });
    label.textContent = "residual (±4 sd)";
    parts.push(title, label, drawn("line", { x1: MARGIN.left, x2: this.width - MARGIN.right, y1: middle, y2: middle, stroke: "#b6c0ca" }), drawn("line", { x1: MARGIN.left, x2: this.width - MARGIN.right, y1: this.height - MARGIN.bottom, y2: this.height - MARGIN.bottom, stroke: "#6f7b87" }));
    return parts;
  }

  // Curves of the drafts; nothing here asks the session.
  preview() {
    const { x, data, noise, background } = this.curves, sum = Float32Array.from(background);
    for (const peak of this.on()) {
      const draft = this.drafts[peak.name], from = this.curves.components[peak.name];
      let curve = from;
      if (draft) { curve = this.scratch && this.scratch.length === x.length ? this.scratch : (this.scratch = new Float32Array(x.length)); moved(x, from, draft, peak.spacing, curve); }
      const over = new Float32Array(x.length);
      for (let i = 0; i < x.length; i++) { over[i] = background[i] + curve[i]; sum[i] += curve[i]; }
      this.fills[peak.name].setAttribute("d", this.path(x, over, background));
      this.place(peak, over);
    }
    this.sum.setAttribute("d", this.path(x, sum));
    const middle = this.bottom + RESIDUAL / 2, parts = [];
    for (let i = 0; i < x.length; i++) {
      const pixel = this.px(x[i]);
      if (pixel < MARGIN.left || pixel > this.width - MARGIN.right) continue;
      const sd = Math.max(-4.4, Math.min(4.4, (data[i] - sum[i]) / noise[i]));
      parts.push(`${pixel.toFixed(1)} ${(middle - (sd * RESIDUAL) / 10).toFixed(1)}`);
    }
    this.rest.setAttribute("d", parts.length ? `M${parts.join("L")}` : "");
  }

  handle(peak) {
    const colour = this.colour[peak.name], group = drawn("g", { class: "handle", tabindex: "0", role: "slider", "data-peak": peak.name, "aria-label": `${peak.label}, position` });
    const held = peak.quantities.center.fixed;
    group.append(drawn("line", { class: "half", stroke: colour, "stroke-width": 7, "stroke-opacity": 0.01 }), drawn("line", { class: "bar", stroke: colour, "stroke-width": 2 }));
    for (const side of ["left", "right"]) group.append(drawn("rect", { class: side, width: 9, height: 18, rx: 2, fill: "#fff", stroke: colour, "stroke-width": 2, style: "cursor: ew-resize", "data-part": "width" }));
    group.append(drawn("circle", { r: 16, fill: "transparent", class: "reach" }), drawn("circle", { class: "dot", r: 7, fill: held ? colour : "#fff", stroke: colour, "stroke-width": 2.5 }));
    group.addEventListener("pointerdown", (event) => this.grab(event, peak));
    group.addEventListener("focus", () => { if (this.chosen !== peak.name) this.choose(peak.name); });
    this.handles[peak.name] = group;
    return group;
  }

  place(peak, over) {
    const draft = this.drafts[peak.name], group = this.handles[peak.name], q = peak.quantities;
    const center = draft ? draft.center : q.center.value, width = draft ? draft.width : this.seen(peak);
    const inside = center >= this.shownRange[0] && center <= this.shownRange[1];
    group.style.display = inside ? "" : "none";
    if (!inside) return;
    const ground = interpolated(this.curves.x, this.curves.background, center), top = interpolated(this.curves.x, over, center);
    const clamp = (y) => Math.max(MARGIN.top + 8, Math.min(this.bottom, y));
    const x = this.px(center), y = clamp(this.py(top)), half = clamp(this.py((top + ground) / 2));
    const chosen = peak.name === this.chosen;
    for (const node of group.querySelectorAll("circle")) { node.setAttribute("cx", x); node.setAttribute("cy", y); }
    const ends = [this.px(center - width / 2), this.px(center + width / 2)].sort((a, b) => a - b);
    for (const name of ["bar", "half"]) { const line = group.querySelector(`.${name}`); put(line, { x1: ends[0], x2: ends[1], y1: half, y2: half }); line.style.display = chosen ? "" : "none"; }
    [["left", ends[0]], ["right", ends[1]]].forEach(([side, end]) => { const grip = group.querySelector(`.${side}`); put(grip, { x: end - 4.5, y: half - 9 }); grip.style.display = chosen && !q[peak.width].tie ? "" : "none"; });
    group.setAttribute("aria-valuenow", center.toFixed(3));
    group.setAttribute("aria-valuetext", `${center.toFixed(2)} ${this.view.axis.unit}, width ${width.toFixed(2)}`);
  }

  seen(peak) { return peak.quantities[peak.width].value || 0; }

  draft(peak) {
    const q = peak.quantities, width = this.seen(peak);
    return (this.drafts[peak.name] ||= { center: q.center.value, width, scale: 1, from: { center: q.center.value, width }, touched: new Set() });
  }

  // ---- pointer
  grab(event, peak) {
    if (this.mode || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    const part = event.target.dataset.part || "top", group = this.handles[peak.name];
    this.choose(peak.name);
    const fresh = this.handles[peak.name] || group, draft = this.draft(peak), q = peak.quantities;
    fresh.focus({ preventScroll: true });
    draft.question = 0; // in hand again: an answer to what was asked before is not about it
    const from = { x: event.clientX, y: event.clientY, width: draft.width, center: draft.center, scale: draft.scale };
    const height = Math.max(12, this.bottom - (Number(fresh.querySelector(".dot").getAttribute("cy")) || 0));
    const move = (next) => {
      const right = next.clientX - from.x, up = from.y - next.clientY;
      const across = this.value(right) - this.value(0);
      if (part === "width" && !q[peak.width].tie) { const side = Math.sign(this.at(event) - from.center) || 1; draft.width = Math.max(from.width / 20, from.width + 2 * side * across); draft.touched.add(peak.width); }
      if (part === "top" && Math.abs(right) > 2 && !q.center.tie) { draft.center = from.center + across; draft.touched.add("center"); }
      if (part === "top" && Math.abs(up) > 6 && !q.area.tie) { draft.scale = Math.max(0.01, from.scale * (1 + up / height)); draft.touched.add("area"); }
      this.soon();
    };
    const end = (last) => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      if (last.type === "pointerup") this.commit(peak, last.shiftKey); else { delete this.drafts[peak.name]; this.preview(); }
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  soon() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      const start = performance.now();
      this.pending = 0;
      this.preview();
      this.root.dataset.frame = (performance.now() - start).toFixed(1); // ms to move the curves of a drag
    });
  }

  commit(peak, hold) {
    const draft = this.drafts[peak.name], values = {}, now = this.view.peaks.find((one) => one.name === peak.name) || peak;
    if (!draft || !draft.touched.size) { delete this.drafts[peak.name]; return; }
    for (const quantity of draft.touched) values[`${peak.name}_${quantity}`] = quantity === "center" ? draft.center : quantity === "area" ? draft.scale * now.quantities.area.value : draft.width;
    if (this.late === peak) this.late = null;
    this.ask({ type: "set", values, hold: Boolean(hold) });
    draft.question = this.questions;
  }

  press(event) {
    if (event.button || !this.view) return;
    const start = this.at(event);
    if (this.mode === "add") { this.enter(""); this.add(start); return; }
    const mode = this.mode, box = drawn("rect", { y: MARGIN.top, height: this.bottom - MARGIN.top, fill: mode === "exclude" ? "#a3140c" : "#0b5cad", "fill-opacity": 0.2 });
    const range = [...this.shownRange], pixel = event.clientX;
    if (mode) this.svg.append(box);
    else if (!this.zoom) return;
    const move = (next) => {
      if (mode) { const a = this.px(start), b = this.px(this.at(next)); put(box, { x: Math.min(a, b), width: Math.abs(a - b) }); return; }
      const by = ((next.clientX - pixel) / (this.width - MARGIN.left - MARGIN.right)) * (range[1] - range[0]) * (this.view.axis.reversed ? 1 : -1);
      this.zoom = [range[0] + by, range[1] + by];
      cancelAnimationFrame(this.panning);
      this.panning = requestAnimationFrame(() => this.draw());
    };
    const end = (last) => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      box.remove();
      if (!mode) return;
      this.enter("");
      const ends = [start, this.at(last)].sort((a, b) => a - b);
      if (last.type !== "pointerup" || this.px(ends[0]) === this.px(ends[1])) return;
      this.ask(mode === "range" ? { type: "range", window: ends } : { type: "exclude", regions: [...this.view.exclude, ends] });
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  wheel(event) {
    if (!this.view || !(event.ctrlKey || event.shiftKey || this.svg.matches(":focus-within"))) return;
    event.preventDefault();
    const here = this.at(event), factor = Math.exp(Math.sign(event.deltaY || event.deltaX) * 0.2), [low, high] = this.shownRange, x = this.whole.x;
    const next = [here - (here - low) * factor, here + (high - here) * factor];
    this.zoom = next[0] <= x[0] && next[1] >= x[x.length - 1] ? null : [Math.max(next[0], x[0]), Math.min(next[1], x[x.length - 1])];
    this.draw();
  }

  enter(mode) {
    this.mode = this.mode === mode ? "" : mode;
    for (const [name, button] of Object.entries(this.modes)) button.setAttribute("aria-pressed", name === this.mode);
    this.svg.setAttribute("class", `plot ${this.mode === "add" ? "adding" : this.mode ? "ranging" : ""}`);
  }

  add(center) { this.ask({ type: "add", center }); }

  bend(by) { this.ask({ type: "background", degree: this.view.background_degree + by }); }

  // ---- keys
  pressed(event) {
    if (!this.view) return;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      const asked = { z: event.shiftKey ? "redo" : "undo", y: "redo", s: "save" }[key];
      if (asked) { event.preventDefault(); event.stopPropagation(); this.ask({ type: asked }); }
      return;
    }
    if (event.altKey || ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName)) return;
    const peak = this.view.peaks.find((one) => one.name === event.target.dataset?.peak);
    if (key === "escape") { if (this.stop.hidden) this.enter(""); else this.stop.click(); }
    const used = key === "escape" ? true : peak ? this.pressedOn(peak, event, key) : key === "a" ? (this.add((this.shownRange[0] + this.shownRange[1]) / 2), true) : false;
    if (used) { event.preventDefault(); event.stopPropagation(); }
  }

  // The width of the previously selected line; asked once more, a width of its own.
  tieWidth(peak) {
    const left = `${peak.name}_${peak.width}`, one = peak.quantities[peak.width];
    const other = this.view.peaks.find((line) => line.name === this.previous && !line.off && line.name !== peak.name);
    if (one.own) this.ask({ type: "untie", left });
    else if (one.tie) this.explain(`The width of ${peak.label} is tied by the technique: ${one.tie}.`);
    else if (other) this.ask({ type: "tie", left, right: `${other.name}_${this.partner(other, peak.width)}`, how: "equal" });
    else this.explain(`T ties the width of ${peak.label} to that of the previously selected line: select that line first, then this one.`);
  }

  pressedOn(peak, event, key) {
    const far = event.shiftKey ? 10 : 1, q = peak.quantities, draft = this.draft(peak);
    const step = (far * (this.shownRange[1] - this.shownRange[0])) / 1000, right = this.view.axis.reversed ? -1 : 1;
    const does = {
      arrowleft: () => { draft.center -= right * step; draft.touched.add("center"); },
      arrowright: () => { draft.center += right * step; draft.touched.add("center"); },
      arrowup: () => { draft.scale *= 1 + 0.02 * far; draft.touched.add("area"); },
      arrowdown: () => { draft.scale /= 1 + 0.02 * far; draft.touched.add("area"); },
      "[": () => { draft.width /= 1 + 0.02 * far; draft.touched.add(peak.width); },
      "]": () => { draft.width *= 1 + 0.02 * far; draft.touched.add(peak.width); },
    }[event.key === "{" ? "[" : event.key === "}" ? "]" : key];
    if (does) {
      draft.question = 0;
      does();
      for (const quantity of [...draft.touched]) if (q[quantity].tie) { draft.touched.delete(quantity); if (quantity === "center") draft.center = draft.from.center; else if (quantity === "area") draft.scale = 1; else draft.width = draft.from.width; }
      this.preview();
      if (this.late && this.late.name !== peak.name) this.flush();
      clearTimeout(this.timer);
      this.late = peak;
      this.timer = setTimeout(() => this.flush(), IDLE_MS);
      return true;
    }
    if (key === "enter") { this.late ? this.flush() : this.commit(peak, false); return true; }
    if (key === "l") { this.ask({ type: "lock", parameter: `${peak.name}_center`, on: !q.center.fixed }); return true; }
    if (key === "t") { this.tieWidth(peak); return true; }
    if (key === "delete" || key === "backspace") { this.ask(peak.hand ? { type: "remove", peak: peak.name } : { type: "off", peak: peak.name, on: true }); return true; }
    if (key === "a") { this.add((this.shownRange[0] + this.shownRange[1]) / 2); return true; }
    return false;
  }
}

function render({ model, el }) {
  const root = document.createElement("div");
  el.append(root);
  new Page(model, root);
}

export default { render };

// The local page: a WebSocket that speaks as a notebook's channel does.
const local = document.querySelector("main#editor");
if (local && new URL(import.meta.url).pathname === "/page.js") {
  const socket = new WebSocket(`ws://${location.host}/ws${new URL(import.meta.url).search}`);
  const heard = [];
  const model = { send: (message) => socket.send(JSON.stringify(message)), on: (_name, listener) => heard.push(listener) };
  socket.addEventListener("open", () => render({ model, el: local }));
  socket.addEventListener("message", (event) => heard.forEach((listener) => listener(JSON.parse(event.data))));
  socket.addEventListener("close", () => {
    const notice = document.createElement("p");
    notice.textContent = "The editor has ended. Start it again with shortrange edit, and open the address it prints.";
    notice.setAttribute("role", "alert");
    notice.style.cssText = "background:#a3140c;color:#fff;padding:10px;margin:0;font:14px system-ui";
    local.prepend(notice);
  });
}
