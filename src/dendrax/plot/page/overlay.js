/** Scale bar, axes and rings around what is selected. */
function drawOverlay({ camera, scene, selected }, colourOf) {
  const most = (camera.width / 5) * camera.perPixel, power = 10 ** Math.floor(Math.log10(most));
  const size = power * [5, 2, 1].find((one) => one * power <= most);
  find("scalebar").style.width = `${size / camera.perPixel}px`;
  find("scale").textContent = size < 1 ? `${short(size * 1000)} nm` : `${short(size)} µm`;
  [0, 1, 2].forEach((axis) => {
    const [x, y] = [26 * camera.turn[axis], -26 * camera.turn[3 + axis]];
    const [line, text] = find("axes").children[axis].children;
    line.setAttribute("x2", x);
    line.setAttribute("y2", y);
    text.setAttribute("x", 1.35 * x);
    text.setAttribute("y", 1.35 * y);
  });
  const rings = find("rings");
  while (rings.children.length > selected.length) rings.lastChild.remove();
  selected.forEach((comp, place) => {
    const ring = rings.children[place] || rings.appendChild(document.createElementNS(rings.namespaceURI, "circle"));
    const [x, y] = camera.project(...scene.place.subarray(3 * comp, 3 * comp + 3));
    for (const [name, value] of Object.entries({ cx: x, cy: y, r: 9, stroke: colourOf(place) })) ring.setAttribute(name, value);
  });
}
