/** The WebGL picture: every tube is a rectangle that faces the reader, in which the round ends and the light are drawn. */
const VERTEX = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform sampler2D starts, ends, colours;
uniform usampler2D owners;
uniform mat3 turn;
uniform vec3 centre, scale;
uniform float thinnest, pixel;
out vec2 local;
out float nearness;
flat out vec3 size;
flat out vec3 tint;
ivec2 texel(int at) { return ivec2(at & 1023, at >> 10); }
void main() {
  ivec2 tube = texel(gl_VertexID >> 2);
  vec4 first = texelFetch(starts, tube, 0), second = texelFetch(ends, tube, 0);
  vec3 from = turn * (first.xyz - centre), to = turn * (second.xyz - centre);
  vec2 along = to.xy - from.xy;
  float span = length(along);
  vec2 ahead = span > 1e-6 ? along / span : vec2(1.0, 0.0);
  size = vec3(span, max(vec2(first.w, second.w), thinnest));
  bool atEnd = (gl_VertexID & 1) == 1;
  float side = (gl_VertexID & 2) == 0 ? -1.0 : 1.0;
  local = vec2(atEnd ? span + size.z + pixel : -size.y - pixel, side * (max(size.y, size.z) + pixel));
  nearness = (atEnd ? to.z : from.z) * scale.z;
  vec2 place = from.xy + ahead * local.x + vec2(-ahead.y, ahead.x) * local.y;
  gl_Position = vec4(place * scale.xy, -nearness, 1.0);
  tint = texelFetch(colours, texel(int(texelFetch(owners, tube, 0).r)), 0).rgb;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 background, scale;
uniform float pixel;
in vec2 local;
in float nearness;
flat in vec3 size;
flat in vec3 tint;
out vec4 colour;
void main() {
  float share = size.x > 1e-6 ? clamp(local.x / size.x, 0.0, 1.0) : 0.0;
  float radius = mix(size.y, size.z, share);
  float outside = length(vec2(local.x - share * size.x, local.y));
  float cover = clamp((radius - outside) / pixel + 0.5, 0.0, 1.0);
  if (cover == 0.0) discard;
  float facing = sqrt(max(0.0, 1.0 - outside * outside / (radius * radius)));
  vec3 lit = mix(tint * (0.65 + 0.35 * facing), background, clamp(-0.5 * nearness, 0.0, 0.35));
  colour = vec4(lit, cover);
  // What comes later may cover a soft edge; of tubes, the nearer surface is seen.
  gl_FragDepth = cover < 1.0 ? 1.0 : gl_FragCoord.z - 0.5 * radius * facing * scale.z;
}`;

const ACROSS = 1024; // texels of a row
const UNITS = ["starts", "ends", "owners", "colours"];
const KINDS = {
  starts: { inside: "RGBA32F", format: "RGBA", type: "FLOAT", each: 4 },
  ends: { inside: "RGBA32F", format: "RGBA", type: "FLOAT", each: 4 },
  owners: { inside: "R32UI", format: "RED_INTEGER", type: "UNSIGNED_INT", each: 1 },
  colours: { inside: "RGBA8", format: "RGBA", type: "UNSIGNED_BYTE", each: 4 },
};

class Picture {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} owners How many colours there are.
   * @param {number[]} background Its colour, from 0 to 1.
   */
  constructor(canvas, owners, background) {
    this.canvas = canvas;
    this.background = background;
    const gl = (this.gl = canvas.getContext("webgl2", { alpha: false, antialias: false }));
    if (!gl) throw new Error("This page needs WebGL 2, which this browser does not have or has switched off.");
    this.program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.program));
    gl.useProgram(this.program);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL); // soft edges are as far away as the background
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    const names = ["turn", "centre", "scale", "thinnest", "pixel", "background"];
    this.at = Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(this.program, name)]));
    gl.uniform3fv(this.at.background, background);
    for (const [unit, name] of UNITS.entries()) gl.uniform1i(gl.getUniformLocation(this.program, name), unit);
    this.colours = new Uint8Array(4 * ACROSS * Math.ceil(owners / ACROSS)).fill(255);
    this.palette = this.texture("colours", this.colours);
    this.layers = [];
  }

  /**
   * Add tubes that are drawn together.
   * @param {Float32Array} first x, y, z and radius of their starts [um].
   * @param {Float32Array} second The same of their ends.
   * @param {Uint32Array} owner Which colour each has.
   * @param {number} thinnest Their least radius [pixel].
   */
  add(first, second, owner, thinnest) {
    const gl = this.gl;
    const textures = [this.texture("starts", first), this.texture("ends", second), this.texture("owners", owner)];
    const corners = new Uint32Array(6 * owner.length).map((_, at) => 4 * Math.floor(at / 6) + [0, 1, 2, 2, 1, 3][at % 6]);
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, corners, gl.STATIC_DRAW);
    const layer = { textures, buffer, count: owner.length, thinnest, visible: true };
    this.layers.push(layer);
    return layer;
  }

  /** Numbers as a texture of 1024 columns, read by place and not smoothed. */
  texture(name, values) {
    const gl = this.gl, { inside, format, type, each } = KINDS[name];
    const rows = Math.max(1, Math.ceil(values.length / each / ACROSS));
    const padded = new values.constructor(rows * ACROSS * each);
    padded.set(values);
    const made = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + UNITS.indexOf(name));
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl[inside], ACROSS, rows);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ACROSS, rows, gl[format], gl[type], padded);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return made;
  }

  /** Take the size that the page gives the canvas. */
  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    this.gl.viewport(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Draw what the camera sees in the present `colours`. */
  draw(camera) {
    const gl = this.gl;
    gl.clearColor(...this.background, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.activeTexture(gl.TEXTURE0 + UNITS.indexOf("colours"));
    const rows = this.colours.length / 4 / ACROSS;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ACROSS, rows, gl.RGBA, gl.UNSIGNED_BYTE, this.colours);
    gl.uniformMatrix3fv(this.at.turn, true, camera.turn);
    gl.uniform3fv(this.at.centre, camera.centre);
    const perPixel = camera.perPixel;
    gl.uniform3f(this.at.scale, 2 / (camera.width * perPixel), 2 / (camera.height * perPixel), 1 / camera.reach);
    gl.uniform1f(this.at.pixel, (perPixel * camera.width) / this.canvas.width);
    for (const layer of this.layers) {
      if (!layer.visible) continue;
      gl.uniform1f(this.at.thinnest, layer.thinnest * perPixel);
      layer.textures.forEach((texture, unit) => {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_2D, texture);
      });
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, layer.buffer);
      gl.drawElements(gl.TRIANGLES, 6 * layer.count, gl.UNSIGNED_INT, 0);
    }
  }

  /** Wait until all that was drawn is there. */
  finish() {
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
  }
}

/**
 * The compartment at a place in the picture, the nearest to the reader if there are several, or -1.
 * Hundreds of thousands of tubes are looked at while the pointer moves, hence no arrays inside the loop.
 * @param {number} slack How far from a tube still counts [pixel].
 */
function pick(camera, first, second, owner, x, y, slack = 5) {
  const [a, b, c, d, e, f, g, h, i] = camera.turn, [cx, cy, cz] = camera.centre, { perPixel } = camera;
  const right = (x - camera.width / 2) * perPixel, up = (camera.height / 2 - y) * perPixel, farthest = slack * perPixel;
  let found = -1, best = Infinity;
  for (let tube = 0, k = 0; tube < owner.length; tube++, k += 4) {
    const x0 = first[k] - cx, y0 = first[k + 1] - cy, z0 = first[k + 2] - cz;
    const x1 = second[k] - first[k], y1 = second[k + 1] - first[k + 1], z1 = second[k + 2] - first[k + 2];
    const alongX = a * x1 + b * y1 + c * z1, alongY = d * x1 + e * y1 + f * z1;
    const toX = right - (a * x0 + b * y0 + c * z0), toY = up - (d * x0 + e * y0 + f * z0);
    const squared = alongX * alongX + alongY * alongY;
    const share = squared > 0 ? Math.min(1, Math.max(0, (toX * alongX + toY * alongY) / squared)) : 0;
    const offX = toX - share * alongX, offY = toY - share * alongY;
    const beside = Math.sqrt(offX * offX + offY * offY) - first[k + 3] - share * (second[k + 3] - first[k + 3]);
    if (beside > farthest) continue;
    const near = g * (x0 + share * x1) + h * (y0 + share * y1) + i * (z0 + share * z1);
    // What is under the pointer comes before what is beside it, and of that the nearest to the reader.
    const cost = Math.max(beside / perPixel, 0) * 4 * camera.reach - near;
    if (cost < best) [found, best] = [owner[tube], cost];
  }
  return found;
}
