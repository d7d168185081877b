// References of a frame, histograms, and rate against distortion.

function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const active = () => page.all[state.on.has(state.active) ? state.active : visible()[0].at];

/** Area by reference of a frame's prediction blocks: coded_order to share of all that is predicted. */
function used(encode, index) {
  const { motion } = encode;
  const shares = new Map();
  let all = 0;
  for (let [row, end] = motion.span(index); row < end; row++) {
    const size = area(motion, row);
    all += size;
    for (const name of ["ref0", "ref1"]) {
      const ref = motion.numbers(name)[row];
      if (!Number.isNaN(ref)) shares.set(ref, (shares.get(ref) ?? 0) + size);
    }
  }
  return new Map([...shares].map(([ref, size]) => [ref, size / all]));
}

/** The chosen picture, what it refers to (above), and what refers to it (below). */
function drawReferences() {
  const encode = active();
  const { pictures } = encode;
  const at = encode.shown[state.index];
  const box = element("references");
  if (at === null) {
    box.replaceChildren(make("p", { className: "quiet", textContent: "No picture is shown here." }));
    return;
  }
  const order = pictures.coded_order[at];
  const shares = used(encode, state.index);
  const listed = new Set([...(pictures.refs0[at] ?? []), ...(pictures.refs1[at] ?? [])].filter((ref) => ref !== null));
  const ups = [...new Set([...listed, ...shares.keys()])];
  const downs = pictures.coded_order.filter((_, other) => other !== at
    && [...(pictures.refs0[other] ?? []), ...(pictures.refs1[other] ?? [])].includes(order));
  const where = new Map(pictures.coded_order.map((coded, row) => [coded, pictures.frame[row] ?? page.first + pictures.counts_to[row] - 0.5]));
  const here = where.get(order);
  const far = Math.max(4, ...[...ups, ...downs].filter((ref) => where.has(ref)).map((ref) => Math.abs(where.get(ref) - here)));
  const reach = Math.min(far, 16) + 0.6;
  const [width, height, middle] = [316, 150, 78];
  const x = (frame) => width / 2 + ((frame - here) / reach) * (width / 2 - 12);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  const arc = (ref, side, colour, strength, dashes) => {
    const [from, to] = [x(here), x(where.get(ref))];
    const tall = Math.min(54, 14 + 0.34 * Math.abs(to - from));
    drawing.append(svg("path", { d: `M${from},${middle + 8 * side} Q${(from + to) / 2},${middle + side * (8 + 2 * tall)} ${to},${middle + 8 * side}`,
      fill: "none", stroke: colour, "stroke-width": strength, "stroke-dasharray": dashes, opacity: 0.9 }));
  };
  const within = (ref) => where.has(ref) && Math.abs(where.get(ref) - here) <= reach;
  for (const ref of ups.filter(within)) {
    const share = shares.get(ref) ?? 0;
    arc(ref, -1, css(where.get(ref) < here ? PAST_COLOUR : FUTURE_COLOUR), 1 + 6 * share, share ? "" : "2 3");
  }
  for (const ref of downs.filter(within)) arc(ref, 1, "#7d8694", 1, "");
  pictures.coded_order.forEach((coded, row) => {
    if (!within(coded)) return;
    const is = [row === at, ups.includes(coded) || downs.includes(coded)];
    const node = svg("circle", { cx: x(where.get(coded)), cy: middle, r: is[0] ? 7 : is[1] ? 5.5 : 3.5,
      fill: TYPE_COLOURS[pictures.type[row]] ?? "#7d8694", opacity: is[0] || is[1] ? 1 : 0.45,
      stroke: is[0] ? "#fff" : "none", "stroke-width": 2, class: "node" });
    node.append(svg("title", {}, `${pictures.type[row] ?? "?"}, coded ${coded}, ${pictures.frame[row] === null ? "never shown" : `frame ${pictures.frame[row]}`}`));
    if (pictures.frame[row] !== null) node.addEventListener("click", () => go(pictures.frame[row] - page.first));
    drawing.append(node);
  });
  for (const frame of [Math.ceil(here - reach), here, Math.floor(here + reach)]) {
    if (frame === here || (Math.abs(frame - here) > 2 && frame >= 0)) {
      drawing.append(svg("text", { x: x(frame), y: height - 2, "text-anchor": "middle" }, String(frame)));
    }
  }
  const beyond = [...ups, ...downs].filter((ref) => !within(ref)).length;
  const text = ups.length
    ? [...ups].filter((ref) => shares.get(ref)).sort((a, b) => shares.get(b) - shares.get(a))
      .map((ref) => `${where.has(ref) ? `frame ${Math.floor(where.get(ref))}` : `coded ${ref}`}: ${Math.round(100 * shares.get(ref))} %`).join(", ")
    : "It refers to nothing.";
  const name = make("b", { textContent: encode.name });
  name.style.color = encode.colour;
  box.replaceChildren(
    make("p", { className: "quiet" }, name, ` frame ${page.first + state.index}: refers to above, is referred to below`),
    drawing,
    make("p", { className: "quiet", textContent: `${text ? `Share of the predicted area: ${text}` : "No block refers to one."}${beyond ? ` (${beyond} beyond)` : ""}` }));
}

