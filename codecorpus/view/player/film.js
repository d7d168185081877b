// Frames of an encode, decoded as they are wanted: VP9 by WebCodecs, found by their index.

const AHEAD = 6;
const KEPT_SAMPLES = 4e7;
const DEVELOPED = 3;
const CAN_DECODE = "VideoDecoder" in window;

class Film {
  constructor(told, bytes) {
    this.told = told;
    this.bytes = bytes;
    this.offsets = [0];
    for (const size of told.packets) this.offsets.push(this.offsets.at(-1) + size);
    this.count = told.packets.length;
    this.held = new Map();
    this.next = null; // the packet that the decoder takes next; null where it wants a key
    this.last = 0;
    this.kept = Math.max(2 * AHEAD, Math.min(48, Math.floor(KEPT_SAMPLES / (told.size[0] * told.size[1]))));
    this.developed = new Map();
    this.developing = new Set();
    this.spare = [];
    this.arrived = () => {};
  }

  /** The frame, if it is decoded; asks for it if not, and for those after it. */
  at(index) {
    if (!CAN_DECODE || index >= this.count) return null;
    this.last = index;
    const ahead = Math.min(index + AHEAD, this.count - 1);
    const goesOn = this.next !== null && this.next <= ahead && index - this.next < this.told.key_every;
    if (!this.held.has(index) && !this.waiting?.has(index)) {
      const follows = goesOn && this.next <= index;
      this.decode(follows ? this.next : index - (index % this.told.key_every), ahead, !follows);
    } else if (goesOn && this.next > index) {
      this.decode(this.next, ahead, false);
    }
    this.develop(index);
    if (index + 1 < this.count) this.develop(index + 1);
    return this.developed.get(index) ?? null;
  }

  /** Make a picture of a decoded frame. */
  develop(index) {
    const frame = this.held.get(index);
    if (!frame || this.developed.has(index) || this.developing.has(index)) return;
    this.developing.add(index);
    pictureOf(frame, this.spare.pop()).then((picture) => {
      this.developing.delete(index);
      this.developed.set(index, picture);
      for (const other of this.developed.keys()) {
        if (this.developed.size <= DEVELOPED || other === this.last || other === index) continue;
        this.spare.push(this.developed.get(other));
        this.developed.delete(other);
      }
      if (index === this.last) this.arrived();
    }).catch(() => this.developing.delete(index)); // the frame was let go meanwhile: it is asked for again
  }

  decode(first, last, anew) {
    if (anew || !this.decoder) this.begin();
    for (let index = first; index <= last; index++) {
      const type = index % this.told.key_every ? "delta" : "key";
      const data = this.bytes.subarray(this.offsets[index], this.offsets[index + 1]);
      this.waiting.add(index);
      this.decoder.decode(new EncodedVideoChunk({ type, timestamp: index, data }));
    }
    this.next = last + 1;
    if (this.next >= this.count) {
      this.next = null;
      this.decoder.flush().catch(() => {}); // a jump elsewhere ends it
    }
  }

  begin() {
    this.decoder?.close();
    this.waiting = new Set();
    const waiting = this.waiting;
    this.decoder = new VideoDecoder({
      output: (frame) => {
        waiting.delete(frame.timestamp);
        this.keep(frame);
      },
      error: (error) => complain(`${this.told.codec} cannot be decoded here: ${error.message}`),
    });
    const { codec, size } = this.told;
    this.decoder.configure({ codec, codedWidth: size[0], codedHeight: size[1], optimizeForLatency: true });
  }

  keep(frame) {
    const index = frame.timestamp;
    this.held.get(index)?.close();
    this.held.set(index, frame);
    while (this.held.size > this.kept) {
      const far = [...this.held.keys()].reduce((a, b) => (Math.abs(a - this.last) >= Math.abs(b - this.last) ? a : b));
      this.held.get(far).close();
      this.held.delete(far);
    }
    if (index === this.last) this.arrived();
  }
}

/** A frame as a canvas: copied where the browser can, since drawing a frame is four times as slow without a GPU. */
async function pictureOf(frame, canvas) {
  const [width, height] = [frame.displayWidth, frame.displayHeight];
  canvas ??= Object.assign(new OffscreenCanvas(width, height), { image: new ImageData(width, height) });
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (copies !== false) {
    try {
      await frame.copyTo(canvas.image.data, { format: "RGBX" });
      copies = true;
      context.putImageData(canvas.image, 0, 0);
      return canvas;
    } catch (error) {
      if (copies || frame.format === null) throw error;
      copies = false;
    }
  }
  context.drawImage(frame, 0, 0, width, height);
  return canvas;
}

let copies; // whether this browser copies frames as RGBX; not known before the first
