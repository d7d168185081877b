// Everything that is pressed: encodes, layers, the player's buttons, keys.

const LINES = { coding: ["coding blocks", "c"], prediction: ["prediction blocks", "b"], transform: ["transform blocks", "t"] };
const COLOURINGS = { "": "none", mode: "prediction mode", skip: "skipped blocks", qp: "QP, native", qstep: "quantiser step",
  bits: "bits", bits_mode: "bits: mode", bits_motion: "bits: motion", bits_residual: "bits: residual", energy: "residual energy",
  distance: "reference distance", importance: "importance", flow: "flow" };

function layChips() {
  element("chips").replaceChildren(...page.all.map((encode) => {
    const input = make("input", { type: "checkbox", checked: state.on.has(encode.at) });
    const chip = make("label", { className: "chip", title: "Show or hide" }, input, encode.name);
    chip.style.setProperty("--own", encode.colour);
    input.addEventListener("change", () => {
      if (input.checked) state.on.add(encode.at);
      else if (state.on.size > 1) state.on.delete(encode.at);
      input.checked = state.on.has(encode.at);
      layPanes();
      layTimelines();
      drawScale();
      drawDistortion();
    });
    return chip;
  }));
}

function box(text, name, checked, change, colour) {
  const input = make("input", { type: "checkbox", checked, name });
  input.addEventListener("change", () => {
    change(input.checked);
    state.stale = true;
  });
  const swatch = colour ? make("i", { className: "swatch" }) : null;
  if (swatch) swatch.style.setProperty("--own", css(colour));
  return make("label", {}, input, swatch, text);
}

function slider(text, name, { min, max, step, value }, change) {
  const input = make("input", { type: "range", name, min, max, step });
  input.value = value;
  input.addEventListener("input", () => {
    change(Number(input.value));
    state.stale = true;
  });
  return make("div", {}, make("h3", { textContent: text }), input);
}

function layLayers() {
  const lines = Object.entries(LINES).map(([name, [text]]) => box(text, name, state.lines.has(name),
    (on) => (on ? state.lines.add(name) : state.lines.delete(name)), LINE_COLOURS[name]));
  const vectors = [["past", PAST_COLOUR], ["future", FUTURE_COLOUR]].map(([side, colour]) =>
    box(`to the ${side}`, side, state[side], (on) => (state[side] = on), colour));
  const select = make("select", { name: "colouring" }, ...Object.entries(COLOURINGS).map(([name, text]) =>
    make("option", { value: name, textContent: text, selected: name === state.colouring })));
  select.addEventListener("change", () => recolour(select.value));
  element("layers").replaceChildren(
    make("h3", { textContent: "vectors" }), make("div", { className: "set" }, ...vectors),
    make("h3", { textContent: "borders" }), make("div", { className: "set" }, ...lines,
      box("picture", "picture", state.picture, (on) => (state.picture = on))),
    make("h3", { textContent: "colouring" }), select, make("div", { className: "scale", id: "scale" }),
    slider("strength of the colouring", "opacity", { min: 0, max: 1, step: 0.02, value: state.opacity }, (v) => (state.opacity = v)),
    slider("length of vectors", "gain", { min: 0.25, max: 4, step: 0.05, value: state.gain }, (v) => (state.gain = v)));
  drawScale();
}

function recolour(name) {
  state.colouring = name;
  element("layers").querySelector("select").value = name;
  state.stale = true;
  drawScale();
}

/** What the colours mean. */
function drawScale() {
  const box = element("scale");
  // That of native QP is of a codec alone.
  const codecs = new Map(visible().map((encode) => [encode.codec, encode]));
  const heats = state.colouring === "qp" ? [...codecs.values()].map((encode) => encode.qp_scale) : [page.heats[state.colouring]];
  if (state.colouring === "mode" || state.colouring === "skip") {
    const keys = state.colouring === "skip" ? [["skipped", SKIP_COLOUR]] : KIND_COLOURS.map(([, text, rgb]) => [text, rgb]);
    const pale = state.colouring === "mode" ? ["pale: skipped"] : [];
    box.replaceChildren(make("div", { className: "legend" }, ...keys.map(([text, rgb]) => keyOf(css(rgb), text)), ...pale));
  } else if (state.colouring === "flow") {
    box.replaceChildren(wheelCanvas(), make("p", { className: "quiet",
      textContent: `the way that blocks move; at the rim ${page.full} samples per frame or more` }));
  } else box.replaceChildren(...heats.filter(Boolean).flatMap(barOf));
}