/** What is counted: title, the edges' names, and for each row of a table a bin, told where its picture lies, and a weight. */
const HISTOGRAMS = [
  { title: "coding blocks by size, share of the area", table: "blocks", bins: 6, name: (bin) => `${4 << bin}`,
    bin: (t, row) => Math.round(Math.log2(Math.sqrt(area(t, row)))) - 2, weigh: area },
  { title: "quantiser step, share of the area", table: "blocks", bins: 18, name: (bin) => short(2 ** ((bin - 2) / 2), 2),
    bin: (t, row) => Math.round(2 * Math.log2(t.numbers("qstep")[row])) + 2, weigh: area },
  { title: "motion, samples per frame, share of the area", table: "motion", bins: 10, name: (bin) => (bin ? `${2 ** (bin - 3)}` : "0"),
    bin: (t, row, { sx, sy }) => {
      const list = t.numbers("dt0")[row] ? 0 : 1;
      const dt = t.numbers(`dt${list}`)[row];
      if (!dt) return NaN;
      const down = t.field[row] ? 2 * sy : sy;
      const speed = Math.hypot(sx * t.numbers(`mv${list}_x`)[row], down * t.numbers(`mv${list}_y`)[row]) / Math.abs(dt);
      return speed < 0.125 ? 0 : Math.floor(Math.log2(speed)) + 4;
    }, weigh: area },
  { title: "bits by size of the coding block, share of all bits", table: "blocks", bins: 6, name: (bin) => `${4 << bin}`,
    bin: (t, row) => Math.round(Math.log2(Math.sqrt(area(t, row)))) - 2,
    weigh: (t, row) => t.numbers("bits_mode")[row] + t.numbers("bits_motion")[row] + t.numbers("bits_residual")[row] },
];

function counted(encode, { table, bins, bin, weigh }, index) {
  const rows = encode[table];
  const counts = new Float64Array(bins);
  let all = 0;
  for (let [row, end] = rows.span(index); row < end; row++) {
    const at = bin(rows, row, encode.places[index]);
    const weight = weigh(rows, row);
    if (Number.isNaN(at) || Number.isNaN(weight)) continue;
    counts[Math.min(bins - 1, Math.max(0, at))] += weight;
    all += weight;
  }
  return counts.map((count) => (all ? count / all : 0));
}

