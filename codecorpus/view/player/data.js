// What the page holds: a description as JSON; of each encode, tables and film as base64.

const page = JSON.parse(document.getElementById("page").textContent);

function bytesOf(id) {
  const text = document.getElementById(id).textContent;
  return Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Numbers from their byte planes; `steps` says that each is told by its step from the one before. */
function joined(bytes, Type, rows, steps) {
  const width = Type.BYTES_PER_ELEMENT;
  const out = new Uint8Array(rows * width);
  for (let plane = 0; plane < width; plane++) {
    for (let row = 0; row < rows; row++) out[row * width + plane] = bytes[plane * rows + row];
  }
  const numbers = new Type(out.buffer);
  if (steps) for (let row = 1; row < rows; row++) numbers[row] += numbers[row - 1];
  return numbers;
}

const TYPES = { Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array };

/** Rows of a table in the order of the frames. */
class Table {
  constructor(told, bytes) {
    this.rows = told.rows;
    this.starts = told.starts;
    this.columns = new Map();
    let at = told.offset;
    for (const column of told.columns) {
      const Type = TYPES[column.type];
      const end = at + this.rows * Type.BYTES_PER_ELEMENT;
      const data = joined(bytes.subarray(at, end), Type, this.rows, column.steps);
      this.columns.set(column.name, { ...column, data });
      at = end;
    }
    this.plain = new Map();
    for (const name of ["x", "y", "w", "h", "field"]) this[name] = this.columns.get(name)?.data;
  }

  /** First row of a frame, and the one after its last. */
  span(index) {
    return [this.starts[index], this.starts[index + 1]];
  }

  value(name, row) {
    const column = this.columns.get(name);
    if (!column) return null;
    const raw = column.data[row];
    if (column.words) return column.words[raw];
    if (raw === column.nothing || Number.isNaN(raw)) return null;
    return raw / (column.fraction ?? 1);
  }

  /** A column as numbers, null as NaN; of a column that is not there, all NaN. */
  numbers(name) {
    let found = this.plain.get(name);
    if (!found) {
      found = new Float32Array(this.rows).fill(NaN);
      if (this.columns.has(name)) {
        const { data, words, nothing, fraction = 1 } = this.columns.get(name);
        const values = words && Float32Array.from(words, (word) => word ?? NaN);
        if (values) for (let row = 0; row < this.rows; row++) found[row] = values[data[row]];
        else for (let row = 0; row < this.rows; row++) found[row] = data[row] === nothing ? NaN : data[row] / fraction;
      }
      this.plain.set(name, found);
    }
    return found;
  }

  /** The number that stands for a word in the data of a column of words; -1 if none does. */
  code(name, word) {
    return this.columns.get(name)?.words.indexOf(word) ?? -1;
  }
}

/** One encode: its description, tables and film. */
class Encode {
  constructor(told, at) {
    Object.assign(this, told);
    this.at = at;
    this.colour = page.colours[at % page.colours.length];
    this.kindsOf = [-1, null];
    this.seen = turnedSize(this.turn, this.size);
  }

  async load() {
    const bytes = await inflated(bytesOf(`tables-${this.at}`));
    this.blocks = new Table(this.tables.blocks, bytes);
    this.motion = new Table(this.tables.motion, bytes);
    this.transforms = new Table(this.tables.transforms, bytes);
    const { offset, rows, columns } = this.importance;
    this.ranks = bytes.subarray(offset, offset + rows * columns * page.frames);
    this.frames = new Film(this.at, this.film, bytesOf(`film-${this.at}`));
  }

  /** The row of the coded picture that a frame shows, as an object; null if there is none. */
  picture(index) {
    const at = this.shown[index];
    if (at === null) return null;
    return Object.fromEntries(Object.entries(this.pictures).map(([name, column]) => [name, column[at]]));
  }

  /** Call `act` with every row of a frame, and its left, top, width and height in samples of the frame. */
  each(table, index, act) {
    const { left, top, sx, sy, lines } = this.places[index];
    const { x, y, w, h, field } = table;
    for (let [row, end] = table.span(index); row < end; row++) {
      let [above, tall] = [y[row], h[row]];
      if (field[row]) {
        above = lines ? 2 * above : Math.floor(above / 32) * 32 + 2 * (above % 16);
        tall *= 2;
      }
      act(row, (x[row] - left) * sx, (above - top) * sy, w[row] * sx, tall * sy);
    }
  }

  /** Samples of the frame in a row's box; of a field, those on its lines. */
  area(table, row, x, y, w, h) {
    const [width, height] = this.size;
    const inside = (Math.min(x + w, width) - Math.max(x, 0)) * (Math.min(y + h, height) - Math.max(y, 0));
    return table.field[row] ? inside / 2 : inside;
  }

  /** The first row of a table that covers a point of the frame, with its box; null if none does. */
  under(table, index, px, py) {
    let found = null;
    this.each(table, index, (row, x, y, w, h) => {
      if (!found && px >= x && px < x + w && py >= y && py < y + h) found = { row, box: [x, y, w, h] };
    });
    return found;
  }

  /** How each block of a frame is predicted: INTRA, SCREEN, or PAST, FUTURE or both. */
  kinds(index) {
    if (this.kindsOf[0] === index) return this.kindsOf[1];
    const { blocks, motion } = this;
    const [start, end] = blocks.span(index);
    const kinds = new Uint8Array(end - start);
    const block = motion.columns.get("block")?.data;
    const [dt0, dt1] = [motion.numbers("dt0"), motion.numbers("dt1")];
    for (let [row, stop] = motion.span(index); row < stop; row++) {
      for (const dt of [dt0[row], dt1[row]]) if (dt === dt) kinds[block[row]] |= dt >= 0 ? PAST : FUTURE;
    }
    for (let row = start; row < end; row++) {
      const prediction = blocks.value("prediction", row);
      if (prediction === "intra" || prediction === "pcm") kinds[row - start] = INTRA;
      else if (prediction !== "inter") kinds[row - start] = SCREEN;
      else kinds[row - start] ||= PAST;
    }
    this.kindsOf = [index, kinds];
    return kinds;
  }
}

const [PAST, FUTURE, INTRA, SCREEN] = [1, 2, 4, 8];
