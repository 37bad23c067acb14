// Draw an image, and the models of the study classify it. The JSON of #models holds the models (export.py).
"use strict";
(() => {
  const PEN = 24; // pixels: wide enough that a digit of most of the height has strokes as thick as MNIST's
  const IN_BOX = 20 / 28; // MNIST's digits fill 20 pixels of 28
  const MIDDLE = 14.5 / 28; // where their centre of mass lies, give or take half a pixel

  const page = JSON.parse(document.getElementById("models").textContent);
  const [height, width] = page.shape;
  const models = new Map(page.models.map((model) => [model.name, { ...model, layers: model.layers.map(decoded) }]));

  // --- Models: as torch computes them, with sums in float64 and float32 between the layers.

  function decoded(layer) {
    const floats = (text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const view = new DataView(bytes.buffer);
      return Float32Array.from({ length: bytes.length / 4 }, (_, number) => view.getFloat32(4 * number, true));
    };
    return "weight" in layer ? { ...layer, weight: floats(layer.weight), bias: floats(layer.bias) } : layer;
  }

  // An activation is {values, shape: [channels, height, width]}; after a linear layer its shape has no meaning any more.
  const LAYERS = {
    flatten: (layer, x) => x,
    relu: (layer, x) => ({ ...x, values: x.values.map((value) => Math.max(value, 0)) }),
    linear: ({ weight, bias, shape: [outs, ins] }, x) => {
      const values = new Float32Array(outs);
      for (let out = 0; out < outs; out++) {
        let sum = bias[out];
        for (let i = 0; i < ins; i++) sum += weight[out * ins + i] * x.values[i];
        values[out] = sum;
      }
      return { values, shape: [outs] };
    },
    conv: ({ weight, bias, shape: [outs, ins, rows, columns], stride, padding }, x) => {
      const [, high, wide] = x.shape;
      const tall = Math.floor((high + 2 * padding[0] - rows) / stride[0]) + 1;
      const broad = Math.floor((wide + 2 * padding[1] - columns) / stride[1]) + 1;
      const values = new Float32Array(outs * tall * broad);
      let place = 0;
      for (let out = 0; out < outs; out++) {
        for (let i = 0; i < tall; i++) {
          for (let j = 0; j < broad; j++) {
            let sum = bias[out];
            for (let channel = 0; channel < ins; channel++) {
              for (let row = 0; row < rows; row++) {
                const y = i * stride[0] - padding[0] + row;
                if (y < 0 || y >= high) continue; // padding is zeros
                const pixels = (channel * high + y) * wide;
                const weights = ((out * ins + channel) * rows + row) * columns;
                for (let column = 0; column < columns; column++) {
                  const at = j * stride[1] - padding[1] + column;
                  if (at >= 0 && at < wide) sum += weight[weights + column] * x.values[pixels + at];
                }
              }
            }
            values[place++] = sum;
          }
        }
      }
      return { values, shape: [outs, tall, broad] };
    },
  };

  // Scores of the classes for an image of height x width pixels in 0..255, row by row.
  function scores(name, pixels) {
    const { layers, activation } = models.get(name);
    let x = { values: Float32Array.from(pixels, (pixel) => (pixel - page.offset) / 255), shape: [1, height, width] };
    for (const layer of layers) x = LAYERS[layer.kind](layer, x);
    return scoresOf(Array.from(x.values), activation);
  }

  // The same as scores_of in formats/scores.py.
  function scoresOf(outputs, activation) {
    const logSigmoid = (z) => Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
    const [z] = outputs;
    if (activation === "identity") return outputs.length === 1 ? [z, 1 - z] : outputs;
    if (outputs.length === 1) return [Math.exp(logSigmoid(z)), Math.exp(logSigmoid(-z))];
    const logarithms = activation === "softmax" ? outputs : outputs.map(logSigmoid);
    const highest = Math.max(...logarithms);
    const shifted = logarithms.map((value) => Math.exp(value - highest));
    const sum = shifted.reduce((a, b) => a + b);
    return shifted.map((value) => value / sum);
  }

  // --- Drawing: ink is the opacity of a canvas, so that its edges are smooth.

  const canvas = document.getElementById("try-ink");
  const [WIDE, HIGH] = [canvas.width, canvas.height]; // pixels of the drawing, whatever size it is shown in

  class Ink {
    constructor(canvas) {
      [canvas.width, canvas.height] = [WIDE, HIGH];
      this.context = canvas.getContext("2d", { willReadFrequently: true });
      Object.assign(this.context, { lineWidth: PEN, lineCap: "round", strokeStyle: "#ffffff", fillStyle: "#ffffff" });
    }

    clear() {
      this.context.clearRect(0, 0, WIDE, HIGH);
    }

    // A point is [x, y], each from 0 to 1.
    dot([x, y]) {
      this.context.beginPath();
      this.context.arc(x * WIDE, y * HIGH, PEN / 2, 0, 2 * Math.PI);
      this.context.fill();
    }

    line(from, to) {
      this.context.beginPath();
      this.context.moveTo(from[0] * WIDE, from[1] * HIGH);
      this.context.lineTo(to[0] * WIDE, to[1] * HIGH);
      this.context.stroke();
    }

    // Strokes are lists of points.
    draw(strokes) {
      for (const points of strokes) {
        this.dot(points[0]);
        for (let i = 1; i < points.length; i++) this.line(points[i - 1], points[i]);
      }
    }

    // Opacities in 0..255, row by row.
    values() {
      return this.context.getImageData(0, 0, WIDE, HIGH).data.filter((_, number) => number % 4 === 3);
    }
  }

  // --- Preprocessing: the whole area, or as MNIST's digits were made, in proportion where images have another size.

  // The image as the models see it, in 0..255, or null where there is no ink.
  function imageOf(ink) {
    const box = boundingBox(ink);
    if (box === null) return null;
    return canvas.dataset.prepared === "mnist" ? asMnist(ink, box) : whole(ink);
  }

  function whole(ink) {
    const box = { left: 0, top: 0, wide: WIDE, high: HIGH };
    return Uint8Array.from(scaled(ink, box, width / WIDE, height / HIGH).values, Math.round);
  }

  function asMnist(ink, box) {
    const scale = Math.min((IN_BOX * width) / box.wide, (IN_BOX * height) / box.high);
    const small = scaled(ink, box, scale, scale);
    let [sum, x, y] = [0, 0, 0];
    small.values.forEach((value, place) => {
      sum += value;
      x += value * (place % small.wide);
      y += value * Math.floor(place / small.wide);
    });
    // Shifts are whole pixels; -0.5 since a pixel's number is that of its upper left corner, not of its middle.
    const right = Math.round(MIDDLE * width - 0.5 - x / sum);
    const down = Math.round(MIDDLE * height - 0.5 - y / sum);
    const image = new Uint8Array(width * height);
    small.values.forEach((value, place) => {
      const column = (place % small.wide) + right;
      const row = Math.floor(place / small.wide) + down;
      if (column >= 0 && column < width && row >= 0 && row < height) image[row * width + column] = Math.round(value);
    });
    return image;
  }

  function boundingBox(ink) {
    let [left, top, right, bottom] = [WIDE, HIGH, -1, -1];
    for (let y = 0; y < HIGH; y++) {
      for (let x = 0; x < WIDE; x++) {
        if (ink[y * WIDE + x] === 0) continue;
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = y;
      }
    }
    return right < 0 ? null : { left, top, wide: right - left + 1, high: bottom - top + 1 };
  }

  // The part of the ink in the box, each new pixel the mean of the area that it covers.
  function scaled(ink, { left, top, wide, high }, across, down) {
    const cells = (length) => Math.max(1, Math.ceil(length - 1e-9)); // 20, not 21 for 20.000000001
    const small = { wide: cells(wide * across), high: cells(high * down) };
    const common = (cell, from, to) => Math.min(cell + 1, to) - Math.max(cell, from);
    small.values = new Float32Array(small.wide * small.high);
    for (let place = 0; place < small.values.length; place++) {
      const [i, j] = [Math.floor(place / small.wide), place % small.wide];
      const [y0, y1] = [i / down, Math.min((i + 1) / down, high)];
      const [x0, x1] = [j / across, Math.min((j + 1) / across, wide)];
      let sum = 0;
      for (let y = Math.floor(y0); y < y1; y++) {
        for (let x = Math.floor(x0); x < x1; x++) {
          sum += ink[(top + y) * WIDE + left + x] * common(y, y0, y1) * common(x, x0, x1);
        }
      }
      small.values[place] = sum * across * down;
    }
    return small;
  }

  // --- The page.

  const says = document.getElementById("try-says");
  const ink = new Ink(canvas);
  const seen = Object.assign(document.getElementById("try-seen"), { width, height }).getContext("2d");
  const rows = new Map(page.models.map(({ name }) => [name, rowsOf(name)]));
  let pen = null; // where a stroke is being drawn
  let waiting = false;

  function rowsOf(name) {
    const table = [...document.querySelectorAll("#try [data-model]")].find((element) => element.dataset.model === name);
    return [...table.rows].map((row) => ({ row, bar: row.querySelector("div"), score: row.cells[2], name: row.querySelector("bdi") }));
  }

  function written(name, score) {
    return models.get(name).activation === "identity" ? score.toFixed(2) : `${(100 * score).toFixed(1)}%`;
  }

  // The classes of a table's rows: all in their order, or, of too many, the ones with the highest scores.
  function listed(shown, values) {
    const all = page.classes.map((_, number) => number);
    if (shown.length === all.length || !values) return all.slice(0, shown.length);
    return all.sort((a, b) => values[b] - values[a]).slice(0, shown.length);
  }

  // Classify the drawing, show it, and return the models' answers: each the text before a class, the class, the text after.
  function update() {
    const image = imageOf(ink.values());
    showImage(image);
    const answers = [];
    for (const [name, shown] of rows) {
      const values = image && scores(name, image);
      const best = values && values.indexOf(Math.max(...values));
      const numbers = listed(shown, values);
      shown.forEach(({ row, bar, score, name: title }, place) => {
        const number = numbers[place];
        if (shown.length < page.classes.length) title.textContent = values ? page.classes[number] : "–";
        row.classList.toggle("chosen", number === best);
        bar.style.width = values ? `${100 * Math.min(Math.max(values[number], 0), 1)}%` : "0";
        score.textContent = values ? written(name, values[number]) : "–";
      });
      if (values) answers.push([`${name}: `, page.classes[best], ` (${written(name, values[best])})`]);
    }
    return answers;
  }

  function showImage(image) {
    const shown = seen.createImageData(width, height);
    for (let i = 0; i < width * height; i++) shown.data.set([...Array(3).fill(image ? image[i] : 0), 255], 4 * i);
    seen.putImageData(shown, 0, 0);
  }

  // Runs only after a stroke: a screen reader could not follow each point of it.
  function announce() {
    const answers = update().map(([before, best, after]) => {
      const name = document.createElement("bdi"); // a name may be written from right to left
      name.textContent = best;
      return [before, name, after];
    });
    says.replaceChildren(...(answers.length ? answers : [["Nothing is drawn yet."]]).flatMap((answer, number) => (number ? [", ", ...answer] : answer)));
  }

  function updateSoon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      update();
    });
  }

  function pointOf(event) {
    const place = canvas.getBoundingClientRect();
    return [(event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    pen = pointOf(event);
    ink.dot(pen);
    updateSoon();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pen === null || !event.isPrimary) return;
    // A fast pen moves several times between two frames.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const point of (events.length ? events : [event]).map(pointOf)) {
      ink.line(pen, point);
      pen = point;
    }
    updateSoon();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (pen === null || !event.isPrimary) return;
      pen = null;
      announce();
    });
  }
  document.getElementById("try-clear").addEventListener("click", () => {
    ink.clear();
    announce();
  });
  update();

  // For tests: strokes are lists of points [x, y] in 0..1, pixels are height x width values in 0..255.
  window.ladder = {
    names: [...models.keys()],
    scores,
    preprocess: (strokes) => {
      const hidden = new Ink(document.createElement("canvas"));
      hidden.draw(strokes);
      return Array.from(imageOf(hidden.values()) ?? []);
    },
    draw: (strokes) => {
      ink.clear();
      ink.draw(strokes);
      announce();
    },
  };
})();
