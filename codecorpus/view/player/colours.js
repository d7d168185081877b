// Colours: few, told apart by everyone, and even to the eye where they stand for numbers.

const TYPE_COLOURS = { I: "#ff5459", P: "#ffd666", B: "#5aa9e6" };
const LINE_COLOURS = { coding: [255, 255, 255], prediction: [255, 214, 102], transform: [80, 230, 170] };
const KIND_COLOURS = [[PAST, "from the past", [255, 176, 32]], [FUTURE, "from the future", [64, 196, 255]],
  [PAST | FUTURE, "from both", [178, 132, 255]], [INTRA, "intra", [255, 84, 89]],
  [SCREEN, "screen content", [102, 214, 122]]];
const SKIP_COLOUR = [120, 200, 160];
const [PAST_COLOUR, FUTURE_COLOUR] = [[255, 176, 32], [64, 196, 255]];
const css = (rgb) => `rgb(${rgb.join(", ")})`;

/** A colour as it lies in an ImageData's memory. */
const packed = (red, green, blue, alpha = 255) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

const ramps = new Map();

/** 256 packed colours. */
function ramp(name) {
  if (!ramps.has(name)) {
    const bytes = Uint8Array.from(atob(page.ramps[name]), (c) => c.charCodeAt(0));
    ramps.set(name, Uint32Array.from({ length: 256 }, (_, i) => packed(...bytes.subarray(3 * i, 3 * i + 3))));
  }
  return ramps.get(name);
}

/** 0 at the low end of a scale, 1 at the high end. */
function placed(scale, value) {
  const f = scale.log ? (x) => Math.log(Math.max(x, scale.low)) : (x) => x;
  return Math.min(1, Math.max(0, (f(value) - f(scale.low)) / (f(scale.high) - f(scale.low))));
}

const WHEEL_SIDE = 129;
let wheelColours = null;

/** Direction as hue, length up to 1 as strength: to the nearest of 64 steps to each side. */
function wheel(x, y) {
  const middle = (WHEEL_SIDE - 1) / 2;
  wheelColours ??= Uint32Array.from({ length: WHEEL_SIDE ** 2 },
    (_, at) => wheelColour((at % WHEEL_SIDE) / middle - 1, Math.floor(at / WHEEL_SIDE) / middle - 1));
  const inside = middle / Math.max(1, Math.sqrt(x * x + y * y));
  return wheelColours[Math.round(middle + y * inside) * WHEEL_SIDE + Math.round(middle + x * inside)];
}

/** Of even lightness at each length (Oklab). */
function wheelColour(x, y) {
  const length = Math.hypot(x, y);
  const strength = Math.min(1, length) ** 0.7;
  const [a, b] = [x, y].map((side) => (0.17 * strength * side) / Math.max(length, 1e-6));
  const light = 0.3 + 0.45 * strength;
  const [l, m, s] = [[0.3963377774, 0.2158037573], [-0.1055613458, -0.0638541728], [-0.0894841775, -1.291485548]]
    .map(([i, j]) => (light + i * a + j * b) ** 3);
  const linear = [4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s];
  return packed(...linear.map((v) => Math.min(1, Math.max(0, v)))
    .map((v) => Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055))));
}
