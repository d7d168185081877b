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
    this.pixels.fill(0);
  }

  show() {
    this.context.putImageData(this.image, 0, 0, this.left, 0, this.right - this.left, this.height);
    return this.canvas;
  }

  across(x0, x1, y, colour) {
    const [from, to] = [Math.max(this.left, x0), Math.min(this.right, x1)];
    for (let row = Math.max(0, y); row < Math.min(this.height, y + this.pen); row++) {
      if (from < to) this.pixels.fill(colour, row * this.width + from, row * this.width + to);
    }
  }

  down(x, y0, y1, colour) {
    const [from, to] = [Math.max(0, y0), Math.min(this.height, y1)];
    for (let column = Math.max(this.left, x); column < Math.min(this.right, x + this.pen); column++) {
      for (let y = from; y < to; y++) this.pixels[y * this.width + column] = colour;
    }
  }

  dot(x, y, colour, pen = this.pen) {
    const [left, top] = [Math.round(x - pen / 2), Math.round(y - pen / 2)];
    for (let row = Math.max(0, top); row < Math.min(this.height, top + pen); row++) {
      for (let column = Math.max(this.left, left); column < Math.min(this.right, left + pen); column++) {
        this.pixels[row * this.width + column] = colour;
      }
    }
  }

  /** A line of `wide` pens; what lies outside is not walked. */
  line(x, y, dx, dy, colour, wide = 1) {
    const span = clipped(x - this.left, y, dx, dy, this.right - this.left, this.height);
    if (!span) return;
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(dx), Math.abs(dy))));
    for (let step = Math.floor(span[0] * steps); step <= Math.ceil(span[1] * steps); step++) {
      this.dot(x + (dx * step) / steps, y + (dy * step) / steps, colour, wide * this.pen);
    }
  }

  /** What makes an arrow stand out from what is below it. */
  halo(x, y, dx, dy, colour) {
    if (Math.hypot(dx, dy) >= 4 * this.pen) this.line(x, y, dx, dy, colour, 3);
  }

  /** A line with a head, or a dot where it is too short for one. */
  arrow(x, y, dx, dy, colour) {
    const length = Math.hypot(dx, dy);
    if (length < 2 * this.pen) {
      this.dot(x, y, (colour & 0xffffff) | 0xa0000000, this.pen);
      return;
    }
    this.line(x, y, dx, dy, colour);
    const head = Math.min(6 * this.pen, 0.7 * length);
    if (head < 3) return;
    const [ux, uy] = [dx / length, dy / length];
    for (let back = 0; back <= head; back += 0.7) {
      const half = 0.42 * back;
      for (let side = -half; side <= half; side += 0.7) {
        this.dot(x + dx - ux * back - uy * side, y + dy - uy * back + ux * side, colour, 1);
      }
    }
  }
}

/** The part of a line that may be seen, as shares of its length; null if none (Liang and Barsky). */
function clipped(x, y, dx, dy, width, height) {
  let [from, to] = [0, 1];
  for (const [step, room] of [[-dx, x + 2], [dx, width + 2 - x], [-dy, y + 2], [dy, height + 2 - y]]) {
    if (step === 0) {
      if (room < 0) return null;
    } else if (step < 0) from = Math.max(from, room / step);
    else to = Math.min(to, room / step);
  }
  return from <= to ? [from, to] : null;
}
