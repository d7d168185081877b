// How players turn an encode's pictures. All is drawn as it is coded, on a canvas that is turned.

/** From what is coded to what is seen, of pictures of this size: mirrored left to right first, then quarters clockwise. */
function turnOf({ quarters, is_mirrored }, width, height) {
  const turn = new DOMMatrix([[1, 0, 0, 1, 0, 0], [0, 1, -1, 0, height, 0], [-1, 0, 0, -1, width, height], [0, -1, 1, 0, 0, width]][quarters]);
  return is_mirrored ? turn.multiply(new DOMMatrix([-1, 0, 0, 1, width, 0])) : turn;
}

/** Width and height, as they are seen or as they are coded: each from the other. */
const turnedSize = ({ quarters }, [width, height]) => (quarters % 2 ? [height, width] : [width, height]);

/** A point as shares of the coded frame, from shares of what is seen. */
function coded(turn, [x, y]) {
  const point = turnOf(turn, 1, 1).inverse().transformPoint({ x, y });
  return [point.x, point.y];
}
