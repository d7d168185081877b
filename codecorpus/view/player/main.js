// The state that all of it shows, and the loop that draws what has changed.

const state = {
  index: page.start,
  playing: null, // from which frame and since when, and when its frame was last there
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
  state.playing = { from: state.index, since: null, drawn: null };
  element("play").classList.add("playing");
}

function pause() {
  state.playing = null;
  state.stale = true;
  element("play").classList.remove("playing");
}

const LATE = 50; // milliseconds: to skip more than a frame would waste the pictures that are made ahead

/** The frame that is due; a frame that is waited for longer than LATE stops the clock. */
function advance(now) {
  const { playing } = state;
  if (!playing || state.stale) return;
  if (!(playing.drawn && now - playing.drawn < LATE)) Object.assign(playing, { since: now, from: state.index });
  playing.drawn = now;
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
    placeCursors();
    if (!state.playing && state.refreshed !== state.index) refresh();
  } else if (state.playing) refreshSome(now);
  requestAnimationFrame(draw);
}

/** What stands beside the frames. */
const BESIDE = [
  () => panes.forEach((pane) => {
    pane.figure.classList.toggle("active", pane.encodes.includes(active()));
    pane.tell(state.index);
  }),
  inspect, drawReferences, drawHistograms,
];

function refresh() {
  state.refreshed = state.index;
  due.parts.length = 0;
  for (const part of BESIDE) part();
}

/** Between frames one part of it, so that no frame is late for it; twice a second all. */
function refreshSome(now) {
  if (!due.parts.length && now - due.since > 500) Object.assign(due, { parts: [...BESIDE], since: now });
  due.parts.shift()?.();
  state.refreshed = null;
}

const due = { parts: [], since: -Infinity };

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
