/** Where the reader looks from: a parallel projection, so that one scale bar holds for all of the picture. */
class Camera {
  /** @param {Float32Array[]} points x, y, z and radius [um] of all that there is to see. */
  constructor(...points) {
    this.points = points;
    this.width = this.height = 1; // of the picture [pixel]
    this.face([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  }

  /** Look along an axis and see everything. @param {number[]} turn A rotation matrix, row by row. */
  face(turn) {
    this.turn = turn;
    this.centre = [0, 0, 0];
    const least = [Infinity, Infinity, Infinity], most = [-Infinity, -Infinity, -Infinity];
    for (const points of this.points) {
      for (let i = 0; i < points.length; i += 4) {
        const seen = this.turned(points[i], points[i + 1], points[i + 2]);
        for (let k = 0; k < 3; k++) {
          least[k] = Math.min(least[k], seen[k] - points[i + 3]);
          most[k] = Math.max(most[k], seen[k] + points[i + 3]);
        }
      }
    }
    const middle = least.map((low, k) => (low + most[k]) / 2);
    this.centre = this.turnedBack(...middle);
    this.extent = least.map((low, k) => Math.max(most[k] - low, 1e-3));
    this.reach = Math.hypot(...this.extent); // nothing is farther from the centre, however it turns
    this.fit();
  }

  /** Choose the scale at which everything is in the picture. */
  fit() {
    this.perPixel = 1.08 * Math.max(this.extent[0] / this.width, this.extent[1] / this.height); // [um]
  }

  /** A place [um] in the directions of the picture: right, up, towards the reader. */
  turned(x, y, z) {
    const t = this.turn, a = x - this.centre[0], b = y - this.centre[1], c = z - this.centre[2];
    return [t[0] * a + t[1] * b + t[2] * c, t[3] * a + t[4] * b + t[5] * c, t[6] * a + t[7] * b + t[8] * c];
  }

  /** The place [um] that is seen there. */
  turnedBack(right, up, near) {
    const t = this.turn;
    return [0, 1, 2].map((k) => this.centre[k] + t[k] * right + t[3 + k] * up + t[6 + k] * near);
  }

  /** Where a place [um] is in the picture [pixel], from its upper left, and how near [um]. */
  project(x, y, z) {
    const [right, up, near] = this.turned(x, y, z);
    return [this.width / 2 + right / this.perPixel, this.height / 2 - up / this.perPixel, near];
  }

  /** Turn as the pointer moved [pixel], as if it held a ball. */
  turnBy(dx, dy) {
    const a = dx * 0.008, b = dy * 0.008;
    const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
    const step = [ca, 0, sa, sb * sa, cb, -sb * ca, -cb * sa, sb, cb * ca];
    const t = this.turn;
    this.turn = step.map((_, at) => {
      const row = 3 * Math.floor(at / 3), column = at % 3;
      return step[row] * t[column] + step[row + 1] * t[3 + column] + step[row + 2] * t[6 + column];
    });
  }

  /** Move as the pointer moved [pixel]. */
  moveBy(dx, dy) {
    this.centre = this.turnedBack(-dx * this.perPixel, dy * this.perPixel, 0);
  }

  /** Come nearer by a factor, to what is at (x, y) [pixel]. */
  zoomBy(factor, x, y) {
    const dx = x - this.width / 2, dy = y - this.height / 2;
    this.moveBy(-dx, -dy);
    this.perPixel /= factor;
    this.moveBy(dx, dy);
  }
}
