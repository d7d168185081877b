// Frames of an encode as pictures, which a thread of its own makes of its film; found by their index.

const DEVELOPED = 6; // the frame that is shown, and those after it
const CAN_DECODE = "VideoDecoder" in window;

/** The thread that decodes all films. */
const darkroom = (() => {
  if (!CAN_DECODE) return null;
  const script = new Blob([document.getElementById("darkroom").textContent], { type: "text/javascript" });
  const thread = new Worker(URL.createObjectURL(script));
  thread.onerror = (event) => complain(`Pictures cannot be decoded: ${event.message ?? "no thread begins"}`);
  thread.onmessage = ({ data: { complaint, at, ...developed } }) => {
    if (complaint) complain(complaint);
    else page.all[at].frames.take(developed);
  };
  return thread;
})();

class Film {
  constructor(at, told, bytes) {
    this.at = at;
    this.count = told.packets.length;
    this.size = told.size;
    this.pictures = new Map();
    this.asked = {};
    this.arrived = () => {};
    darkroom?.postMessage({ at, told, bytes }, [bytes.buffer]);
  }

  /** The frame's picture, if it is there, at best `width` pixels wide; asks for it and for those after it. */
  picture(index, width) {
    if (!darkroom || index >= this.count) return null;
    width = Math.min(this.size[0], Math.max(1, Math.round(width)));
    if (index !== this.asked.index || width !== this.asked.width) {
      this.asked = { index, width };
      for (const other of this.pictures.keys()) if (!this.isNear(other)) this.drop(other);
      darkroom.postMessage({ at: this.at, index, width, pictures: DEVELOPED });
    }
    return this.pictures.get(index) ?? null;
  }

  isNear(index) {
    return (index - this.asked.index + this.count) % this.count < DEVELOPED;
  }

  take({ index, width, picture }) {
    if (!this.isNear(index) || width !== this.asked.width) {
      picture.close();
      return;
    }
    this.drop(index);
    this.pictures.set(index, picture);
    if (index === this.asked.index) this.arrived();
  }

  drop(index) {
    this.pictures.get(index)?.close();
    this.pictures.delete(index);
  }
}
