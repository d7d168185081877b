// What is drawn on a frame. `view` takes samples of the frame to pixels of the canvas: x * scale + left.

const GRID = 4; // samples: the smallest block of all codecs

/** Numbers by block for a colouring: a function of the row and its box, NaN where nothing tells. */
const HEAT_VALUES = {
  bits: (encode) => perSample(encode, ["bits_mode", "bits_motion", "bits_residual"]),
  bits_mode: (encode) => perSample(encode, ["bits_mode"]),
  bits_motion: (encode) => perSample(encode, ["bits_motion"]),
  bits_residual: (encode) => perSample(encode, ["bits_residual"]),
  energy: (encode) => perSample(encode, ["energy"]),
  qp: ({ blocks }) => lookup(blocks.numbers("qp")),
  qstep: ({ blocks }) => lookup(blocks.numbers("qstep")),
};

const lookup = (numbers) => (row) => numbers[row];

function perSample(encode, names) {
  const { blocks } = encode;
  const columns = names.map((name) => blocks.numbers(name));
  return (row, ...box) => columns.reduce((sum, column) => sum + column[row], 0) / encode.area(blocks, row, ...box);
}

/** The scale of a colouring; that of native QP is of the encode's codec alone. */
const scaleOf = (encode, name) => (name === "qp" ? encode.qp_scale : page.heats[name]);

/** Frames to the nearest reference of a prediction block. */
function distances({ motion }) {
  const [dt0, dt1] = [motion.numbers("dt0"), motion.numbers("dt1")];
  return (row) => {
    const [a, b] = [dt0[row], dt1[row]].map((dt) => Math.abs(dt) || NaN); // 0 is no distance
    return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
  };
}

/** Where a prediction block moves, as a colour: told by the nearest past, or else by the nearest future. */
function flows({ motion, turn }) {
  const { a, b, c, d } = turnOf(turn, 0, 0); // a colour means a direction as it is seen
  const distances = [motion.numbers("dt0"), motion.numbers("dt1")];
  const vectors = ["mv0_x", "mv0_y", "mv1_x", "mv1_y"].map((name) => motion.numbers(name));
  return (row, left, top, w, h) => {
    const [first, second] = distances.map((of) => of[row]);
    const nearer = first > 0 === second > 0 ? Math.abs(second) < Math.abs(first) : second > 0;
    const list = !first || (second && nearer) ? 1 : 0;
    const dt = distances[list][row];
    if (!dt) return 0;
    const reach = -dt * page.full;
    const x = (vectors[2 * list][row] / reach) * (w / motion.w[row]);
    const y = (vectors[2 * list + 1][row] / reach) * (h / motion.h[row]);
    return wheel(a * x + c * y, b * x + d * y);
  };
}

/** Colours in cells of the frame, as a canvas that is GRID samples a pixel. */
class Cells {
  constructor(width, height) {
    this.canvas = new OffscreenCanvas(Math.ceil(width / GRID), Math.ceil(height / GRID));
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Fill every row's box with its colour; 0 leaves what was there. */
  fill(encode, table, index, colourOf) {
    const { width, height } = this.canvas;
    encode.each(table, index, (row, left, top, w, h) => {
      const colour = colourOf(row, left, top, w, h);
      if (!colour) return;
      const x0 = Math.max(0, Math.round(left / GRID));
      const x1 = Math.min(width, Math.round((left + w) / GRID));
      const y1 = Math.min(height, Math.round((top + h) / GRID));
      for (let y = Math.max(0, Math.round(top / GRID)); y < y1; y++) this.pixels.fill(colour, y * width + x0, y * width + x1);
    });
  }

  show() {
    this.context.putImageData(this.image, 0, 0);
    return this.canvas;
  }
}

/** The colouring of a frame as a canvas; it is kept until another frame or colouring is wanted. */
function colouring(encode, index, name) {
  const key = `${index} ${name}`;
  if (encode.coloured?.key === key) return encode.coloured.canvas;
  encode.cells ??= new Cells(...encode.size);
  const { cells, blocks, motion } = encode;
  const heat = scaleOf(encode, name);
  cells.pixels.fill(name === "skip" || name === "mode" ? 0 : packed(0, 0, 0));
  if (name === "importance") ranked(encode, index, cells);
  else if (name === "flow") cells.fill(encode, motion, index, flows(encode));
  else if (name === "mode") cells.fill(encode, blocks, index, modes(encode, index));
  else if (name === "skip") cells.fill(encode, blocks, index, skips(encode));
  else {
    const values = name === "distance" ? distances(encode) : HEAT_VALUES[name](encode);
    const steps = ramp(heat.ramp);
    const colour = (row, ...box) => {
      const value = values(row, ...box);
      return Number.isNaN(value) ? 0 : steps[Math.round(255 * placed(heat, value))];
    };
    cells.fill(encode, name === "distance" ? motion : blocks, index, colour);
  }
  encode.coloured = { key, canvas: cells.show() };
  return encode.coloured.canvas;
}

function ranked(encode, index, { canvas, pixels }) {
  const { rows, columns, cell, nothing } = encode.importance;
  const steps = ramp(page.heats.importance.ramp);
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const at = Math.floor((y * GRID) / cell) * columns + Math.floor((x * GRID) / cell);
      const rank = encode.ranks[index * rows * columns + at];
      if (rank !== nothing) pixels[y * canvas.width + x] = steps[rank];
    }
  }
}

