/** Turn, move, zoom and click, by mouse or by fingers. */
function followPointer(page, canvas) {
  const { camera } = page, down = new Map();
  let moved = 0;
  canvas.oncontextmenu = (event) => event.preventDefault();
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (!down.size) moved = 0;
    down.set(event.pointerId, [event.offsetX, event.offsetY]);
  };
  canvas.onpointermove = (event) => {
    const before = down.get(event.pointerId), now = [event.offsetX, event.offsetY];
    if (!before) return page.hover(...now);
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
      camera.zoomBy(apart(now) / Math.max(apart(before), 1), ...other);
      camera.moveBy(dx / 2, dy / 2);
    } else if (event.shiftKey || event.buttons === 2) camera.moveBy(dx, dy);
    else camera.turnBy(dx, dy);
    down.set(event.pointerId, now);
    page.drawSoon();
  };
  canvas.onpointercancel = (event) => down.delete(event.pointerId);
  canvas.onpointerup = (event) => {
    down.delete(event.pointerId);
    if (moved < 4 && event.button === 0) page.click(event.offsetX, event.offsetY, event.shiftKey);
  };
  canvas.onpointerleave = () => (find("tip").hidden = true);
  canvas.onwheel = (event) => {
    event.preventDefault();
    camera.zoomBy(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
    page.drawSoon();
  };
  canvas.ondblclick = () => find("xy").onclick();
}
