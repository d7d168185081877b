// Bits by class, quantiser step and type of every frame, an encode a line; a click goes to the frame.

const CLASSES = ["residual", "motion", "mode", "header"];
const TYPE_STRIP = 5;

const lines = [];

function layTimelines() {
  lines.length = 0;
  const made = visible().map((encode) => {
    const canvas = make("canvas");
    canvas.setAttribute("aria-label", `Bits of each frame of ${encode.name}`);
    const cursor = make("i", { className: "cursor" });
    lines.push({ encode, canvas, cursor });
    const seek = (event) => {
      const index = Math.floor((event.offsetX / canvas.clientWidth) * page.frames);
      return Math.min(page.frames - 1, Math.max(0, index));
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pause();
      go(seek(event));
      element("hint").textContent = hintOf(encode, seek(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) go(seek(event));
      element("hint").textContent = hintOf(encode, seek(event));
    });
    canvas.addEventListener("pointerleave", () => (element("hint").textContent = ""));
    const dot = make("i", { className: "dot" });
    const name = make("div", { className: "name" }, dot, encode.name);
    name.style.setProperty("--own", encode.colour);
    return make("div", {}, name, make("div", { className: "line" }, canvas, cursor));
  });
  element("timelines").replaceChildren(...made);
  const keys = [...CLASSES].reverse().map((name) => [page.classes[name], `${name} bits`]);
  keys.push(["#fff", "quantiser step (log)"], ...Object.entries(TYPE_COLOURS).map(([type, colour]) => [colour, type]));
  element("classes").replaceChildren(...keys.map(([colour, text]) => keyOf(colour, text)));
  paintTimelines();
}

function keyOf(colour, text) {
  const dot = make("i", { className: "dot" });
  dot.style.setProperty("--own", colour);
  return make("span", {}, dot, text);
}

/** Bits by class of what counts to each frame: its own picture, and those before it that are never shown. */
function spent(encode) {
  if (!encode.spent) {
    encode.spent = Array.from({ length: page.frames }, () => ({ header: 0, mode: 0, motion: 0, residual: 0 }));
    encode.pictures.counts_to.forEach((index, at) => {
      if (index !== null) for (const name of CLASSES) encode.spent[index][name] += encode.pictures[`bits_${name}`][at] ?? 0;
    });
  }
  return encode.spent;
}

const total = (bits) => CLASSES.reduce((sum, name) => sum + bits[name], 0);

function hintOf(encode, index) {
  const picture = encode.picture(index);
  const bits = spent(encode)[index];
  const all = total(bits) || 1;
  const shares = [...CLASSES].reverse().map((name) => `${name} ${Math.round((100 * bits[name]) / all)} %`);
  const step = picture?.qstep == null ? "" : ` · step ${short(picture.qstep)}`;
  return `frame ${page.first + index} · ${picture?.type ?? "no picture"} · ${told(total(bits))}${step} · ${shares.join(", ")}`;
}

/** One height for all encodes: what nine in ten frames stay below, half more for the rest, which are cut. */
function ceiling() {
  const all = lines.flatMap(({ encode }) => spent(encode).map(total)).sort((a, b) => a - b);
  return Math.min(all.at(-1) ?? 1, 1.5 * (all[Math.floor(0.93 * all.length)] ?? 1)) || 1;
}

function paintTimelines() {
  const most = ceiling();
  const steps = lines.flatMap(({ encode }) => encode.pictures.qstep.filter((step) => step));
  const scale = { log: true, low: Math.min(...steps) / 1.2, high: Math.max(...steps) * 1.2 };
  for (const line of lines) {
    const { canvas, cursor, encode } = line;
    const sharp = Math.min(2, devicePixelRatio);
    canvas.width = Math.max(1, canvas.clientWidth * sharp);
    canvas.height = Math.max(1, canvas.clientHeight * sharp);
    paintBars(canvas.getContext("2d"), encode, most, scale, canvas.width, canvas.height);
    line.wide = canvas.clientWidth / page.frames;
    cursor.style.width = `${Math.max(line.wide, 2)}px`;
  }
  placeCursors();
}

function paintBars(context, encode, most, scale, width, height) {
  const wide = width / page.frames;
  const gap = wide > 4 ? 1 : 0;
  const room = height - TYPE_STRIP - 3;
  context.fillStyle = "#171a20";
  context.fillRect(0, 0, width, height);
  spent(encode).forEach((bits, index) => {
    let y = room;
    for (const name of CLASSES) {
      const tall = (bits[name] / most) * room;
      context.fillStyle = page.classes[name];
      context.fillRect(index * wide, Math.max(0, y - tall), wide - gap, Math.min(tall, y));
      y -= tall;
    }
    const picture = encode.picture(index);
    if (y < -1) { // cut: a notch tells
      context.fillStyle = "#171a20";
      context.fillRect(index * wide, 5, wide - gap, 2);
    }
    context.fillStyle = picture?.error ? "#fff" : TYPE_COLOURS[picture?.type] ?? "#2a2f38";
    context.fillRect(index * wide, height - TYPE_STRIP, wide - gap, TYPE_STRIP);
  });
  context.strokeStyle = "#fff";
  context.globalAlpha = 0.85;
  context.lineWidth = 1.4;
  context.beginPath();
  for (let index = 0; index < page.frames; index++) {
    const step = encode.picture(index)?.qstep;
    if (step) context.lineTo((index + 0.5) * wide, room * (1 - placed(scale, step)));
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Cursors are moved, not drawn: what lies below them stays as it is. */
function placeCursors() {
  for (const { cursor, wide } of lines) cursor.style.transform = `translateX(${state.index * wide}px)`;
}