/** A scale's colours, ticks and meaning. */
function barOf(heat) {
  const canvas = make("canvas", { width: 256, height: 1 });
  const context = canvas.getContext("2d");
  const image = context.createImageData(256, 1);
  new Uint32Array(image.data.buffer).set(ramp(heat.ramp));
  context.putImageData(image, 0, 0);
  const ticks = make("div", { className: "ticks" }, ...heat.ticks.map((tick) => {
    const text = make("span", { textContent: short(tick) });
    text.style.left = `${100 * placed(heat, tick)}%`;
    return text;
  }));
  return [canvas, ticks, make("p", { className: "quiet", textContent: heat.meaning })];
}

function wheelCanvas() {
  const side = 96;
  const canvas = make("canvas", { width: side, height: side });
  canvas.style.cssText = `width: ${side}px; height: ${side}px`;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < pixels.length; at++) {
    const [x, y] = [(2 * (at % side)) / side - 1, (2 * Math.floor(at / side)) / side - 1];
    if (Math.hypot(x, y) <= 1) pixels[at] = wheel(x, y);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function layEncodes() {
  element("encodes").replaceChildren(...page.all.flatMap((encode) => {
    const dot = make("i", { className: "dot" });
    dot.style.setProperty("--own", encode.colour);
    const facts = [encode.title, encode.encoder, encode.rate].filter(Boolean).join(" · ");
    return [make("div", { className: "encode-head" }, dot, make("b", { textContent: encode.name })),
      make("p", { className: "quiet", textContent: facts }),
      encode.command ? make("p", { className: "command", textContent: encode.command }) : make("p", { className: "quiet" })];
  }));
}

function setWipe(on) {
  state.wipes = on;
  element("mode").value = on ? "wipe" : "beside";
  layPanes();
}

function toggle(name) {
  element("layers").querySelector(`input[name="${name}"]`).click();
}

const KEYS = {
  " ": () => (state.playing ? pause() : play()),
  ArrowLeft: (event) => step(event.shiftKey ? -10 : -1),
  ArrowRight: (event) => step(event.shiftKey ? 10 : 1),
  Home: () => step(-Infinity),
  End: () => step(Infinity),
  "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), 0: () => zoomTo(1),
  w: () => setWipe(!state.wipes),
  p: () => toggle("past"), f: () => toggle("future"),
  c: () => toggle("coding"), b: () => toggle("prediction"), t: () => toggle("transform"),
  l: () => cycle(1), L: () => cycle(-1),
  Escape: () => choose([-1, -1], active()),
};

const OF_CONTROLS = [" ", "ArrowLeft", "ArrowRight", "Home", "End"];

function cycle(by) {
  const names = Object.keys(COLOURINGS);
  recolour(names[(names.indexOf(state.colouring) + by + names.length) % names.length]);
}

function listen() {
  const presses = { first: () => step(-Infinity), back: () => step(-1), forward: () => step(1), last: () => step(Infinity),
    play: () => (state.playing ? pause() : play()), in: () => zoomBy(1.5), out: () => zoomBy(1 / 1.5), fit: () => zoomTo(1) };
  for (const [id, press] of Object.entries(presses)) element(id).addEventListener("click", press);
  element("mode").addEventListener("change", (event) => setWipe(event.target.value === "wipe"));
  element("speed").addEventListener("change", (event) => {
    state.speed = Number(event.target.value);
    if (state.playing) play();
  });
  // Keys are the player's wherever the last click was, but for who goes from control to control by Tab.
  let walks = false;
  addEventListener("pointerdown", () => (walks = false), { capture: true });
  addEventListener("keydown", (event) => {
    walks ||= event.key === "Tab";
    const press = KEYS[event.key];
    const isOwn = walks && event.target.closest("button, input, select, summary") && OF_CONTROLS.includes(event.key);
    if (!press || isOwn || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    press(event);
  }, { capture: true });
  addEventListener("resize", () => {
    fitPanes();
    paintTimelines();
  });
}
