// Lines and arrows in memory: thousands a frame, which a canvas's paths are too slow for.

class Raster {
  /** `pen` is how wide lines are, in pixels. */
  constructor(width, height, pen) {
    Object.assign(this, { width, height, pen });
    this.canvas = new OffscreenCanvas(Math.max(1, width), Math.max(1, height));
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Begin anew; only what lies from `left` to `right` is going to be drawn. */
  clear(left, right) {
    Object.assign(this, { left, right });
    if (right - left === this.width) this.pixels.fill(0);
    else for (let at = 0; at < this.pixels.length; at += this.width) this.pixels.fill(0, at + left, at + right);
  }

  show() {
    this.context.putImageData(this.image, 0, 0, this.left, 0, this.right - this.left, this.height);
    return this.canvas;
  }

  across(x0, x1, y, colour, pen = this.pen) {
    const [from, to] = [Math.max(this.left, x0), Math.min(this.right, x1)];
    for (let row = Math.max(0, y); row < Math.min(this.height, y + pen); row++) {
      if (from < to) this.pixels.fill(colour, row * this.width + from, row * this.width + to);
    }
  }

  down(x, y0, y1, colour) {
    const [from, to] = [Math.max(0, y0), Math.min(this.height, y1)];
    for (let column = Math.max(this.left, x); column < Math.min(this.right, x + this.pen); column++) {
      for (let y = from; y < to; y++) this.pixels[y * this.width + column] = colour;
    }
  }

  dot(x, y, colour) {
    const [left, top] = [Math.round(x - this.pen / 2), Math.round(y - this.pen / 2)];
    for (let row = top; row < top + this.pen; row++) this.across(left, left + this.pen, row, colour, 1);
  }

  /** A line so many pixels wide: a step for each pixel of its longer side; what lies outside is not walked. */
  line(x, y, dx, dy, colour, wide) {
    const { pixels, width, height, left, right } = this;
    const span = clipped(x - left, y, dx, dy, right - left, height);
    if (!span) return;
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(dx), Math.abs(dy))));
    const [sx, sy] = [dx / steps, dy / steps];
    const half = (wide - 1) / 2;
    const beyond = Math.floor(half); // so far it reaches over its ends, as over its sides
    const isFlat = Math.abs(dx) >= Math.abs(dy);
    const end = Math.ceil(span[1] * steps) + beyond;
    for (let step = Math.floor(span[0] * steps) - beyond; step <= end; step++) {
      const column = Math.floor(x + sx * step - (isFlat ? 0 : half));
      const row = Math.floor(y + sy * step - (isFlat ? half : 0));
      if (isFlat) {
        if (column < left || column >= right) continue;
        const stop = Math.min(height, row + wide) * width;
        for (let at = Math.max(0, row) * width; at < stop; at += width) pixels[at + column] = colour;
      } else {
        if (row < 0 || row >= height) continue;
        const stop = row * width + Math.min(right, column + wide);
        for (let at = row * width + Math.max(left, column); at < stop; at++) pixels[at] = colour;
      }
    }
  }

  /** What makes an arrow stand out from what is below it. */
  halo(x, y, dx, dy, colour) {
    if (dx * dx + dy * dy >= 16 * this.pen * this.pen) this.line(x, y, dx, dy, colour, 3 * this.pen);
  }

  /** A line with a head, or a dot where it is too short for one. */
  arrow(x, y, dx, dy, colour) {
    const length = Math.sqrt(dx * dx + dy * dy); // Math.hypot is many times slower
    if (length < 2 * this.pen) {
      this.dot(x, y, (colour & 0xffffff) | 0xa0000000);
      return;
    }
    this.line(x, y, dx, dy, colour, this.pen);
    const head = Math.round(Math.min(6 * this.pen, 0.7 * length));
    if (head < 3) return;
    const { pixels, width, height, left, right } = this;
    const [column, row] = [Math.floor(x + dx), Math.floor(y + dy)];
    const places = headOf(dx, dy, head);
    for (let at = 0; at < places.length; at += 2) {
      const [i, j] = [column + places[at], row + places[at + 1]];
      if (i >= left && i < right && j >= 0 && j < height) pixels[j * width + i] = colour;
    }
  }
}

const HEAD_WAYS = 64;
const heads = new Map();

/** Columns and rows, from its tip, of what an arrow's head covers that is so many pixels long. */
function headOf(dx, dy, length) {
  const way = Math.round((Math.atan2(dy, dx) / (2 * Math.PI)) * HEAD_WAYS) & (HEAD_WAYS - 1);
  const key = length * HEAD_WAYS + way;
  if (!heads.has(key)) {
    const angle = (way / HEAD_WAYS) * 2 * Math.PI;
    const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
    const places = [];
    for (let row = -length; row <= length; row++) {
      for (let column = -length; column <= length; column++) {
        const back = -column * ux - row * uy;
        const side = Math.abs(row * ux - column * uy);
        if (back >= 0 && back <= length && side <= 0.42 * back + 0.35) places.push(column, row);
      }
    }
    heads.set(key, Int8Array.from(places));
  }
  return heads.get(key);
}

const WHOLE = [0, 1];

/** The part of a line that may be seen, as shares of its length; null if none (Liang and Barsky). */
function clipped(x, y, dx, dy, width, height) {
  const isInside = (at, room) => at >= 0 && at <= room;
  if (isInside(x, width) && isInside(y, height) && isInside(x + dx, width) && isInside(y + dy, height)) return WHOLE;
  let [from, to] = [0, 1];
  for (const [step, room] of [[-dx, x + 2], [dx, width + 2 - x], [-dy, y + 2], [dy, height + 2 - y]]) {
    if (step === 0) {
      if (room < 0) return null;
    } else if (step < 0) from = Math.max(from, room / step);
    else to = Math.min(to, room / step);
  }
  return from <= to ? [from, to] : null;
}
