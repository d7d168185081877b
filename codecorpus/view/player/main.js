// The state that all of it shows, and the loop that draws what has changed.

const state = {
  index: page.start,
  playing: null, // when playing began and at which frame
  speed: 1,
  on: new Set(page.on),
  active: page.on[0],
  wipes: false,
  wipe: 0.5,
  zoom: 1,
  centre: [0.5, 0.5],
  point: null, // as shares of the frame
  lines: new Set(page.layers.filter((name) => name in LINES)),
  past: page.layers.includes("motion"),
  future: page.layers.includes("motion"),
  picture: true,
  colouring: page.layers.find((name) => name in COLOURINGS) ?? "",
  opacity: 0.75,
  gain: 1,
  stale: true,
};

function go(index) {
  if (index === state.index) return;
  state.index = index;
  state.stale = true;
}

function step(by) {
  pause();
  go(Math.min(page.frames - 1, Math.max(0, state.index + by)));
}

function play() {
  state.playing = { since: null, from: state.index };
  element("play").classList.add("playing");
}

function pause() {
  state.playing = null;
  state.stale = true;
  element("play").classList.remove("playing");
}

/** The frame that is due; the clock stands still while a frame is waited for. */
function advance(now) {
  const { playing } = state;
  if (!playing || state.stale) {
    if (playing) playing.since = null;
    return;
  }
  if (playing.since === null) Object.assign(playing, { since: now, from: state.index });
  const passed = Math.floor(((now - playing.since) / 1000) * page.fps * state.speed + 1e-6);
  go((playing.from + passed) % page.frames);
}

function draw(now) {
  advance(now);
  if (state.stale && hasArrived(state.index)) {
    state.stale = false;
    for (const pane of panes) pane.paint(state.index);
    element("frame").textContent = page.first + state.index;
    element("clock").textContent = `  of ${page.first}–${page.first + page.frames - 1} · ${page.times[state.index] ?? "–"} s`;
    paintCursors();
    const drawn = state.refreshed;
    if (drawn?.index !== state.index && (!state.playing || now - drawn.at > 250)) refresh(now);
  }
  requestAnimationFrame(draw);
}

/** What stands beside the frames: while playing, four times a second. */
function refresh(now = performance.now()) {
  state.refreshed = { index: state.index, at: now };
  for (const pane of panes) pane.figure.classList.toggle("active", pane.encodes.some((one) => one === active()));
  inspect();
  drawReferences();
  drawHistograms();
  if (state.colouring === "qp") drawScale();
}

function complain(text) {
  element("complaint").textContent = text;
  element("complaint").hidden = false;
}

async function begin() {
  element("title").textContent = page.title;
  element("subtitle").textContent = page.subtitle;
  page.all = page.encodes.map((told, at) => new Encode(told, at));
  await Promise.all(page.all.map((encode) => encode.load()));
  if (!CAN_DECODE) complain("This browser has no WebCodecs: layers are drawn without pictures. Chromium, Firefox 130 and Safari 16.4 have it.");
  layChips();
  layLayers();
  layEncodes();
  listen();
  layPanes();
  layTimelines();
  refresh();
  drawDistortion();
  requestAnimationFrame(draw);
}

begin().catch((error) => {
  complain(`The page cannot be read: ${error.message}`);
  throw error;
});