function modes(encode, index) {
  const [start] = encode.blocks.span(index);
  const kinds = encode.kinds(index);
  const skipped = encode.blocks.columns.get("skip").data;
  const colours = new Map(KIND_COLOURS.map(([kind, , rgb]) => [kind, rgb]));
  return (row) => packed(...colours.get(kinds[row - start]), skipped[row] ? 70 : 190);
}

function skips({ blocks }) {
  const skipped = blocks.columns.get("skip").data;
  return (row) => (skipped[row] ? packed(...SKIP_COLOUR, 170) : 0);
}

/** Borders: each block draws its left and top side, so that each is drawn once. */
function drawBorders(raster, encode, index, { left, top, scale }, name, isColoured) {
  const tables = { coding: [encode.blocks], prediction: [encode.motion, encode.blocks], transform: [encode.transforms] };
  const crowded = Math.min(1, Math.max(0.35, scale * 1.4)); // where blocks are a few pixels wide
  const opacity = 255 * crowded * { coding: 0.6, prediction: 0.85, transform: 0.8 }[name];
  const rgb = isColoured && name === "coding" ? [8, 10, 14] : LINE_COLOURS[name];
  const colour = packed(...rgb, Math.round(opacity));
  for (const table of tables[name]) {
    encode.each(table, index, (_, x, y, w, h) => {
      const [x0, y0] = [Math.round(x * scale + left), Math.round(y * scale + top)];
      raster.across(x0, Math.round((x + w) * scale + left), y0, colour);
      raster.down(x0, y0, Math.round((y + h) * scale + top), colour);
    });
  }
}

/** An arrow a vector, from the block towards its prediction, as long as one frame interval's displacement: stretched as
    the block is, of fields and of pictures that are coded smaller. */
function drawVectors(raster, encode, index, { left, top, scale }, sides) {
  const { motion } = encode;
  const gain = page.gain * state.gain * scale;
  const inks = [packed(...PAST_COLOUR), packed(...FUTURE_COLOUR)];
  const halo = packed(8, 10, 14, 110);
  const arrows = [];
  for (const list of [0, 1]) {
    const [dt, mx, my] = [`dt${list}`, `mv${list}_x`, `mv${list}_y`].map((name) => motion.numbers(name));
    encode.each(motion, index, (row, bx, by, w, h) => {
      const way = dt[row];
      if (!(way > 0 ? sides.past : way < 0 && sides.future) || Number.isNaN(mx[row])) return;
      const reach = gain / Math.abs(way);
      const [across, down] = [mx[row] * reach * (w / motion.w[row]), my[row] * reach * (h / motion.h[row])];
      arrows.push((bx + w / 2) * scale + left, (by + h / 2) * scale + top, across, down, inks[way > 0 ? 0 : 1]);
    });
  }
  for (let at = 0; at < arrows.length; at += 5) raster.halo(arrows[at], arrows[at + 1], arrows[at + 2], arrows[at + 3], halo);
  for (let at = 0; at < arrows.length; at += 5) {
    raster.arrow(arrows[at], arrows[at + 1], arrows[at + 2], arrows[at + 3], arrows[at + 4]);
  }
}
