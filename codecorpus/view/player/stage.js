// Panes: a canvas for each encode, or one for two with a line between them; zoom, pan and clicks are shared.

const MOST_ZOOM = 32;
const element = (id) => document.getElementById(id);

/** A new element; `also` are its properties, children its text and elements. Nothing is ever read as HTML. */
function make(tag, also = {}, ...children) {
  const made = Object.assign(document.createElement(tag), also);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const panes = [];

function visible() {
  return page.all.filter((encode) => state.on.has(encode.at));
}

/** Make the panes anew: which encodes are seen has changed. */
function layPanes() {
  const shown = visible();
  const sets = state.wipes && shown.length > 1 ? [shown.slice(0, 2)] : shown.map((encode) => [encode]);
  panes.length = 0;
  for (const encodes of sets) panes.push(new Pane(encodes));
  element("panes").replaceChildren(...panes.map((pane) => pane.figure));
  state.refreshed = null; // their captions are empty
  for (const encode of page.all) encode.frames.arrived = () => (state.stale = true);
  fitPanes();
}

/** As many columns as make the frames largest. */
function fitPanes() {
  const room = element("panes").clientWidth;
  const tall = Math.max(220, innerHeight * (innerWidth > 900 ? 0.64 : 0.7));
  const ratio = Math.max(...panes.map((pane) => pane.size[1] / pane.size[0]));
  let best = [0, 1];
  const isNarrow = room < 500;
  const most = isNarrow ? 1 : panes.length;
  for (let columns = 1; columns <= most; columns++) {
    const rows = Math.ceil(panes.length / columns);
    const wide = (room - 8 * (columns - 1)) / columns;
    const width = isNarrow ? wide : Math.min(wide, (tall / rows - 36) / ratio);
    if (width > best[0] + 1) best = [width, columns];
  }
  element("panes").style.gridTemplateColumns = `repeat(${best[1]}, ${Math.floor(best[0])}px)`;
  for (const pane of panes) pane.resize(best[0] * ratio);
  state.stale = true;
}

/** Whether every pane has the pictures of a frame; each asks for what it lacks. */
function hasArrived(index) {
  const lacking = panes.flatMap((pane) => pane.encodes.filter((encode) => index < encode.frames.count && !pane.picture(encode, index)));
  return !CAN_DECODE || !lacking.length;
}

class Pane {
  constructor(encodes) {
    this.encodes = encodes;
    this.size = encodes[0].seen;
    this.canvas = make("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.captions = encodes.map((encode) => {
      const name = make("b", { textContent: encode.name, title: encode.name });
      name.style.setProperty("--own", encode.colour);
      return { name, facts: make("span") };
    });
    const captions = this.captions.map(({ name, facts }) => make("figcaption", {}, name, facts));
    this.figure = make("figure", {}, ...captions, this.canvas);
    this.figure.style.setProperty("--own", encodes[0].colour);
    this.listen();
  }

  resize(least) {
    const width = this.canvas.clientWidth;
    const height = Math.round(Math.min((width * this.size[1]) / this.size[0], Math.max(least, 120)));
    this.canvas.style.height = `${height}px`;
    const sharp = Math.min(2, devicePixelRatio);
    this.canvas.width = Math.round(width * sharp);
    this.canvas.height = Math.round(height * sharp);
    this.rasters = new Map();
  }

  /** What an encode's lines are drawn in: as large as the canvas, turned as the encode is coded. */
  rasterOf(encode, width, height) {
    if (!this.rasters.has(encode)) this.rasters.set(encode, new Raster(width, height, Math.round(Math.min(2, devicePixelRatio))));
    return this.rasters.get(encode);
  }

  /** Where the frame lies on the canvas. */
  get view() {
    const { width, height } = this.canvas;
    const scale = Math.min(width / this.size[0], height / this.size[1]) * state.zoom;
    const left = width / 2 - state.centre[0] * this.size[0] * scale;
    const top = height / 2 - state.centre[1] * this.size[1] * scale;
    return { left, top, scale, width, height };
  }

  /** A point of the page as a share of the frame. */
  share(event) {
    const box = this.canvas.getBoundingClientRect();
    const { left, top, scale } = this.view;
    const sharp = this.canvas.width / box.width;
    return [((event.clientX - box.left) * sharp - left) / (scale * this.size[0]),
      ((event.clientY - box.top) * sharp - top) / (scale * this.size[1])];
  }

  /** An encode's picture: of the pixels that are seen where all of the frame is, else of all that it has. */
  picture(encode, index) {
    const [width] = turnedSize(encode.turn, this.size);
    return encode.frames.picture(index, state.zoom > 1 ? Infinity : this.view.scale * width);
  }

  paint(index) {
    const pictures = this.encodes.map((encode) => this.picture(encode, index));
    const { context } = this;
    const { width, height } = this.canvas;
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    const x = this.encodes.length > 1 ? Math.round(state.wipe * width) : width;
    this.encodes.forEach((encode, at) => {
      const [left, right] = at ? [x, width] : [0, x];
      context.save();
      context.beginPath();
      context.rect(left, 0, right - left, height);
      context.clip();
      this.paintEncode(encode, pictures[at], index, left, right);
      context.restore();
    });
    if (this.encodes.length > 1) {
      context.fillStyle = "#fff";
      context.fillRect(x - 1, 0, 2, height);
      context.beginPath();
      context.arc(x, height / 2, 9, 0, 2 * Math.PI);
      context.fill();
    }
  }

  tell(index) {
    this.captions.forEach(({ facts }, at) => (facts.textContent = factsOf(this.encodes[at], index)));
  }

  /** An encode as far as it is seen: from `from` to `to` across the canvas. */
  paintEncode(encode, picture, index, from, to) {
    const { context, view } = this;
    const { turn } = encode;
    const [width, height] = turnedSize(turn, [view.width, view.height]); // of the canvas, as the encode is coded
    const [w, h] = turnedSize(turn, this.size).map((side) => side * view.scale);
    const [x, y] = coded(turn, state.centre);
    const [left, top] = [width / 2 - x * w, height / 2 - y * h];
    context.setTransform(turnOf(turn, width, height));
    context.imageSmoothingEnabled = view.scale < 3;
    if (picture && state.picture) context.drawImage(picture, left, top, w, h);
    if (encode.shown[index] === null || !encode.places[index]) return;
    const own = { left, top, width, height, scale: w / encode.size[0] };
    const name = state.colouring;
    if (name) {
      const canvas = colouring(encode, index, name);
      context.imageSmoothingEnabled = false;
      context.globalAlpha = state.opacity;
      const grid = GRID * own.scale;
      context.save();
      context.beginPath();
      context.rect(left, top, w, h);
      context.clip();
      context.drawImage(canvas, left, top, canvas.width * grid, canvas.height * grid);
      context.restore();
      context.globalAlpha = 1;
    } else if (state.lines.size || state.past || state.future) {
      context.fillStyle = "rgba(12, 14, 18, 0.28)";
      context.fillRect(left, top, w, h);
    }
    if (state.lines.size || state.past || state.future) {
      const raster = this.rasterOf(encode, width, height);
      const [start, end] = turn.quarters || turn.is_mirrored ? [0, width] : [from, to];
      raster.clear(start, end);
      for (const line of ["transform", "prediction", "coding"]) {
        if (state.lines.has(line)) drawBorders(raster, encode, index, own, line, name !== "");
      }
      if (state.past || state.future) drawVectors(raster, encode, index, own, state);
      if (start < end) context.drawImage(raster.show(), start, 0, end - start, height, start, 0, end - start, height);
    }
    if (state.point) this.mark(encode, index, own);
  }

  /** The chosen block. */
  mark(encode, index, { left, top, scale }) {
    const { context } = this;
    const { blocks, motion } = chosen(encode, index);
    for (const [at, colour] of [[blocks, "#fff"], [motion, "#ffd666"]]) {
      if (!at) continue;
      const [x, y, w, h] = at.box;
      for (const [style, line] of [["#000", 4], [colour, 2]]) {
        context.strokeStyle = style;
        context.lineWidth = line;
        context.strokeRect(x * scale + left, y * scale + top, w * scale, h * scale);
      }
    }
  }

  listen() {
    const held = new Map();
    let moved = 0;
    let wiping = false;
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      held.set(event.pointerId, event);
      moved = 0;
      const at = event.offsetX / canvas.clientWidth;
      wiping = this.encodes.length > 1 && Math.abs(at - state.wipe) * canvas.clientWidth < 14;
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = held.get(event.pointerId);
      if (!before) return;
      const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
      moved += Math.abs(dx) + Math.abs(dy);
      if (wiping) {
        state.wipe = Math.min(1, Math.max(0, event.offsetX / canvas.clientWidth));
      } else if (held.size === 2) {
        const [other] = [...held.values()].filter((one) => one.pointerId !== event.pointerId);
        const span = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
        zoomBy(span(event) / Math.max(1, span(before)), this.share(event));
      } else {
        const [from, to] = [this.share(before), this.share(event)];
        moveTo(state.centre[0] + from[0] - to[0], state.centre[1] + from[1] - to[1]);
      }
      held.set(event.pointerId, event);
      state.stale = true;
    });
    const release = (event) => {
      if (held.delete(event.pointerId) && event.type === "pointerup" && moved < 5 && !wiping) {
        choose(this.share(event), this.encodes.length > 1 && event.offsetX / canvas.clientWidth > state.wipe
          ? this.encodes[1] : this.encodes[0]);
      }
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("dblclick", () => zoomTo(1));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 400), this.share(event));
    }, { passive: false });
  }
}

