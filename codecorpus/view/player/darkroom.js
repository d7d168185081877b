// A thread of its own: decodes films by WebCodecs ahead of what is shown, and makes pictures no larger than they are seen.

const AHEAD = 12;
const KEPT_SAMPLES = 2.4e7;

class Film {
  constructor(at, told, bytes) {
    Object.assign(this, { at, told, bytes });
    this.offsets = [0];
    for (const size of told.packets) this.offsets.push(this.offsets.at(-1) + size);
    this.count = told.packets.length;
    this.held = new Map(); // decoded frames
    this.waiting = new Set(); // what the decoder has yet to give
    this.next = Infinity; // the packet that goes on where the decoder is
    this.kept = Math.max(2 * AHEAD, Math.min(48, Math.floor(KEPT_SAMPLES / (told.size[0] * told.size[1]))));
    this.sent = new Map(); // widths of the pictures that the page keeps
  }

  /** Pictures of a frame and those after it, so many pixels wide; behind the last frame stands the first. */
  want(index, width, pictures) {
    Object.assign(this, { index, width });
    this.wanted = Array.from({ length: Math.min(pictures, this.count) }, (_, n) => (index + n) % this.count);
    for (const other of this.sent.keys()) if (!this.wanted.includes(other)) this.sent.delete(other);
    for (let n = 0; n < Math.min(AHEAD, this.count); n++) {
      const ahead = (index + n) % this.count;
      if (this.held.has(ahead) || this.waiting.has(ahead)) continue;
      const key = ahead - (ahead % this.told.key_every);
      const isFollowed = key <= this.next && this.next <= ahead;
      if (!isFollowed && n === 0) this.begin(); // what is under way has become useless
      this.decode(isFollowed ? this.next : key, ahead);
    }
    this.develop();
  }

  decode(first, last) {
    if (this.decoder?.state !== "configured") this.begin();
    for (let index = first; index <= last; index++) {
      const type = index % this.told.key_every ? "delta" : "key";
      const data = this.bytes.subarray(this.offsets[index], this.offsets[index + 1]);
      this.waiting.add(index);
      this.decoder.decode(new EncodedVideoChunk({ type, timestamp: index, data }));
    }
    this.next = last + 1;
    if (this.next >= this.count) this.decoder.flush().catch(() => {}); // a jump elsewhere ends it
  }

  begin() {
    if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
    const waiting = (this.waiting = new Set());
    this.next = Infinity;
    this.decoder = new VideoDecoder({
      output: (frame) => {
        waiting.delete(frame.timestamp);
        this.keep(frame);
      },
      error: (error) => postMessage({ complaint: `${this.told.codec} cannot be decoded here: ${error.message}` }),
    });
    const { codec, size } = this.told;
    this.decoder.configure({ codec, codedWidth: size[0], codedHeight: size[1], optimizeForLatency: true });
  }

  keep(frame) {
    this.held.get(frame.timestamp)?.close();
    this.held.set(frame.timestamp, frame);
    // Behind the frame that is shown, half as far as before it.
    const far = (index) => Math.min((index - this.index + this.count) % this.count, 2 * ((this.index - index + this.count) % this.count));
    while (this.held.size > this.kept) {
      const farthest = [...this.held.keys()].reduce((a, b) => (far(a) >= far(b) ? a : b));
      this.held.get(farthest).close();
      this.held.delete(farthest);
    }
    this.develop();
  }

  /** Send the pictures of what is wanted and decoded. */
  develop() {
    for (const index of this.wanted) {
      const { width, at } = this;
      const frame = this.held.get(index);
      if (!frame || this.sent.get(index) === width) continue;
      this.sent.set(index, width);
      const own = frame.clone(); // the frame may be let go meanwhile
      pictureOf(own, width).then((picture) => postMessage({ at, index, width, picture }, [picture])).finally(() => own.close());
    }
  }
}

let copies = true; // whether this browser copies frames as RGBX; not known before the first
const sheets = []; // what frames are copied to: memory that is used again is there already

/** A frame as an ImageBitmap of some width: by way of a copy, since drawing a frame is slow without a GPU. */
async function pictureOf(frame, width) {
  const full = [frame.displayWidth, frame.displayHeight];
  const size = { resizeWidth: width, resizeHeight: Math.max(1, Math.round((width * full[1]) / full[0])), resizeQuality: "low" };
  const isWhole = full[0] === frame.visibleRect?.width && full[1] === frame.visibleRect.height;
  if (copies && isWhole && frame.format !== null) {
    let sheet = sheets.pop();
    if (sheet?.width !== full[0] || sheet.height !== full[1]) sheet = new ImageData(...full);
    try {
      await frame.copyTo(sheet.data, { format: "RGBX" });
      return await createImageBitmap(sheet, size);
    } catch {
      copies = false;
    } finally {
      sheets.push(sheet);
    }
  }
  return createImageBitmap(frame, size);
}

const films = [];
onmessage = ({ data: { at, told, bytes, index, width, pictures } }) => {
  if (told) films[at] = new Film(at, told, bytes);
  else films[at].want(index, width, pictures);
};