function drawHistograms() {
  const shown = visible();
  const [width, height, floor] = [316, 84, 68];
  const drawings = HISTOGRAMS.map((histogram) => {
    const counts = shown.map((encode) => counted(encode, histogram, state.index));
    const most = Math.max(0.05, ...counts.flatMap((own) => [...own]));
    const wide = width / histogram.bins;
    const bar = (wide - 4) / shown.length;
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    drawing.append(svg("path", { d: `M0,${floor + 0.5} H${width}`, stroke: "#2a2f38" }));
    counts.forEach((own, at) => own.forEach((share, bin) => {
      const tall = (share / most) * (floor - 4);
      const rect = svg("rect", { x: bin * wide + 2 + at * bar, y: floor - tall, width: Math.max(0.8, bar - 0.5), height: tall, fill: shown[at].colour });
      rect.append(svg("title", {}, `${shown[at].name}: ${(100 * share).toFixed(1)} %`));
      drawing.append(rect);
    }));
    const every = Math.ceil(histogram.bins / 10);
    for (let bin = 0; bin < histogram.bins; bin += every) {
      drawing.append(svg("text", { x: (bin + 0.5) * wide, y: height - 3, "text-anchor": "middle" }, histogram.name(bin)));
    }
    return make("div", {}, make("h3", { textContent: histogram.title }), drawing);
  });
  element("histograms").replaceChildren(make("div", { className: "charts" }, ...drawings));
}

const MEASURES = { vmaf: "VMAF", psnr_y: "luma PSNR, dB", ssim: "SSIM", xpsnr: "XPSNR, dB" };

/** Every encode of the clip as a point, the rates of one setting joined. */
function drawDistortion() {
  const measures = Object.keys(MEASURES).filter((name) => page.rates.some((point) => point[name] !== null));
  const box = element("distortion");
  if (!measures.length) {
    const rates = page.rates.map((point) => `${point.encode}: ${short(point.kbps, 4)} kb/s`);
    box.replaceChildren(make("p", { className: "quiet", textContent: "No quality was measured; a recipe's quality: [psnr, vmaf] does." }),
      ...rates.map((text) => make("p", { className: "quiet", textContent: text })));
    return;
  }
  const chartOf = (measure) => {
    const points = page.rates.filter((point) => point[measure] !== null && point.kbps);
    const [width, height] = [316, 170];
    const axis = (values, log) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const pad = log ? 1.15 : Math.max(0.06 * (high - low), 1e-3);
      return { log, low: log ? low / pad : low - pad, high: log ? high * pad : high + pad };
    };
    const [rate, quality] = [axis(points.map((p) => p.kbps), true), axis(points.map((p) => p[measure]), false)];
    const x = (p) => 34 + placed(rate, p.kbps) * (width - 44);
    const y = (p) => 8 + (1 - placed(quality, p[measure])) * (height - 34);
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    drawing.append(svg("path", { d: `M34,4 V${height - 24} H${width}`, stroke: "#2a2f38", fill: "none" }));
    for (const family of new Set(points.map((p) => p.family))) {
      const own = points.filter((p) => p.family === family).sort((a, b) => a.kbps - b.kbps);
      drawing.append(svg("path", { d: `M${own.map((p) => `${x(p)},${y(p)}`).join(" L")}`, fill: "none",
        stroke: colourOf(own[0].encode), opacity: 0.6 }));
    }
    for (const p of points) {
      const dot = svg("circle", { cx: x(p), cy: y(p), r: 4.5, fill: colourOf(p.encode) });
      dot.append(svg("title", {}, `${p.encode}: ${short(p.kbps, 4)} kb/s, ${short(p[measure], 4)}`));
      drawing.append(dot);
    }
    for (const p of [points.reduce((a, b) => (a.kbps < b.kbps ? a : b)), points.reduce((a, b) => (a.kbps > b.kbps ? a : b))]) {
      drawing.append(svg("text", { x: x(p), y: height - 10, "text-anchor": "middle" }, short(p.kbps)));
    }
    for (const value of [quality.low, (quality.low + quality.high) / 2, quality.high]) {
      drawing.append(svg("text", { x: 30, y: 12 + (1 - placed(quality, value)) * (height - 34), "text-anchor": "end" }, short(value)));
    }
    drawing.append(svg("text", { x: width, y: height, "text-anchor": "end" }, "kb/s"));
    return drawing;
  };
  const parts = measures.map((measure) => make("div", {}, make("h3", { textContent: MEASURES[measure] }), chartOf(measure)));
  box.replaceChildren(make("div", { className: "charts" }, ...parts));
}

const colourOf = (name) => page.all.find((encode) => encode.name === name)?.colour ?? "#7d8694";