const short = (value, digits = 3) => (value === null || Number.isNaN(value) ? "–" : String(+value.toPrecision(digits)));

/** Bits as people say them. */
function told(bits) {
  if (bits < 1e3) return `${short(bits)} bit`;
  return bits < 1e6 ? `${short(bits / 1e3)} kbit` : `${short(bits / 1e6)} Mbit`;
}

function factsOf(encode, index) {
  const picture = encode.picture(index);
  if (!picture) return `${encode.title} · no picture`;
  if (picture.error) return `${encode.title} · damaged: ${picture.error}`;
  const kind = `${picture.type ?? "?"}${picture.key ? " key" : ""}`;
  const qp = picture.qp === null ? "" : ` · ${encode.qp_name} ${short(picture.qp)}`;
  const step = picture.qstep === null ? "" : ` · step ${short(picture.qstep)}`;
  return `${encode.title} · ${kind} · ${told(8 * picture.bytes)}${qp}${step}`;
}

function moveTo(x, y) {
  const room = 0.5 / state.zoom;
  const inside = (v) => (state.zoom <= 1 ? 0.5 : Math.min(1 - room, Math.max(room, v)));
  state.centre = [inside(x), inside(y)];
  state.stale = true;
}

/** Zoom so that a point of the frame stays where it is. */
function zoomBy(factor, [x, y] = state.centre) {
  const before = state.zoom;
  state.zoom = Math.min(MOST_ZOOM, Math.max(1, before * factor));
  const share = before / state.zoom;
  moveTo(x + (state.centre[0] - x) * share, y + (state.centre[1] - y) * share);
  element("zoom").textContent = `${Math.round(100 * state.zoom)} %`;
}

const zoomTo = (zoom) => zoomBy(zoom / state.zoom);
