// The rows at the chosen point, an encode a column: native values and those on the common scale, with units.

/** What covers the chosen point: a block, and what of its motion and transforms lies there. */
function chosen(encode, index) {
  const [x, y] = coded(encode.turn, state.point).map((share, axis) => share * encode.size[axis]);
  if (!encode.places[index]) return {};
  const at = (table) => encode.under(encode[table], index, x, y);
  return { blocks: at("blocks"), motion: at("motion"), transforms: at("transforms") };
}

const area = (table, row) => table.w[row] * table.h[row];
const sum = (table, row, names) => names.reduce((all, name) => all + (table.value(name, row) ?? 0), 0);

/** What is worked out from a row and its box: name, unit, meaning, value. */
const DERIVED = {
  blocks: [
    ["bits", "bits", "of all classes", ({ blocks }, row) => sum(blocks, row, ["bits_mode", "bits_motion", "bits_residual"])],
    ["bits per sample", "bits", "bits of all classes over the block's area in the frame", (encode, row, box) => HEAT_VALUES.bits(encode)(row, ...box)],
    ["energy per sample", "(8-bit sample)²", "residual energy over the block's area in the frame", (encode, row, box) => HEAT_VALUES.energy(encode)(row, ...box)],
  ],
  motion: ["0", "1"].flatMap((list) => ["x", "y"].map((axis) => [`velocity${list}_${axis}`, "samples / frame",
    "vector over reference distance, in samples of the frame: the scale that all codecs share", ({ motion }, row, [, , w, h]) => {
      const dt = motion.value(`dt${list}`, row);
      const stretch = axis === "x" ? w / motion.w[row] : h / motion.h[row];
      return dt ? (motion.value(`mv${list}_${axis}`, row) / dt) * stretch : null;
    }])),
  transforms: [],
};

const TITLES = { blocks: "Coding block", motion: "Prediction block", transforms: "Luma transform block" };

function inspect() {
  const box = element("block");
  if (!state.point) {
    box.replaceChildren(make("p", { className: "quiet", textContent: "Click a block to read its rows." }));
    return;
  }
  const found = visible().map((encode) => [encode, chosen(encode, state.index)]);
  // Tables stand side by side where a column of every encode fits.
  box.style.setProperty("--least", `${170 + 125 * found.length}px`);
  const parts = Object.keys(TITLES).map((table) => rowsOf(table, found.map(([encode, at]) => [encode, at[table]?.row, at[table]?.box])));
  const [coding, ...others] = parts.filter((part) => part !== null);
  box.replaceChildren(...(coding ? [coding, make("div", {}, ...others)]
    : [make("p", { className: "quiet", textContent: "No encode has a block there in this frame." })]));
}

/** A table's rows of some encodes side by side; null where none has one. */
function rowsOf(table, found) {
  if (found.every(([, row]) => row === undefined)) return null;
  const names = found.map(([encode]) => {
    const name = make("th", { textContent: encode.name });
    name.style.color = encode.colour;
    return name;
  });
  const lines = [make("tr", { className: "head" }, make("th", { textContent: TITLES[table] }), ...names)];
  const line = (name, unit, meaning, valueOf) => {
    const values = found.map(([encode, row, box]) => (row === undefined ? null : valueOf(encode, row, box)));
    if (values.every((value) => value === null)) return;
    const label = make("td", { title: meaning }, name, unit ? make("span", { className: "unit", textContent: `  ${unit}` }) : null);
    lines.push(make("tr", {}, label, ...values.map((value) => make("td", { textContent: said(value) }))));
  };
  line("place", "luma samples", "left and top edge in the coded picture", ({ [table]: t }, row) => `${t.value("x", row)}, ${t.value("y", row)}`);
  line("size", "luma samples", "width and height", ({ [table]: t }, row) => `${t.value("w", row)} × ${t.value("h", row)}`);
  for (const { name, unit, meaning } of page.columns[table]) {
    if (TOLD_ELSEWHERE.has(name) || (name === "block" && table !== "blocks")) continue;
    line(name, unit, meaning, (encode, row) => encode[table].value(name, row));
  }
  if (found.some(([encode, row]) => row !== undefined && encode[table].value("field", row))) {
    line("field", "", "0 frame, 1 top field, 2 bottom field", (encode, row) => encode[table].value("field", row));
  }
  for (const [name, unit, meaning, derive] of DERIVED[table]) line(name, unit, meaning, derive);
  if (table === "blocks") line("importance", "", page.heats.importance.meaning, (encode) => rankAt(encode, state.index));
  return make("div", {}, make("table", {}, make("tbody", {}, ...lines)));
}

const TOLD_ELSEWHERE = new Set(["x", "y", "w", "h", "field"]);

function said(value) {
  if (value === null || Number.isNaN(value)) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" && !Number.isInteger(value) ? String(+value.toPrecision(5)) : String(value);
}

function rankAt(encode, index) {
  const { rows, columns, cell, nothing } = encode.importance;
  const [x, y] = coded(encode.turn, state.point).map((share, axis) => Math.floor((share * encode.size[axis]) / cell));
  const rank = encode.ranks[index * rows * columns + y * columns + x];
  return rank === nothing || rank === undefined ? null : rank / (nothing - 1);
}

function choose(point, encode) {
  const inside = point.every((share) => share >= 0 && share < 1);
  state.point = inside ? point : null;
  state.active = encode.at;
  state.stale = true;
  refresh();
}
