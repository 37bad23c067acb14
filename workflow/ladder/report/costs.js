"use strict";
// Draws the error rate of each rung without a mark against its training seconds, from the rows of the table below it.
(() => {
  const figure = document.getElementById("cost-chart");
  if (!figure) return; // a single rung has no other to be compared with
  const card = figure.querySelector(".card");
  const KEYS = ["seconds", "least", "most", "error", "low", "high"];
  const rungs = [...document.querySelectorAll("#cost-table tbody tr:not([data-marked])")].map((row) => ({
    name: row.cells[0].textContent,
    title: `${row.cells[0].textContent}: ${row.cells[1].textContent} s, ${row.cells[3].textContent}`,
    frontier: "frontier" in row.dataset,
    baseline: "baseline" in row.dataset,
    ...Object.fromEntries(KEYS.map((key) => [key, Number(row.dataset[key])])),
  }));
  const MARGIN = { left: 46, right: 12, top: 26, bottom: 40 };
  const DOT = 5; // from the middle of a dot to its edge
  const LINE = 15; // height of a label

  function element(parent, name, attributes, text = "") {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return parent.appendChild(made);
  }

  // A logarithmic scale that has room beyond all values, with ticks at 1, 2, 5 or, where they would not fit (`gap`
  // pixels each), at powers of ten.
  function scale(values, from, to, gap) {
    const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
    const room = 0.06 * (high - low) + 0.08;
    const at = (value) => from + ((Math.log10(value) - low + room) / (high - low + 2 * room)) * (to - from);
    const powers = Array.from({ length: 24 }, (_, number) => number - 12);
    const ticks = (steps) =>
      powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
        .filter((value) => (at(value) - from) * (to - at(value)) >= 0);
    return { at, ticks: ticks([1, 2, 5]).length * gap <= Math.abs(to - from) ? ticks([1, 2, 5]) : ticks([1]) };
  }

  // --- Labels. A box is {x, y, w, h}.

  const along = (a, b, start, size) =>
    Math.max(0, Math.min(a[start] + a[size], b[start] + b[size]) - Math.max(a[start], b[start]));
  const overlap = (a, b) => along(a, b, "x", "w") * along(a, b, "y", "h");
  const around = (x, y, size) => ({ x: x - size, y: y - size, w: 2 * size, h: 2 * size });
  const nearest = (box, { x, y }) => ({
    x: Math.min(Math.max(x, box.x), box.x + box.w),
    y: Math.min(Math.max(y, box.y), box.y + box.h),
  });
  const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

  // Rates a place for the label of `dot`: worse if far away, out of the frame, across other labels, nearer to another dot.
  function badness(box, dot, dots, lines, labels, frame) {
    const covered = (boxes, each) => boxes.reduce((sum, other) => sum + each * overlap(box, other), 0);
    const end = nearest(box, dot);
    const distance = apart(dot, end);
    const others = dots.filter((other) => other !== dot);
    const way = [0.25, 0.5, 0.75]
      .map((part) => around(dot.x + part * (end.x - dot.x), dot.y + part * (end.y - dot.y), 1));
    const crossed = [...labels, ...others.map((other) => around(other.x, other.y, DOT))]
      .filter((other) => way.some((step) => overlap(step, other))).length;
    const mistaken = others.filter((other) => apart(other, nearest(box, other)) <= Math.min(distance, 30)).length;
    const shares = 40 * (box.w * box.h - overlap(box, frame)) + covered(labels, 40) + covered(lines, 0.5);
    return shares + covered(dots.map(({ x, y }) => around(x, y, DOT)), 5) + distance + 40 * crossed + 8 * mistaken;
  }

  function places(dot, w) {
    const boxes = [];
    for (let distance = DOT + 4; distance < 120; distance += 8) {
      for (let turn = 0; turn < 16; turn++) {
        const [cos, sin] = [Math.cos((turn * Math.PI) / 8), Math.sin((turn * Math.PI) / 8)];
        const x = dot.x + cos * distance - (w * (1 - cos)) / 2;
        boxes.push({ x, y: dot.y - sin * distance - (LINE * (1 + sin)) / 2, w, h: LINE });
      }
    }
    return boxes;
  }

  // One label after the other takes its best place, in four rounds: the first labels did not know of the last.
  function placed(dots, widths, lines, frame) {
    const choices = dots.map((dot, number) => places(dot, widths[number]));
    const boxes = new Map();
    for (let round = 0; round < 4; round++) {
      dots.forEach((dot, number) => {
        boxes.delete(dot);
        const costs = choices[number].map((box) => badness(box, dot, dots, lines, [...boxes.values()], frame));
        boxes.set(dot, choices[number][costs.indexOf(Math.min(...costs))]);
      });
    }
    return dots.map((dot) => boxes.get(dot));
  }

  function drawNames(svg, dots, lines, frame) {
    const texts = rungs.map((rung) => element(svg, "text", { class: "name" }, rung.name));
    const widths = texts.map((text) => text.getComputedTextLength() + 4);
    placed(dots, widths, lines, frame).forEach((box, number) => {
      texts[number].setAttribute("x", box.x + 2);
      texts[number].setAttribute("y", box.y + 0.75 * LINE);
      const [dot, end] = [dots[number], nearest(box, dots[number])];
      if (apart(dot, end) < 3 * DOT) return;
      svg.insertBefore(element(svg, "line", { class: "leader", x1: dot.x, y1: dot.y, x2: end.x, y2: end.y }), texts[0]);
    });
  }

  // --- The chart.

  function drawAxes(svg, x, y, frame, width, height) {
    const [right, bottom] = [frame.x + frame.w, frame.y + frame.h];
    for (const value of x.ticks) {
      element(svg, "path", { class: "grid", d: `M${x.at(value)} ${frame.y}V${bottom}` });
      const text = value.toLocaleString("en", { maximumSignificantDigits: 3 });
      element(svg, "text", { x: x.at(value), y: bottom + 15, "text-anchor": "middle" }, text);
    }
    for (const value of y.ticks) {
      element(svg, "path", { class: "grid", d: `M${frame.x} ${y.at(value)}H${right}` });
      const text = `${Number((100 * value).toPrecision(3))}%`;
      element(svg, "text", { x: frame.x - 5, y: y.at(value) + 4, "text-anchor": "end" }, text);
    }
    element(svg, "text", { x: 0, y: 12 }, "error rate on the validation images");
    element(svg, "text", { x: right, y: height - 6, "text-anchor": "end" }, "training seconds a seed");
  }

  // Lines from point to point, each either level or upright; returns them as thin boxes that a label keeps away from.
  function drawLine(svg, kind, points) {
    const [start, ...rest] = points;
    element(svg, "path", { class: kind, d: `M${start}${rest.map((point) => `L${point}`).join("")}` });
    return rest.map(([x, y], number) => {
      const [oldX, oldY] = points[number];
      return { x: Math.min(x, oldX) - 1, y: Math.min(y, oldY) - 1, w: Math.abs(x - oldX) + 2, h: Math.abs(y - oldY) + 2 };
    });
  }

  function drawDot(svg, rung, x, y) {
    const kind = rung.frontier ? "dot front" : "dot";
    const dot = rung.baseline
      ? element(svg, "rect", { class: kind, x: x - 4, y: y - 4, width: 8, height: 8 })
      : element(svg, "circle", { class: kind, cx: x, cy: y, r: 4.5 });
    element(dot, "title", {}, rung.title);
    return { x, y };
  }

  function draw(width) {
    const height = Math.round(Math.min(Math.max(0.5 * width, 440), 500));
    const svg = element(card, "svg", { viewBox: `0 0 ${width} ${height}`, width, height });
    const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
    const frame = { x: MARGIN.left, y: MARGIN.top, w: right - MARGIN.left, h: bottom - MARGIN.top };
    const x = scale(rungs.flatMap((rung) => [rung.least, rung.most]), frame.x, right, 45);
    const y = scale(rungs.flatMap((rung) => [rung.low, rung.high]), bottom, frame.y, 28);
    drawAxes(svg, x, y, frame, width, height);

    // The frontier has steps: between two rungs no training is better than that of the faster one.
    const front = rungs.filter((rung) => rung.frontier).sort((a, b) => a.seconds - b.seconds);
    const steps = [[x.at(front[0].seconds), frame.y]];
    for (const rung of front) steps.push([x.at(rung.seconds), steps.at(-1)[1]], [x.at(rung.seconds), y.at(rung.error)]);
    const lines = drawLine(svg, "frontier", [...steps, [right, steps.at(-1)[1]]]);

    for (const rung of rungs) {
      const [across, up] = [x.at(rung.seconds), y.at(rung.error)];
      lines.push(...drawLine(svg, "spread", [[x.at(rung.least), up], [x.at(rung.most), up]]));
      lines.push(...drawLine(svg, "spread", [[across, y.at(rung.low)], [across, y.at(rung.high)]]));
    }
    const dots = rungs.map((rung) => drawDot(svg, rung, x.at(rung.seconds), y.at(rung.error)));
    drawNames(svg, dots, lines, frame);
  }

  let drawn = 0;
  function show(width) {
    if (width === drawn || width <= 0) return;
    drawn = width;
    card.replaceChildren();
    draw(width);
  }

  figure.hidden = false;
  new ResizeObserver(([entry]) => show(Math.floor(entry.contentRect.width))).observe(card);
  // Paper has a width of its own, and no observer tells it.
  addEventListener("beforeprint", () => show(680));
  addEventListener("afterprint", () => show(Math.floor(card.clientWidth - 2 * parseFloat(getComputedStyle(card).paddingLeft))));
})();
